"""What a running local cloud's EC2 is told to run out of: spot instances, and capacity of zones."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from localcloud.control import request
from localcloud.state import REGION, RunningCloud

CapacityType: TypeAlias = Literal["spot", "on-demand"]
"""How an instance is bought."""

CAPACITY_TYPES: tuple[CapacityType, ...] = get_args(CapacityType)

WARNING_SECONDS = 120.0
"""Between EC2's word that it takes a spot instance back and the instance's end."""

ZONES = tuple(f"{REGION}{letter}" for letter in "abc")
"""Of the region."""

Zone: TypeAlias = Annotated[str, StringConstraints(pattern=rf"^{REGION}[a-c]$")]


class Interruption(BaseModel):
    """A spot instance that EC2 takes back.

    Attributes:
        instance: its id.
        seconds: between the event that says so and its end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    instance: str = Field(pattern=r"^i-[0-9a-f]{8,17}$")
    seconds: float = Field(default=WARNING_SECONDS, ge=0)


class Capacity(BaseModel):
    """Where EC2 has no instances left.

    Attributes:
        without: zone → what it has none of; all other zones have some of each.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    without: Mapping[Zone, tuple[CapacityType, ...]] = Field(default_factory=dict)


def interrupt(cloud: RunningCloud, interruption: Interruption) -> None:
    """Has EC2 take an instance back. Raises RefusedError, OSError."""
    request(cloud, "POST", "interruptions", interruption.model_dump_json().encode())


def set_capacity(cloud: RunningCloud, capacity: Capacity) -> None:
    """Says where EC2 has no instances left. Raises RefusedError, OSError."""
    request(cloud, "PUT", "capacity", capacity.model_dump_json().encode())


def read_capacity(words: list[str]) -> Capacity:
    """Out of words such as ``eu-west-1a`` and ``eu-west-1b=spot``.

    Raises:
        pydantic.ValidationError: a word names no zone, or nothing that EC2 sells.
    """
    without: dict[str, tuple[str, ...]] = {}
    for word in words:
        zone, _, kinds = word.partition("=")
        without[zone] = tuple(kinds.split(",")) if kinds else CAPACITY_TYPES
    return Capacity.model_validate({"without": without})
