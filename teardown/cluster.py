"""The cluster's side: what holds load balancers and volumes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, order=True)
class Item:
    """An object in a namespace.

    Attributes:
        kind: its kind, for example ``Ingress``.
        namespace: its namespace.
        name: its name.
    """

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True, order=True)
class Volume:
    """A PersistentVolume that goes with its claim.

    Attributes:
        name: its name.
        volume_id: id of the EBS volume; empty for another kind.
    """

    name: str
    volume_id: str


class ClusterApi(Protocol):
    """What is asked of a cluster. Everything raises TeardownError if it does not answer."""

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
