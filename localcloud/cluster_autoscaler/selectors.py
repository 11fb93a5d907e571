"""Label selectors and terms of node affinity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Requirement:
    """What one label must be.

    Attributes:
        key: of the label.
        operator: In, NotIn, Exists, DoesNotExist, Gt or Lt.
        values: that the operator compares with.
    """

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels are so.

        Raises:
            ValueError: the operator is none of Kubernetes'.
        """
        value = labels.get(self.key)
        match self.operator:
            case "In":
                return value in self.values
            case "NotIn":
                return value not in self.values
            case "Exists":
                return value is not None
            case "DoesNotExist":
                return value is None
            case "Gt" | "Lt":
                return self._compares(value)
            case _:
                raise ValueError(f"operator {self.operator!r} of the label {self.key}")

    def _compares(self, value: str | None) -> bool:
        try:
            found, wanted = int(value or ""), int(self.values[0])
        except (ValueError, IndexError):
            return False
        return found > wanted if self.operator == "Gt" else found < wanted


Requirements = tuple[Requirement, ...]
Terms = tuple[Requirements, ...]
"""Any of which is enough; an empty one matches nothing."""


def all_match(requirements: Requirements, labels: Mapping[str, str]) -> bool:
    """Whether labels meet all requirements; none are met by any."""
    return all(it.matches(labels) for it in requirements)


def any_matches(terms: Terms, labels: Mapping[str, str]) -> bool:
    """Whether labels meet one of the terms."""
    return any(term and all_match(term, labels) for term in terms)


def expressions(said: Sequence[Mapping[str, Any]] | None) -> Requirements:
    """Of ``matchExpressions`` and ``matchFields``."""
    return tuple(
        Requirement(it["key"], it["operator"], tuple(it.get("values") or ())) for it in said or ()
    )


def equalities(said: Mapping[str, str] | None) -> Requirements:
    """Of ``matchLabels`` and ``nodeSelector``."""
    return tuple(Requirement(key, "In", (value,)) for key, value in (said or {}).items())


def node_terms(said: Mapping[str, Any] | None) -> Terms:
    """Of a NodeSelector, as of required node affinity and of volumes."""
    return tuple(
        (*expressions(term.get("matchExpressions")), *expressions(term.get("matchFields")))
        for term in (said or {}).get("nodeSelectorTerms") or ()
    )


def label_selector(said: Mapping[str, Any] | None) -> Requirements | None:
    """Of a LabelSelector; None where there is none, which selects nothing."""
    if said is None:
        return None
    return (*equalities(said.get("matchLabels")), *expressions(said.get("matchExpressions")))
