"""Settings of the reserve: pods that keep room on nodes and give way to any other."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from settings.model import Settings, expected


class Reserve(Settings):
    """Room that is kept for a burst, by pods that give way at once, one a node."""

    cpus: int = Field(default=1, ge=1, le=32)
    """Cores of a reserve pod. One larger than the pods of a burst makes room for several."""

    memory_gib: int = Field(default=2, ge=1, le=256, alias="memoryGiB")
    """Memory of a reserve pod in GiB."""

    capacity: Literal["on-demand", "spot"] = "spot"
    """Nodes on which it is kept. Pods find it there alone, so take the kind that those of a burst
    run on. Without nodes of it reserve pods wait for ever."""

    least: int = Field(default=6, ge=0, le=1000)
    """Fewest reserve pods, and so nodes of that capacity, also of an idle colour."""

    most: int | None = Field(default=None, ge=1, le=1000)
    """Most reserve pods. Absent: as many as the cluster's size asks for."""

    nodes_per_pod: int = Field(default=6, ge=1, le=1000)
    """Nodes of the cluster for each reserve pod; this or `coresPerPod`, whichever asks for more."""

    cores_per_pod: int = Field(default=20, ge=1, le=10_000)
    """Cores of the cluster's nodes for each reserve pod."""

    @field_validator("most")
    @classmethod
    def _check_most(cls, value: int | None, info: ValidationInfo) -> int | None:
        least = info.data.get("least")
        if value is not None and least is not None and value < least:
            raise expected(f"at least {least}, as reserve.least")
        return value
