"""The steps of emptying a colour, in their order."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from teardown.aws import AwsApi, BotoApi
from teardown.cluster import ClusterApi, Item, Volume
from teardown.deadline import Deadline, Say
from teardown.records import own_records
from teardown.target import OwnZone, Target

if TYPE_CHECKING:
    from mypy_boto3_route53.type_defs import ResourceRecordSetOutputTypeDef

DEADLINE = 900.0
"""Seconds for all of it. A load balancer takes about three minutes, its security group as long
as its network interfaces, volumes as long as the pods that use them."""


MakeAws: TypeAlias = Callable[[Target], AwsApi]
MakeCluster: TypeAlias = Callable[[Target], ClusterApi]


def _boto(target: Target) -> AwsApi:
    return BotoApi(target.cluster_name, target.region)


def _kubernetes(target: Target) -> ClusterApi:
    from teardown.kube import KubernetesApi  # noqa: PLC0415 - slow to import; see there

    return KubernetesApi(target.kubeconfig)


def tear_down(
    target: Target,
    *,
    say: Say,
    deadline: Deadline | None = None,
    cluster: MakeCluster = _kubernetes,
    aws: MakeAws = _boto,
) -> None:
    """Empties a colour: what its controllers made goes while they still run.

    Deletes every Ingress, every Gateway and every Service of type LoadBalancer, then what mounts
    claims and the claims; waits until load balancers, security groups and volumes are gone; and
    then deletes the records that the colour's own DNS writers made. It never touches a live
    record.

    Args:
        target: the colour.
        say: takes a line for each step and each thing that is waited for.
        deadline: end of all waiting; `DEADLINE` seconds from now by default.
        cluster: makes the API of the cluster.
        aws: makes the API of AWS.

    Raises:
        TeardownError: something has not gone at the deadline, or the cluster or AWS does not
            answer. It can be run again.
    """
    end = deadline or Deadline(DEADLINE)
    here, there = cluster(target), aws(target)
    say(f"emptying {target.cluster_name}")
    removal = _Removal(here, say)
    end.wait(removal.of_balanced, say)
    end.wait(removal.of_claims, say)
    end.wait(
        lambda: [
            *(f"load balancer {it}" for it in there.load_balancers()),
            *(f"security group {it}" for it in there.security_groups()),
            *(f"volume {it}" for it in there.volumes(sorted(removal.volume_ids))),
        ],
        say,
    )
    remove_records(target, say=say, aws=lambda _: there)
    say(f"{target.cluster_name} holds no load balancer, volume or record")


def count_records(target: Target, *, aws: MakeAws = _boto) -> int:
    """How many record sets the colour's own DNS writers own, TXTs included.

    Raises:
        TeardownError: AWS refuses.
    """
    return sum(len(own) for _, own in _own(target, aws(target)))


def remove_records(target: Target, *, say: Say, aws: MakeAws = _boto) -> None:
    """Deletes the records that the colour's own DNS writers made; never a live one.

    Raises:
        TeardownError: AWS refuses. It can be run again.
    """
    there = aws(target)
    for zone, own in _own(target, there):
        if own:
            say(f"deleting {len(own)} records of {zone.domain}")
            there.delete_records(zone.zone_id, own)


def _own(
    target: Target, aws: AwsApi
) -> "Iterator[tuple[OwnZone, Sequence[ResourceRecordSetOutputTypeDef]]]":
    for zone in target.zones:
        yield zone, own_records(aws.records(zone.zone_id), zone)


class _Removal:
    """Deletes what is there and what turns up later, and says what is still there.

    Attributes:
        volume_ids: EBS volumes of the claims. Once a claim has gone, nothing else says which
            volume it had.
    """

    def __init__(self, cluster: ClusterApi, say: Say) -> None:
        self._cluster, self._say = cluster, say
        self._said: set[Item] = set()
        self.volume_ids: set[str] = set()

    def of_balanced(self) -> list[str]:
        """One look at Ingresses, Gateways and Services of type LoadBalancer."""
        self._see_volumes()
        return self._delete(self._cluster.balanced())

    def of_claims(self) -> list[str]:
        """One look at claims, what mounts them, and their volumes."""
        volumes, claims = self._see_volumes(), self._cluster.claims()
        # A claim stays as long as a pod mounts it, and a StatefulSet would make it anew.
        users = self._delete(self._cluster.claim_users()) if claims else []
        return [
            *users,
            *self._delete(claims),
            *(f"PersistentVolume {volume.name}" for volume in volumes),
        ]

    def _see_volumes(self) -> Sequence[Volume]:
        volumes = self._cluster.volumes()
        self.volume_ids |= {volume.volume_id for volume in volumes if volume.volume_id}
        return volumes

    def _delete(self, items: Sequence[Item]) -> list[str]:
        for item in items:
            if item not in self._said:
                self._say(f"deleting {item}")
                self._said.add(item)
            # At each look: something may have made it anew.
            self._cluster.delete(item)
        return [str(item) for item in items]
