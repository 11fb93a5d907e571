"""User data of Amazon Linux 2023 nodes: pure functions, no resources.

The image's nodeadm reads a NodeConfig from it:
https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import yaml

from settings.names import LIFECYCLE_LABEL
from settings.node_groups import NodeGroup

_BOUNDARY = "BOUNDARY"
# Seconds that a node which shuts down leaves its pods: the default of a pod, 30, and then
# 15 for the critical ones. Spot gives 120 in all.
_KUBELET: Mapping[str, object] = {
    "shutdownGracePeriod": "45s",
    "shutdownGracePeriodCriticalPods": "15s",
}


@dataclass(frozen=True)
class Taint:
    """A taint that a kubelet registers with.

    Attributes:
        key: key.
        value: value, maybe empty.
        effect: what happens to pods that do not tolerate it.
    """

    key: str
    value: str
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]

    def __str__(self) -> str:
        return f"{self.key}={self.value}:{self.effect}"


SPOT_TAINT = Taint("spot", "true", "NoSchedule")
"""Keeps pods that did not ask for it off nodes that can go within two minutes."""

NETWORK_TAINT = Taint("node.cilium.io/agent-not-ready", "true", "NoExecute")
"""Keeps pods off a node until Cilium gives them addresses; Cilium's operator takes it off."""


@dataclass(frozen=True, kw_only=True)
class ClusterDetails:
    """The cluster that a node joins; with all of it nodeadm need not ask the EKS API.

    Attributes:
        name: EKS cluster name.
        endpoint: URL of the API server.
        certificate_authority: base64 of the PEM that signs its certificate.
        service_cidr: range of ClusterIPs; the cluster's DNS is its tenth address.
    """

    name: str
    endpoint: str
    certificate_authority: str
    service_cidr: str


class LabelsAndTaints(NamedTuple):
    """What marks every node of a group, as long as it lives.

    Attributes:
        labels: sorted by key.
        taints: spot first, then in the order of the settings.
    """

    labels: Mapping[str, str]
    taints: tuple[Taint, ...]


def labels_and_taints(group: NodeGroup) -> LabelsAndTaints:
    """Labels and taints of a node group: those of its settings and those of its capacity."""
    labels = {LIFECYCLE_LABEL: group.capacity, **group.labels}
    taints = tuple(Taint(taint.key, taint.value, taint.effect) for taint in group.taints)
    if group.capacity == "spot":
        taints = (SPOT_TAINT, *taints)
    return LabelsAndTaints(dict(sorted(labels.items())), taints)


def user_data(
    cluster: ClusterDetails, marks: LabelsAndTaints, startup_taints: Sequence[Taint] = ()
) -> str:
    """MIME multi-part user data with a NodeConfig, the same text for the same arguments.

    Args:
        cluster: the cluster to join.
        marks: labels and taints of the group.
        startup_taints: taints that something takes off once the node is ready for pods.
    """
    return "\n".join(
        (
            "MIME-Version: 1.0",
            f'Content-Type: multipart/mixed; boundary="{_BOUNDARY}"',
            "",
            f"--{_BOUNDARY}",
            "Content-Type: application/node.eks.aws",
            "",
            "---",
            _to_yaml(_node_config(cluster, marks, startup_taints)),
            f"--{_BOUNDARY}--",
            "",
        )
    )


def common_node_config() -> str:
    """What nodes have in common, whoever launches them: a NodeConfig, as YAML.

    Karpenter adds a NodeConfig of its own with the cluster, labels and taints; nodeadm merges both.
    """
    return _to_yaml(_of_kind({"kubelet": {"config": _KUBELET}}))


def _node_config(
    cluster: ClusterDetails, marks: LabelsAndTaints, startup_taints: Sequence[Taint]
) -> dict[str, object]:
    labels = ",".join(f"{key}={value}" for key, value in marks.labels.items())
    flags = [f"--node-labels={labels}"]
    taints = (*marks.taints, *startup_taints)
    if taints:
        flags.append(f"--register-with-taints={','.join(map(str, taints))}")
    return _of_kind(
        {
            "cluster": {
                "name": cluster.name,
                "apiServerEndpoint": cluster.endpoint,
                "certificateAuthority": cluster.certificate_authority,
                "cidr": cluster.service_cidr,
            },
            "kubelet": {"config": _KUBELET, "flags": flags},
        }
    )


def _of_kind(spec: Mapping[str, object]) -> dict[str, object]:
    return {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec}


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def _to_yaml(value: object) -> str:
    # Never folded: a certificate authority is one long word, flags are one line each.
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=2**20)
