"""Kubernetes objects that more than one add-on has."""

from components.addon_stack.manifest import Manifest
from components.certificates import Issued


def tls_secret(name: str, namespace: str, issued: Issued) -> Manifest:
    """A Secret with a certificate, its key and what signed it."""
    return Manifest(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace},
            "type": "kubernetes.io/tls",
            "stringData": {
                "tls.crt": issued.certificate,
                "tls.key": issued.private_key,
                "ca.crt": issued.authority,
            },
        }
    )


def service_account(name: str, namespace: str) -> Manifest:
    """A ServiceAccount whose pods get no token."""
    return Manifest(
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": name, "namespace": namespace},
            "automountServiceAccountToken": False,
        }
    )
