"""Kubernetes objects as add-ons say them."""

from collections.abc import Mapping
from dataclasses import dataclass

SYSTEM_NAMESPACE = "kube-system"
"""Namespace that every cluster has."""


@dataclass(frozen=True)
class Manifest:
    """A Kubernetes object.

    Attributes:
        body: the object as its manifest has it, in camelCase; Outputs may stand in it.
    """

    body: Mapping[str, object]

    @property
    def kind(self) -> str:
        """Its kind."""
        return str(self.body["kind"])

    @property
    def pulumi_type(self) -> str:
        """Its Pulumi type."""
        version = str(self.body["apiVersion"])
        return f"kubernetes:{version if '/' in version else f'core/{version}'}:{self.kind}"

    @property
    def name(self) -> str:
        """Its name in the cluster."""
        metadata = self.body["metadata"]
        if not isinstance(metadata, Mapping):
            raise TypeError(f"{self.kind} has no metadata")
        return str(metadata["name"])
