"""Fields of objects that the API server never changes, and the provider does not know of."""

from collections.abc import Mapping, Sequence

# Kubernetes: pkg/apis/scheduling/validation, pkg/apis/storage/validation. Where the provider knows
# a field (provider/pkg/provider/diff.go, `forceNew`), it replaces the object by itself.
_FIXED: Mapping[str, Sequence[str]] = {
    "PriorityClass": ("preemptionPolicy", "value"),
    "StorageClass": ("reclaimPolicy", "volumeBindingMode"),
}


def fixed_fields(kind: str) -> Sequence[str]:
    """Paths of fields with which an object must be made anew, the old one first.

    Without that an update sends the new value, the API server refuses it, and so it does at each
    update after.

    Args:
        kind: such as ``PriorityClass``.
    """
    return _FIXED.get(kind, ())
