"""The cluster's side: what holds load balancers, volumes and instances."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, order=True)
class Item:
    """An object.

    Attributes:
        kind: its kind, for example ``Ingress``.
        namespace: its namespace; empty for a kind without.
        name: its name.
    """

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}".replace(" /", " ")


@dataclass(frozen=True, order=True)
class Volume:
    """A PersistentVolume that goes with its claim.

    Attributes:
        name: its name.
        volume_id: id of the EBS volume; empty for another kind.
    """

    name: str
    volume_id: str


@dataclass(frozen=True, order=True)
class Pool:
    """A NodePool of Karpenter.

    Attributes:
        item: the object.
        grace_seconds: how long its nodes wait for their pods at most; None: for ever.
    """

    item: Item
    grace_seconds: float | None


class ClusterApi(Protocol):
    """What is asked of a cluster. Everything raises TeardownError if it does not answer."""

    def may_make_nodes(self) -> bool:
        """Whether it may have nodes that are in no stack: those that Karpenter makes."""
        ...

    def node_pools(self) -> Sequence[Pool]:
        """NodePools."""
        ...

    def node_claims(self) -> Sequence[Item]:
        """NodeClaims: each is a node of a pool, until its instance is gone."""
        ...

    def node_classes(self) -> Sequence[Item]:
        """EC2NodeClasses: each goes with its launch templates."""
        ...

    def balanced(self) -> Sequence[Item]:
        """Ingresses, Gateways, and Services of type LoadBalancer."""
        ...

    def claims(self) -> Sequence[Item]:
        """PersistentVolumeClaims."""
        ...

    def claim_users(self) -> Sequence[Item]:
        """What makes the pods that mount claims, and would make them again."""
        ...

    def volumes(self) -> Sequence[Volume]:
        """PersistentVolumes that are deleted with their claims."""
        ...

    def delete(self, item: Item) -> None:
        """Asks for an object's deletion; it may be gone already."""
        ...


class GoneCluster:
    """The `ClusterApi` of a cluster that is no more: it holds nothing."""

    def may_make_nodes(self) -> bool:
        """It may have left some."""
        return True

    def node_pools(self) -> Sequence[Pool]:
        """None."""
        return ()

    def node_claims(self) -> Sequence[Item]:
        """None."""
        return ()

    def node_classes(self) -> Sequence[Item]:
        """None."""
        return ()

    def balanced(self) -> Sequence[Item]:
        """None."""
        return ()

    def claims(self) -> Sequence[Item]:
        """None."""
        return ()

    def claim_users(self) -> Sequence[Item]:
        """None."""
        return ()

    def volumes(self) -> Sequence[Volume]:
        """None."""
        return ()

    def delete(self, item: Item) -> None:
        """Does nothing: it is gone."""
