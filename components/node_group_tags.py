"""Tags of an Auto Scaling group: what its instances carry, and what the autoscaler reads."""

from collections.abc import Mapping
from typing import NamedTuple

from components.user_data import LabelsAndTaints, Taint
from settings.node_groups import TEMPLATE_TAG

TERMINATION_TAG = "aws-node-termination-handler/managed"
"""Tag of the instances that the termination handler drains before they go."""

_AUTOSCALER = "k8s.io/cluster-autoscaler"
_STRICTNESS = ("PreferNoSchedule", "NoSchedule", "NoExecute")


class Tag(NamedTuple):
    """A tag of an Auto Scaling group.

    Attributes:
        key: key, once in a group.
        value: value.
        propagate: whether new instances get it too.
    """

    key: str
    value: str
    propagate: bool


def group_tags(cluster: str, common: Mapping[str, str], marks: LabelsAndTaints) -> tuple[Tag, ...]:
    """Tags of a node group, in the order of their keys.

    The autoscaler finds its groups by tags, and learns from them what a node of an empty group
    would be like. Instances get the others.

    Args:
        cluster: EKS cluster name.
        common: tags of the group as a resource, its Name among them.
        marks: labels and taints of its nodes. Taints that a node loses when it gets ready do not
            belong here: the autoscaler would never start a first node.
    """
    for_instances = {
        **common,
        f"kubernetes.io/cluster/{cluster}": "owned",
        TERMINATION_TAG: "true",
    }
    for_autoscaler = {
        f"{_AUTOSCALER}/enabled": "true",
        f"{_AUTOSCALER}/{cluster}": "owned",
        **{f"{TEMPLATE_TAG}/label/{key}": value for key, value in marks.labels.items()},
        **{
            f"{TEMPLATE_TAG}/taint/{taint.key}": f"{taint.value}:{taint.effect}"
            for taint in _one_for_each_key(marks.taints)
        },
    }
    tags = [Tag(key, value, propagate=True) for key, value in for_instances.items()]
    tags += [Tag(key, value, propagate=False) for key, value in for_autoscaler.items()]
    return tuple(sorted(tags))


def _one_for_each_key(taints: tuple[Taint, ...]) -> list[Taint]:
    """The strictest taint of each key: there is room for one, and it decides about pods."""
    by_strictness = sorted(taints, key=lambda taint: _STRICTNESS.index(taint.effect))
    return list({taint.key: taint for taint in by_strictness}.values())
