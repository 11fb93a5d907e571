"""Settings of a node group."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from catalogue.versions import NodeArchitecture
from settings.instance_types import InstanceTypeName, by_architecture, not_sold
from settings.model import Matching, Settings, distinct, expected

_MAX_TYPES = 40  # of a mixed instances policy
_SPOT_TYPES = 2
# https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"  # of a DNS name
_DOMAIN = rf"(?=[^/]{{1,253}}/){_LABEL}(?:\.{_LABEL})*/"
_KEY = re.compile(rf"(?:{_DOMAIN})?{_NAME}")
_VALUE = re.compile(rf"(?:{_NAME})?")
_KUBELET_DOMAINS = ("node.kubernetes.io", "kubelet.kubernetes.io")
_OWN_KEYS = ("node.kubernetes.io/lifecycle", "node.kubernetes.io/instance-type")
_OWN_TAINTS = ("spot", "node.cilium.io/agent-not-ready")

TEMPLATE_TAG = "k8s.io/cluster-autoscaler/node-template"
"""Begins the tags by which the autoscaler learns a group's labels and taints."""

_GROUP_TAGS = 50  # of an Auto Scaling group
# Project, Stack, ManagedBy, Name; one of the cluster, two of the autoscaler, one of the drainer;
# the label that says how instances are bought; the taint of spot nodes.
_OWN_TAGS, _SPOT_TAGS = 9, 1
_TAG_KEY = 128
_LONGEST_KEY = _TAG_KEY - len(f"{TEMPLATE_TAG}/label/")  # "taint" is as long

# Bytes: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
_USER_DATA = 16384
# The cluster's name, endpoint and certificate, and the platform's own label and taints.
_OWN_USER_DATA = 4096
_MARKS = _USER_DATA - _OWN_USER_DATA

Count = Annotated[int, Field(ge=0, le=450)]
"""Nodes. EKS supports 450 per Auto Scaling group by default."""


def _is_kubernetes(domain: str) -> bool:
    return any(domain == d or domain.endswith(f".{d}") for d in ("kubernetes.io", "k8s.io"))


def _is_for_kubelets(domain: str) -> bool:
    return any(domain == d or domain.endswith(f".{d}") for d in _KUBELET_DOMAINS)


def _check_length(key: str) -> None:
    if len(key) > _LONGEST_KEY:
        raise expected(
            f"a key of at most {_LONGEST_KEY} characters, domain and all: the autoscaler reads it"
            " from the key of an AWS tag"
        )


def _check_label_key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise expected("a label key such as team or example.com/team")
    _check_length(key)
    domain = key.rpartition("/")[0]
    if key in _OWN_KEYS:
        raise expected("another key: the platform sets this label itself")
    if _is_kubernetes(domain) and not _is_for_kubelets(domain):
        raise expected(
            "a label that kubelets may set on themselves: of kubernetes.io and k8s.io only"
            f" {' and '.join(f'{d}/' for d in _KUBELET_DOMAINS)}"
        )
    return key


def _check_label_value(value: str) -> str:
    if not _VALUE.fullmatch(value):
        raise expected("at most 63 letters, digits and . - _, a letter or digit first and last")
    return value


LabelValue = Annotated[str, AfterValidator(_check_label_value)]
Labels = dict[Annotated[str, AfterValidator(_check_label_key)], LabelValue]
GroupName = Annotated[
    str,
    Matching(
        r"[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?",
        "a name of at most 30 of a-z, 0-9 and -, a letter first and no - last",
    ),
]


class Taint(Settings):
    """A taint of every node of the group."""

    key: str
    """Key, as of a label."""

    value: LabelValue = ""
    """Value, as of a label; may be empty."""

    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
    """What happens to pods that do not tolerate it."""

    @field_validator("key")
    @classmethod
    def _check_key(cls, key: str) -> str:
        if not _KEY.fullmatch(key):
            raise expected("a taint key such as dedicated or example.com/dedicated")
        _check_length(key)
        if key in _OWN_TAINTS:
            raise expected("another key: the platform sets this taint itself")
        return key


class NodeGroup(Settings):
    """An Auto Scaling group of nodes."""

    capacity: Literal["on-demand", "spot"]
    """How instances are bought. Spot nodes get the label node.kubernetes.io/lifecycle=spot
    and the taint spot:NoSchedule."""

    instance_types: tuple[InstanceTypeName, ...] = Field(min_length=1, max_length=_MAX_TYPES)
    """Types to choose from, of like size: the autoscaler plans with the first. Types of EC2 for
    Linux, all on x86-64 or all on arm64 (Graviton), without accelerators, with room for pods
    beside the platform's own. One that is newer than the catalogue's data: docs/aws.md says how it
    gets there."""

    min: Count
    """Fewest nodes."""

    max: Annotated[int, Field(ge=1, le=450)]
    """Most nodes."""

    desired: Count = Field(default_factory=lambda data: int(data.get("min", 0)))
    """Nodes at creation; later the autoscaler's business. Absent: as many as `min`."""

    disk_gib: int = Field(default=50, ge=20, le=16384, alias="diskGiB")
    """Root volume in GiB. 20 is what the node image needs; images and logs take the rest."""

    labels: Labels = Field(default_factory=dict[str, str])
    """Labels that the kubelet sets."""

    taints: tuple[Taint, ...] = ()
    """Taints that the kubelet registers with."""

    @field_validator("instance_types")
    @classmethod
    def _check_types(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if info.data.get("capacity") == "spot" and len(value) < _SPOT_TYPES:
            raise expected(
                f"at least {_SPOT_TYPES} types: spot capacity of one type runs out all at once"
            )
        if "capacity" in info.data and (others := not_sold(value, info.data["capacity"])):
            way = "as spot capacity" if info.data["capacity"] == "spot" else "on demand"
            raise expected(f"types that EC2 sells {way}", f"not {', '.join(others)}")
        kinds = by_architecture(value)
        if len(kinds) > 1:
            raise expected(
                "types of one architecture: a group has one node image; make a group for each",
                " and ".join(f"{', '.join(names)} of {kind}" for kind, names in kinds.items()),
            )
        return distinct(value)

    @property
    def architecture(self) -> NodeArchitecture:
        """Of its nodes' processors."""
        return next(iter(by_architecture(self.instance_types)))

    @field_validator("max")
    @classmethod
    def _check_max(cls, value: int, info: ValidationInfo) -> int:
        least = info.data.get("min")
        if least is not None and value < least:
            raise expected("a number of at least min", str(least))
        return value

    @field_validator("desired")
    @classmethod
    def _check_desired(cls, value: int, info: ValidationInfo) -> int:
        least, most = info.data.get("min"), info.data.get("max")
        if least is not None and most is not None and not least <= value <= most:
            raise expected("a number from min to max", f"{least} to {most}")
        return value

    @field_validator("taints")
    @classmethod
    def _check_taints(cls, value: tuple[Taint, ...]) -> tuple[Taint, ...]:
        distinct(tuple(f"{taint.key}:{taint.effect}" for taint in value))
        return value

    @model_validator(mode="after")
    def _check_user_data(self) -> Self:
        size = sum(len(f"{key}={value},") for key, value in self.labels.items())
        size += sum(len(f"{it.key}={it.value}:{it.effect},") for it in self.taints)
        if size > _MARKS:
            raise expected(
                f"labels and taints of at most {_MARKS} characters together: they stand in the"
                f" user data of instances, of which EC2 takes {_USER_DATA}",
                f"they have {size}",
            )
        return self

    @model_validator(mode="after")
    def _check_tags(self, info: ValidationInfo) -> Self:
        taints = {taint.key for taint in self.taints}
        own = _OWN_TAGS + _SPOT_TAGS * (self.capacity == "spot")
        common = int((info.context or {}).get("tags", 0))
        count = own + common + len(self.labels) + len(taints)
        if count > _GROUP_TAGS:
            raise expected(
                f"{count - _GROUP_TAGS} fewer of its labels, its taints and eks-platform:tags"
                " together: its Auto Scaling group has a tag for each of them, and at most"
                f" {_GROUP_TAGS} in all",
                f"{len(self.labels)}, {len(taints)} and {common}, beside {own} of the platform",
            )
        return self
