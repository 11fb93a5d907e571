"""Who has set a field of an object."""

from collections.abc import Mapping
from typing import Any, TypeAlias

Object: TypeAlias = Mapping[str, Any]


def manager_of(item: Object, field: str) -> str:
    """The manager that set a field of its `spec` last; empty where the API server keeps none.

    Such as ``argocd-controller``, ``kustomize-controller`` (Flux) or ``kubectl-edit``:
    https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers.
    """
    entries = [
        it
        for it in item["metadata"].get("managedFields") or ()
        if f"f:{field}" in (it.get("fieldsV1") or {}).get("f:spec", {})
    ]
    last = max(entries, key=lambda it: str(it.get("time", "")), default=None)
    return "" if last is None else str(last.get("manager", ""))
