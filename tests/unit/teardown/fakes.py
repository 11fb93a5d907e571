"""A cluster and an account whose controllers act one look later, as real ones do."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from teardown.cluster import Item, Pool, Volume

if TYPE_CHECKING:
    from mypy_boto3_route53.type_defs import ResourceRecordSetOutputTypeDef

INGRESS = Item("Ingress", "shop", "web")
SERVICE = Item("Service", "shop", "tcp")
CLAIM = Item("PersistentVolumeClaim", "shop", "data-db-0")
POOL = Item("NodePool", "", "spot")
NODES = (Item("NodeClaim", "", "spot-1"), Item("NodeClaim", "", "spot-2"))
NODE_CLASS = Item("EC2NodeClass", "", "platform")
STATEFUL = Item("StatefulSet", "shop", "db")


class FakeCluster:
    """The `ClusterApi` of a small shop.

    Attributes:
        deleted: what was asked to be deleted, in order.
        stuck: objects that never go.
        looks: looks after which what was deleted is gone.
        grace: seconds that nodes of its pools wait for their pods.
        kinds: kinds that were listed, in order.
    """

    def __init__(self, *items: Item, volumes: Sequence[Volume] = (), looks: int = 1) -> None:
        self.items = list(items)
        self._volumes = list(volumes)
        self.deleted: list[Item] = []
        self.stuck: set[Item] = set()
        self._ages: dict[Item, int] = {}
        self._looks = looks
        self.grace: float | None = 600
        self.has_karpenter = True
        self.kinds: list[str] = []

    def may_make_nodes(self) -> bool:
        return self.has_karpenter

    def node_pools(self) -> Sequence[Pool]:
        self.kinds.append("NodePool")
        # Deleted in the foreground, it stays as long as its nodes do.
        claims = [it for it in self.items if it.kind == "NodeClaim"]
        pools = [it for it in self.items if it.kind == "NodePool"]
        if claims and pools and pools[0] in self.deleted and claims[0] not in self.stuck:
            self.items.remove(claims[0])
            return [Pool(it, self.grace) for it in pools]
        if claims:
            return [Pool(it, self.grace) for it in pools]
        return [Pool(it, self.grace) for it in self._still_listed("NodePool")]

    def node_claims(self) -> Sequence[Item]:
        self.kinds.append("NodeClaim")
        if any(it.kind == "NodePool" for it in self.items):
            return [it for it in self.items if it.kind == "NodeClaim"]
        return self._still_listed("NodeClaim")

    def node_classes(self) -> Sequence[Item]:
        self.kinds.append("EC2NodeClass")
        return self._still_listed("EC2NodeClass")

    def balanced(self) -> Sequence[Item]:
        return self._still_listed("Ingress", "Service")

    def claims(self) -> Sequence[Item]:
        # A claim stays as long as it is mounted.
        mounted = any(item.kind == "StatefulSet" for item in self.items)
        if mounted:
            return [item for item in self.items if item.kind == "PersistentVolumeClaim"]
        return self._still_listed("PersistentVolumeClaim")

    def claim_users(self) -> Sequence[Item]:
        return self._still_listed("StatefulSet")

    def volumes(self) -> Sequence[Volume]:
        here = list(self._volumes)
        if not any(item.kind == "PersistentVolumeClaim" for item in self.items):
            self._volumes = []
        return here

    def delete(self, item: Item) -> None:
        if item not in self.deleted:
            self.deleted.append(item)

    def _still_listed(self, *kinds: str) -> list[Item]:
        for item in list(self.items):
            if item.kind in kinds and item in self.deleted and item not in self.stuck:
                self._ages[item] = self._ages.get(item, 0) + 1
                if self._ages[item] > self._looks:
                    self.items.remove(item)
        return [item for item in self.items if item.kind in kinds]


class FakeAws:
    """The `AwsApi` of an account; what is there goes one at each look.

    Attributes:
        left_instances: those that stay.
        orphans: instances that no NodeClaim names and that Karpenter finds and ends.
    """

    def __init__(
        self,
        *,
        balancers: Sequence[str] = (),
        groups: Sequence[str] = (),
        volumes: Sequence[str] = (),
        zones: "Mapping[str, list[ResourceRecordSetOutputTypeDef]] | None" = None,
    ) -> None:
        self._balancers, self._groups = list(balancers), list(groups)
        self._volumes = list(volumes)
        self.zones = dict(zones or {})
        self.left_instances: list[str] = []
        self.orphans: list[str] = []
        self.left_templates: list[str] = []
        self.left_profiles: dict[str, list[str]] = {}
        self.asked_instances = 0
        self.asked_volumes: list[str] = []

    def load_balancers(self) -> Sequence[str]:
        return self._take(self._balancers)

    def security_groups(self) -> Sequence[str]:
        return self._take(self._groups)

    def volumes(self, ids: Sequence[str]) -> Sequence[str]:
        self.asked_volumes = list(ids)
        return [it for it in self._take(self._volumes) if it in ids]

    def instances(self) -> Sequence[str]:
        self.asked_instances += 1
        return [*self.left_instances, *self._take(self.orphans)]

    def launch_templates(self) -> Sequence[str]:
        return self.left_templates

    def instance_profiles(self) -> Mapping[str, Sequence[str]]:
        return self.left_profiles

    def records(self, zone_id: str) -> "Sequence[ResourceRecordSetOutputTypeDef]":
        return list(self.zones[zone_id])

    def delete_records(
        self, zone_id: str, records: "Sequence[ResourceRecordSetOutputTypeDef]"
    ) -> None:
        for record in records:
            self.zones[zone_id].remove(record)

    @staticmethod
    def _take(things: list[str]) -> Sequence[str]:
        here = list(things)
        if things:
            things.pop()
        return here
