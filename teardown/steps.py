"""The steps of emptying a colour, in their order."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from teardown.aws import AwsApi
from teardown.cluster import ClusterApi, Item, Volume
from teardown.deadline import Deadline, Log
from teardown.records import own_records
from teardown.target import OwnZone, Target

if TYPE_CHECKING:
    from mypy_boto3_route53.type_defs import ResourceRecordSetOutputTypeDef

DEADLINE = 900.0
"""Seconds for all of it but nodes. A load balancer takes about three minutes, its security group as
long as its network interfaces, volumes as long as the pods that use them."""


_NODES = 300.0
"""Seconds for nodes of Karpenter beyond what they wait for their pods: EC2 ends an instance within
one or two minutes."""

_ORPHANS = 180.0
"""Seconds for what no NodeClaim names any more. A Karpenter that dies between a launch and its note
of it leaves an instance whose claim then goes without it; the next one looks for such instances
every two minutes (pkg/controllers/nodeclaim/garbagecollection of its AWS provider). And EC2 takes a
minute to end one."""

_NO_GRACE = 900.0
"""Seconds for a pool that sets its nodes no time."""

_STAYING = (
    "Karpenter has to run and its nodes have to be free to drain: `kubectl describe nodeclaims` and"
    " `kubectl -n kube-system logs deployment/karpenter` say why they stay; then run the command"
    " again"
)

MakeAws: TypeAlias = Callable[[Target], AwsApi]
MakeCluster: TypeAlias = Callable[[Target], ClusterApi]


def _aws_api(target: Target) -> AwsApi:
    from teardown.boto import BotoApi  # noqa: PLC0415 - slow to import; see there

    return BotoApi(target.cluster_name, target.region)


def _cluster_api(target: Target) -> ClusterApi:
    from teardown.kube import KubernetesApi  # noqa: PLC0415 - slow to import; see there

    return KubernetesApi(target.kubeconfig)


def tear_down(
    target: Target,
    *,
    log: Log,
    deadline: Deadline | None = None,
    cluster: MakeCluster = _cluster_api,
    aws: MakeAws = _aws_api,
) -> None:
    """Empties a colour: what its controllers made goes while they still run.

    Deletes every Ingress, every Gateway and every Service of type LoadBalancer, then what mounts
    claims and the claims; waits until load balancers, security groups and volumes are gone. Then
    it deletes the pools of Karpenter, waits for the last of their nodes, deletes what they were
    launched with, and waits until EC2 has nothing of them. At last it deletes the records that the
    colour's own DNS writers made. It never touches a live record.

    Args:
        target: the colour.
        log: takes a line for each step and each thing that is waited for.
        deadline: end of all waiting; `DEADLINE` seconds from now by default.
        cluster: makes the API of the cluster.
        aws: makes the API of AWS.

    Raises:
        TeardownError: something has not gone at the deadline, or the cluster or AWS does not
            answer. It can be run again.
    """
    end = deadline or Deadline(DEADLINE)
    here, there = cluster(target), aws(target)
    log(f"emptying {target.cluster_name}")
    removal = _Removal(here, log)
    end.wait(removal.delete_balanced, log)
    end.wait(removal.delete_claims, log)
    end.wait(
        lambda: [
            *(f"load balancer {it}" for it in there.load_balancers()),
            *(f"security group {it}" for it in there.security_groups()),
            *(f"volume {it}" for it in there.volumes(sorted(removal.volume_ids))),
        ],
        log,
    )
    _remove_nodes(here, there, removal, end, log)
    remove_records(target, log=log, aws=lambda _: there)
    log(f"{target.cluster_name} holds no load balancer, volume or record")


def _remove_nodes(
    here: ClusterApi, there: AwsApi, removal: "_Removal", end: Deadline, log: Log
) -> None:
    """Removes nodes that are in no stack; last, as pods of controllers may run on them.

    EC2 is asked in any case: a colour that has another autoscaler by now may have had Karpenter.
    """
    if here.may_make_nodes():
        _delete_pools(here, removal, end, log)
    seen = Leftovers()

    def left() -> Sequence[str]:
        nonlocal seen
        seen = Leftovers(there.instances(), there.launch_templates(), there.instance_profiles())
        return seen.names

    end.anew(_ORPHANS).wait(left, log, lambda: seen.in_words)


def _delete_pools(here: ClusterApi, removal: "_Removal", end: Deadline, log: Log) -> None:
    pools = here.node_pools()
    graces = [_NO_GRACE if it.grace_seconds is None else it.grace_seconds for it in pools]
    # Claims of pools that were deleted in a run before may still be there.
    ends = end.anew(max(graces, default=_NO_GRACE) + _NODES)
    ends.wait(removal.delete_pools, log, _STAYING)
    ends.wait(removal.delete_classes, log, _STAYING)


@dataclass(frozen=True)
class Leftovers:
    """What Karpenter made and nothing removes any more.

    Attributes:
        instances: ids of instances.
        templates: ids of launch templates.
        profiles: roles in each instance profile, by its name.
    """

    instances: Sequence[str] = ()
    templates: Sequence[str] = ()
    profiles: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    @property
    def names(self) -> Sequence[str]:
        """Each of them by its kind and name."""
        return [
            *(f"instance {it}" for it in self.instances),
            *(f"launch template {it}" for it in self.templates),
            *(f"instance profile {it}" for it in self.profiles),
        ]

    @property
    def in_words(self) -> str:
        """Each of them, and how it is removed."""
        lines = ["Karpenter has left what no stack knows. Remove it, then run the command again:"]
        if self.instances:
            ids = " ".join(self.instances)
            lines.append(f"  aws ec2 terminate-instances --instance-ids {ids}")
        lines += [
            f"  aws ec2 delete-launch-template --launch-template-id {it}" for it in self.templates
        ]
        for it, roles in self.profiles.items():
            named = f"--instance-profile-name {it}"
            # IAM deletes none that has a role.
            lines += [
                f"  aws iam remove-role-from-instance-profile {named} --role-name {role}"
                for role in roles
            ]
            lines.append(f"  aws iam delete-instance-profile {named}")
        return "\n".join(lines)


def count_records(target: Target, *, aws: MakeAws = _aws_api) -> int:
    """How many record sets the colour's own DNS writers own, TXTs included.

    Raises:
        TeardownError: AWS refuses.
    """
    return sum(len(own) for _, own in _own_records(target, aws(target)))


def remove_records(target: Target, *, log: Log, aws: MakeAws = _aws_api) -> None:
    """Deletes the records that the colour's own DNS writers made; never a live one.

    Raises:
        TeardownError: AWS refuses. It can be run again.
    """
    there = aws(target)
    for zone, own in _own_records(target, there):
        if own:
            log(f"deleting {len(own)} records of {zone.domain}")
            there.delete_records(zone.zone_id, own)


def _own_records(
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

    def __init__(self, cluster: ClusterApi, log: Log) -> None:
        self._cluster, self._log = cluster, log
        self._said: set[Item] = set()
        self.volume_ids: set[str] = set()

    def delete_balanced(self) -> list[str]:
        """One look at Ingresses, Gateways and Services of type LoadBalancer."""
        self._note_volumes()
        return self._delete(self._cluster.balanced())

    def delete_claims(self) -> list[str]:
        """One look at claims, what mounts them, and their volumes."""
        volumes, claims = self._note_volumes(), self._cluster.claims()
        # A claim stays as long as a pod mounts it, and a StatefulSet would make it anew.
        users = self._delete(self._cluster.claim_users()) if claims else []
        return [
            *users,
            *self._delete(claims),
            *(f"PersistentVolume {volume.name}" for volume in volumes),
        ]

    def delete_pools(self) -> list[str]:
        """One look at NodePools and the NodeClaims that they leave."""
        pools = self._delete([it.item for it in self._cluster.node_pools()])
        claims = self._cluster.node_claims()
        # One without a pool goes by nobody else's hand.
        return [*pools, *(self._delete(claims) if not pools else map(str, claims))]

    def delete_classes(self) -> list[str]:
        """One look at EC2NodeClasses."""
        return self._delete(self._cluster.node_classes())

    def _note_volumes(self) -> Sequence[Volume]:
        volumes = self._cluster.volumes()
        self.volume_ids |= {volume.volume_id for volume in volumes if volume.volume_id}
        return volumes

    def _delete(self, items: Sequence[Item]) -> list[str]:
        for item in items:
            if item not in self._said:
                self._log(f"deleting {item}")
                self._said.add(item)
            # At each look: something may have made it anew.
            self._cluster.delete(item)
        return [str(item) for item in items]
