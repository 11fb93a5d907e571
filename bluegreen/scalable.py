"""What a switch can raise before names move, and let go afterwards."""

import json
from collections.abc import Mapping

from pydantic import Field

from bluegreen.snapshot import JsonModel

RAISED = "eks-platform/raised-from"
"""Annotation of what `bluegreen switch --warm` has raised: the number that it had before, or those
of several fields as JSON."""


def autoscaler_path(namespace: str, name: str) -> str:
    """Of a HorizontalPodAutoscaler at the API server."""
    return f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers/{name}"


class Scalable(JsonModel):
    """An object whose number of pods, or the least of it, can be set.

    Attributes:
        name: ``KIND/NAMESPACE/NAME``.
        path: of the object at the API server.
        field: of its `spec` that holds the number: ``replicas``, ``minReplicas`` or
            ``minReplicaCount``.
        number: pods that it asks for at least.
        raised_from: what that was before a switch raised it; None where none has.
        most: pods that it lets be at most; None where it says nothing of that.
        held: why it lets be no more, where that is not its usual most.
        found: every field of its `spec` that raising changes, as it was before any switch raised
            it, None for one that was not there; empty where `field` alone is changed.
    """

    name: str
    path: str
    field: str
    number: int
    raised_from: int | None = None
    most: int | None = None
    held: str = ""
    found: Mapping[str, int | None] = Field(default_factory=dict[str, int | None])

    @property
    def record(self) -> str:
        """What the annotation says of it once it is raised."""
        if self.found:
            return json.dumps(dict(self.found), sort_keys=True)
        return str(self.number if self.raised_from is None else self.raised_from)

    def raised_to(self, number: int) -> Mapping[str, int | None]:
        """The change of its `spec` that raises it; null takes a field away.

        A floor that is there, and counts only while something is going on, is not lowered.
        """
        least = self.found.get(self.field) or 0
        return {**dict.fromkeys(self.found), self.field: max(number, least)}

    def let_go(self) -> Mapping[str, int | None]:
        """The change of its `spec` that makes it as it was."""
        return self.found or {self.field: self.raised_from}

    def raise_in_words(self, number: int) -> str:
        """What raising it changes, such as ``minReplicas 2 → 6``."""
        beside = [it for it in self.found if it != self.field]
        before = self.found[self.field] or 0 if beside else self.number
        without = f", without {' and '.join(beside)}" if beside else ""
        return f"{self.field} {before} → {self.raised_to(number)[self.field]}{without}"

    @property
    def is_floor(self) -> bool:
        """Whether it is the least of something that scales by itself."""
        return self.field != "replicas"

    def let_go_in_words(self) -> str:
        """What letting it go changes, such as ``minReplicas 6 → 2``."""
        back = self.let_go()
        beside = [f", {name} {it} again" for name, it in back.items() if name != self.field]
        before = back[self.field]
        return f"{self.field} {self.number} → {'none' if before is None else before}" + "".join(
            beside
        )
