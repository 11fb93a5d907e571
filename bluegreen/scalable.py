"""What a switch can raise before names move, and let go afterwards."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from bluegreen.snapshot import JsonModel

RAISED = "eks-platform/raised-from"
"""Annotation of what `bluegreen switch --warm` has raised: the number that it had before, or those
of several fields as JSON."""

RAISED_TO = "eks-platform/raised-to"
"""Annotation beside it: the number that it got. Where it has another one, somebody changed it."""

MANAGER = "bluegreen"
"""Field manager of what a switch changes."""


def autoscaler_path(namespace: str, name: str) -> str:
    """Of a HorizontalPodAutoscaler at the API server."""
    return f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers/{name}"


def number_in(item: Mapping[str, Any], annotation: str) -> int | None:
    """The number that an annotation of an object holds; None where it holds none."""
    said = (item["metadata"].get("annotations") or {}).get(annotation)
    return int(said) if said is not None and said.isdecimal() else None


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
        now: the same fields as they are.
        set_to: the number that a switch gave it; None where none has, or did not record it.
        set_by: field manager that set its number last; empty where none is known.
    """

    name: str
    path: str
    field: str
    number: int
    raised_from: int | None = None
    most: int | None = None
    held: str = ""
    found: Mapping[str, int | None] = Field(default_factory=dict[str, int | None])
    now: Mapping[str, int | None] = Field(default_factory=dict[str, int | None])
    set_to: int | None = None
    set_by: str = ""

    @property
    def set_number(self) -> int:
        """The number in its field, whatever else it is held at; 0 where the field is not there."""
        return (self.now[self.field] or 0) if self.now else self.number

    @property
    def is_changed(self) -> bool:
        """Whether somebody has changed the number since a switch raised it."""
        return self.set_to is not None and self.set_number != self.set_to

    @property
    def record(self) -> str:
        """What the annotation says of it once it is raised: what somebody set since then counts."""
        if self.found:
            return json.dumps({**self.found, **self._kept()}, sort_keys=True)
        back = self.raised_from is not None and not self.is_changed
        return str(self.raised_from if back else self.number)

    def changes(self, number: int) -> Mapping[str, object]:
        """The change of the object that raises it: number and record in one request."""
        to = self.raised_to(number)
        record = {RAISED: self.record, RAISED_TO: str(to[self.field])}
        return {"metadata": {"annotations": record}, "spec": to}

    def raised_to(self, number: int) -> Mapping[str, int | None]:
        """The change of its `spec` that raises it; null takes a field away.

        A floor that is there, and counts only while something is going on, is not lowered.
        """
        least = self.found.get(self.field) or 0
        return {**dict.fromkeys(self.found), self.field: max(number, least)}

    def let_go(self) -> Mapping[str, int | None]:
        """The change of its `spec` that makes it as it was; what somebody changed since, stays."""
        if not self.found:
            return {} if self.is_changed else {self.field: self.raised_from}
        return {name: it for name, it in self.found.items() if name not in self._kept()}

    def _kept(self) -> Mapping[str, int | None]:
        """Fields that are not as raising left them, with what they hold."""
        if self.set_to is None:
            return {}
        left = {**dict.fromkeys(self.found), self.field: self.set_to}
        return {name: it for name, it in self.now.items() if it != left.get(name)}

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
        back = dict(self.let_go())
        if self.field in back:
            before = back.pop(self.field)
            told = f"{self.field} {self.set_number} → {'none' if before is None else before}"
        else:
            told = f"{self.changed_in_words()}; that stays"
        return told + "".join(f", {name} {it} again" for name, it in back.items())

    def now_in_words(self) -> str:
        """Its number and who set that, such as ``minReplicas is 2 (kubectl-edit set it)``."""
        return f"{self.field} is {self.set_number}{self._by()}"

    def changed_in_words(self, raised_to: int | None = None) -> str:
        """What somebody has done to the number, such as ``minReplicas is 2, not 6 any more``.

        Args:
            raised_to: what it was raised to, where that may not be on record any more.
        """
        who = self._by()
        if self.set_by == MANAGER:
            who = " (written so by bluegreen: a policy changed the request, or another switch ran)"
        return f"{self.field} is {self.set_number}, not {raised_to or self.set_to} any more{who}"

    def _by(self) -> str:
        return f" ({self.set_by} set it)" if self.set_by else ""
