"""Which rules of the platform a change touches, and how."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from preview.changes import Change, Property
from preview.events import Plain, Recorded
from preview.values import code_span, is_unknown, shown

COLOURS = ("blue", "green")
_CLUSTER = "aws:eks/cluster:Cluster"
_RECORD = "aws:route53/record:Record"
_DEPLOYMENT = "kubernetes:apps/v1:Deployment"
_SHARED_THINGS = ("aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:route53/zone:Zone", _RECORD)
_VERSIONS = (
    ("aws:eks/cluster:Cluster", "version"),
    ("aws:eks/addon:Addon", "addonVersion"),
    ("aws:ec2/launchTemplate:LaunchTemplate", "imageId"),
    ("kubernetes:helm.sh/v3:Release", "version"),
)


@dataclass(frozen=True)
class Preview:
    """A preview as a rule looks at it.

    Attributes:
        recorded: what the engine told.
        changes: what would change.
        outputs: stack outputs that would change.
    """

    recorded: Recorded
    changes: Sequence[Change]
    outputs: Sequence[Property]

    @property
    def stack(self) -> str:
        """The stack."""
        return self.recorded.stack

    @property
    def active(self) -> str:
        """The active colour; empty for none."""
        own = self.recorded.outputs[0] if self.stack == "shared" else {}
        return str((own or self.recorded.outputs_of("shared")).get("activeColour") or "")


@dataclass(frozen=True)
class Touched:
    """A rule that a preview touches.

    Attributes:
        rule: the rule, in one sentence.
        how: what of the preview touches it, one sentence each.
    """

    rule: str
    how: Sequence[str]


Looks: TypeAlias = Callable[[Preview], Iterator[str]]


def touched(preview: Preview) -> list[Touched]:
    """Rules that a preview touches, in a fixed order."""
    found = [Touched(rule, list(looks(preview))) for rule, looks in _RULES]
    return [each for each in found if each.how]


def _live_writers(preview: Preview) -> Iterator[str]:
    for change in preview.changes:
        if change.type != _DEPLOYMENT or not change.name.startswith("live-external-dns"):
            continue
        before, after = _replicas(change.old), _replicas(change.new)
        if before != after:
            yield f"the live DNS writer {code_span(change.name)} goes from {before} to {after} pods"
        else:
            yield f"the live DNS writer {code_span(change.name)} is {change.kind}"
    for output in preview.outputs:
        if output.path.startswith(
            ("liveWriter.colour", "liveWriter.canary", "liveWriters.running")
        ):
            yield f"{code_span(output.path)} goes {_from_to(output)}"


def _api_records(preview: Preview) -> Iterator[str]:
    for change in preview.changes:
        if change.type == _RECORD and change.name.startswith("api-records"):
            name = code_span(change.name)
            yield f"the record {name} is {change.kind}: people reach another cluster"


def _active_colour(preview: Preview) -> Iterator[str]:
    for output in preview.outputs:
        if output.path == "activeColour":
            yield f"the active colour goes {_from_to(output)}"


def _kept(preview: Preview) -> Iterator[str]:
    if preview.stack not in COLOURS:
        return
    who = "the active colour" if preview.active == preview.stack else "an idle colour"
    for change in preview.changes:
        if change.type != _CLUSTER:
            continue
        if change.kind in ("deleted", "replaced"):
            yield f"the cluster of {preview.stack}, {who}, is {change.kind}"
        for each in change.properties:
            if each.path == "deletionProtection" and each.old:
                yield f"the cluster of {preview.stack}, {who}, may be deleted from then on"


def _in_place(preview: Preview) -> Iterator[str]:
    for change in preview.changes:
        version = _property(change, "version") if change.type == _CLUSTER else None
        if version is None:
            continue
        way = f"from {shown(version.path, version.old)} to {shown(version.path, version.new)}"
        if preview.active == preview.stack:
            yield (
                f"{preview.stack} is the active colour, and Kubernetes goes {way} under production:"
                " upgrade the idle colour and switch"
            )
        else:
            yield f"{preview.stack} is idle, and Kubernetes goes {way}"


def _apart(preview: Preview) -> Iterator[str]:
    for change in preview.changes:
        if preview.stack in COLOURS and change.type in _SHARED_THINGS:
            yield f"a colour writes {code_span(change.name)}, which belongs to the shared stack"
        if preview.stack == "shared" and change.type.startswith("kubernetes:"):
            yield f"the shared stack writes {code_span(change.name)} into a cluster"


def _names(preview: Preview) -> Iterator[str]:
    for change in preview.changes:
        is_writer = change.type == _DEPLOYMENT and "external-dns" in change.name
        if is_writer and any(".args" in each.path for each in change.properties):
            yield f"the DNS writer {code_span(change.name)} gets other arguments: names may move"


def _versions(preview: Preview) -> Iterator[str]:
    for change in preview.changes:
        for type_, key in _VERSIONS:
            found = _property(change, key) if change.type == type_ else None
            if found is not None:
                yield f"{code_span(change.name)} goes {_from_to(found)}"
        for each in change.properties:
            if each.path.endswith(".image"):
                way = f"{shown(each.path, each.new)} instead of {shown(each.path, each.old)}"
                yield f"{code_span(change.name)} runs the image {way}"


_RULES: tuple[tuple[str, Looks], ...] = (
    ("Never two live DNS writers for one zone.", _live_writers),
    ("The API records always name one and the same colour.", _api_records),
    (
        "The active colour moves by a switch, through nobody, and no name is left behind.",
        _active_colour,
    ),
    (
        "An upgrade is never done in place: the idle colour is built anew, then production moves.",
        _in_place,
    ),
    ("The active colour cannot be retired.", _kept),
    ("Colours write nothing shared, and the shared stack writes into no cluster.", _apart),
    ("Names of applications stay with their writers.", _names),
    ("Nothing floats: every version comes from the catalogue.", _versions),
)


def _property(change: Change, path: str) -> Property | None:
    return next((each for each in change.properties if each.path == path), None)


def _from_to(each: Property) -> str:
    return f"from {shown(each.path, each.old)} to {shown(each.path, each.new)}"


def _replicas(inputs: Plain) -> str:
    replicas = inputs.get("spec", {}).get("replicas", 1) if inputs else 0
    return "an unknown number of" if is_unknown(replicas) else str(int(replicas))
