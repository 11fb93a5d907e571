"""From steps to changes: one for each resource, with the component it belongs to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from preview.events import Plain, Recorded, ResourceStep, State
from preview.secrets import hidden_properties
from preview.values import ABSENT, Leaf, differences, hidden

Kind: TypeAlias = Literal["replaced", "deleted", "changed", "created"]
"""What would happen to a resource."""

_KINDS: Mapping[str, Kind] = {
    "replace": "replaced",
    "create-replacement": "replaced",
    "delete-replaced": "replaced",
    "import-replacement": "replaced",
    "delete": "deleted",
    "discard": "deleted",
    "update": "changed",
    "create": "created",
    "import": "created",
}
"""By operation. A `refresh` is none: it says that a resource is looked at, and what was found comes
as an operation of its own."""
ORDER: tuple[Kind, ...] = ("replaced", "deleted", "changed", "created")
"""The order in which changes are shown."""

_PROGRAM = "eks-platform:"
_WRAPPER = "eks-platform:addons:PlatformAddons"
_INTERNAL = ("pulumi:providers:", "pulumi:pulumi:")


@dataclass(frozen=True)
class Component:
    """A component of the program.

    Attributes:
        type: Pulumi type; empty for what belongs to none.
        name: Pulumi name.
    """

    type: str
    name: str


@dataclass(frozen=True)
class Property:
    """A property that would change.

    Attributes:
        path: where it is.
        old: value now; ABSENT if there is none.
        new: value then.
        replaces: whether this difference is why the resource is replaced.
    """

    path: str
    old: Plain
    new: Plain
    replaces: bool


@dataclass(frozen=True)
class Change:
    """What would happen to one resource.

    Attributes:
        kind: created, changed, replaced or deleted.
        type: Pulumi type.
        name: Pulumi name.
        urn: URN.
        component: what it belongs to.
        properties: what differs, by path.
        old: inputs now; empty for a new one.
        new: inputs then; empty for one that goes.
        protected: whether the program protects it.
    """

    kind: Kind
    type: str
    name: str
    urn: str
    component: Component
    properties: Sequence[Property]
    old: Mapping[str, Plain]
    new: Mapping[str, Plain]
    protected: bool

    @property
    def last(self) -> str:
        """Name of the type alone, for example ``LaunchTemplate``."""
        return self.type.rpartition(":")[2]


def changes(recorded: Recorded) -> list[Change]:
    """All changes of a preview, in a stable order."""
    parents = _parents(recorded.steps)
    found: dict[str, ResourceStep] = {}
    for step in recorded.steps:
        if step.op not in _KINDS or step.type.startswith(_INTERNAL):
            continue
        known = found.get(step.urn)
        if known is None or _weight(step) >= _weight(known):
            found[step.urn] = step
    made = [
        _change(step, parents)
        for step in found.values()
        if _is_custom(step) or step.op in ("delete", "create")
    ]
    shown = [change for change in made if not change.type.startswith(_PROGRAM)]
    return sorted(shown, key=lambda change: (ORDER.index(change.kind), change.type, change.name))


def properties_made(change: Change) -> list[Property]:
    """Properties of what is created; a change has none of those."""
    secret = hidden_properties(change.type)
    return [
        Property(path, old, hidden(new) if _within_any(path, secret) else new, replaces=False)
        for path, old, new in differences({}, change.new)
        if not path.startswith("__")
    ]


def unchanged(recorded: Recorded) -> int:
    """How many resources stay as they are."""
    last = {step.urn: step.op for step in recorded.steps if not step.type.startswith(_INTERNAL)}
    ours = [urn for urn in last if not urn.split("::")[2].rpartition("$")[2].startswith(_PROGRAM)]
    return sum(last[urn] == "same" for urn in ours)


def output_changes(recorded: Recorded) -> list[Property]:
    """Stack outputs that would change."""
    before, after = recorded.outputs
    if not after:
        return []
    found = differences(_without_nothing(before), _without_nothing(after))
    return [Property(path, old, new, replaces=False) for path, old, new in found]


def _without_nothing(value: Plain) -> Plain:
    """Without null values: the engine leaves them out of what it keeps."""
    if isinstance(value, Mapping):
        return {key: _without_nothing(inner) for key, inner in value.items() if inner is not None}
    return value


def _weight(step: ResourceStep) -> int:
    """A replacement comes as several steps; the one that names all differences counts."""
    if step.op == "replace":
        return 3
    return 2 if step.op == "create-replacement" else 1


def _is_custom(step: ResourceStep) -> bool:
    return bool(step.new or step.old)


def _parents(steps: Sequence[ResourceStep]) -> dict[str, str]:
    found: dict[str, str] = {}
    for step in steps:
        state = step.new or step.old
        if state is not None:
            found[step.urn] = state.parent
    return found


def _change(step: ResourceStep, parents: Mapping[str, str]) -> Change:
    kind = _KINDS[step.op]
    old, new = step.old or State(), step.new or State()
    state = old if kind == "deleted" else new
    return Change(
        kind=kind,
        type=step.type,
        name=step.name,
        urn=step.urn,
        component=_component(step.urn, parents),
        properties=tuple(_properties(step)) if kind in ("changed", "replaced") else (),
        old={} if kind == "created" else old.inputs,
        new={} if kind == "deleted" else new.inputs,
        protected=state.protect or old.protect,
    )


def _component(urn: str, parents: Mapping[str, str]) -> Component:
    """The outermost component of the program, but for the one that only orders add-ons."""
    found = Component("", "")
    while urn := parents.get(urn, ""):
        kind = urn.split("::")[2].rpartition("$")[2]
        if kind.startswith(_PROGRAM) and kind != _WRAPPER:
            found = Component(kind, urn.rpartition("::")[2])
    return found


def _properties(step: ResourceStep) -> Iterator[Property]:
    old, new = step.old or State(), step.new or State()
    because = {path for path, it in (step.detailed_diff or {}).items() if "replace" in it.kind}
    because |= set(step.keys)
    leaves: list[Leaf] = list(differences(old.inputs, new.inputs))
    if not leaves and step.detailed_diff:
        # What differs is not in the inputs: somebody changed it behind the program's back.
        leaves = list(_of_outputs(step, old, new))
    for path, before, after in leaves:
        if path.startswith("__"):
            continue
        if _within_any(path, hidden_properties(step.type)):
            before, after = hidden(before), hidden(after)  # noqa: PLW2901 - from here on they are
        yield Property(path, before, after, replaces=any(_within(path, it) for it in because))


def _of_outputs(step: ResourceStep, old: State, new: State) -> Iterator[Leaf]:
    keys = sorted({path.partition(".")[0].partition("[")[0] for path in step.detailed_diff or {}})
    for key in keys:
        after = new.outputs.get(key, new.inputs.get(key, ABSENT))
        yield from differences(old.outputs.get(key, ABSENT), after, key)


def _within_any(path: str, others: Sequence[str]) -> bool:
    return any(_within(path, it) for it in others)


def _within(path: str, other: str) -> bool:
    """Whether one path lies in the other, either way round."""
    short, long = sorted((path, other), key=len)
    return long == short or long.startswith((f"{short}.", f"{short}["))
