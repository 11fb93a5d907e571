"""A cluster and an account whose controllers act one look later, as real ones do."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from teardown.cluster import Item, Volume

if TYPE_CHECKING:
    from mypy_boto3_route53.type_defs import ResourceRecordSetOutputTypeDef

INGRESS = Item("Ingress", "shop", "web")
SERVICE = Item("Service", "shop", "tcp")
CLAIM = Item("PersistentVolumeClaim", "shop", "data-db-0")
STATEFUL = Item("StatefulSet", "shop", "db")


class FakeCluster:
    """The `ClusterApi` of a small shop.

    Attributes:
        deleted: what was asked to be deleted, in order.
        stuck: objects that never go.
        looks: looks after which what was deleted is gone.
    """

    def __init__(self, *items: Item, volumes: Sequence[Volume] = (), looks: int = 1) -> None:
        self.items = list(items)
        self._volumes = list(volumes)
        self.deleted: list[Item] = []
        self.stuck: set[Item] = set()
        self._ages: dict[Item, int] = {}
        self._looks = looks

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
    """The `AwsApi` of an account; what is there goes one at each look."""

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
        self.asked_volumes: list[str] = []

    def load_balancers(self) -> Sequence[str]:
        return self._take(self._balancers)

    def security_groups(self) -> Sequence[str]:
        return self._take(self._groups)

    def volumes(self, ids: Sequence[str]) -> Sequence[str]:
        self.asked_volumes = list(ids)
        return [it for it in self._take(self._volumes) if it in ids]

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
