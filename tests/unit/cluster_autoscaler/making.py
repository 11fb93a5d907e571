"""Pods, nodes and groups for tests of the model of Cluster Autoscaler."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from localcloud.cluster_autoscaler.groups import Group, InstanceType, Template
from localcloud.cluster_autoscaler.objects import Node, Pod, Taint, Toleration
from localcloud.cluster_autoscaler.options import Options, read

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
GIB = 1024**3
SPOT = Taint("spot", "true", "NoSchedule")
TOLERATES_SPOT = (Toleration("spot", "Exists"),)
DISCOVERY = "--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/enabled"

_numbers = count()


def after(**time: float) -> datetime:
    return NOW + timedelta(**time)


def options(*arguments: str) -> Options:
    return read([DISCOVERY, *arguments])


def pod(cpu: str = "1", memory: int = GIB, **other: object) -> Pod:
    """A pod of a ReplicaSet that waits for a node."""
    number = next(_numbers)
    made = Pod(
        uid=f"u{number}",
        namespace="ns",
        name=f"p{number}",
        labels={"app": "web"},
        owner="ReplicaSet",
        unschedulable=True,
        requests={"cpu": Decimal(cpu), "memory": Decimal(memory), "pods": Decimal(1)},
    )
    return replace(made, **other)  # type: ignore[arg-type]


def running(node: str, cpu: str = "1", memory: int = GIB, **other: object) -> Pod:
    """A pod on a node."""
    return pod(cpu, memory, node=node, unschedulable=False, phase="Running", **other)


def node(name: str = "n1", cpu: int = 4, memory: int = 16, **other: object) -> Node:
    made = Node(
        name=name,
        labels={
            "kubernetes.io/hostname": name,
            "topology.kubernetes.io/zone": "eu-west-1a",
        },
        taints=(),
        allocatable={
            "cpu": Decimal(cpu),
            "memory": Decimal(memory * GIB),
            "pods": Decimal(110),
        },
        created=NOW - timedelta(hours=1),
        instance=f"i-{name}",
    )
    return replace(made, **other)  # type: ignore[arg-type]


def group(
    name: str = "eks-blue-spot", target: int = 0, maximum: int = 10, **other: object
) -> Group:
    made = Group(
        name=name,
        minimum=0,
        maximum=maximum,
        target=target,
        instances=frozenset(),
        tags={},
        kind="m5.xlarge",
        zones=("eu-west-1a", "eu-west-1b"),
        region="eu-west-1",
    )
    return replace(made, **other)  # type: ignore[arg-type]


def template(name: str = "template", cpu: int = 4, **other: object) -> Template:
    return Template(node(name, cpu, 16, **other))


def instance_type(name: str, /) -> InstanceType:
    return InstanceType(name, 4, 16 * GIB)
