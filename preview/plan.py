"""What a preview would do, kept so that an update can be held to what somebody approved.

A plan names each step and, for each property, a digest of what it is and of what it becomes. What
must be hidden is hidden before it is digested: nothing can be guessed from a plan, and two secrets
make one plan. Pulumi's own plans (`--save-plan`) are experimental, and hold values.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from preview.changes import Change, Kind, Property, changes, output_changes, properties_made
from preview.events import Recorded
from preview.values import in_full

_FORMAT = 1


class PlanError(Exception):
    """A file holds no plan, or none of a stack; the message says which and what to do."""


class _Part(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, validate_by_name=True
    )


class Step(_Part):
    """What would happen to a resource.

    Attributes:
        kind: created, changed, replaced or deleted.
        urn: of the resource.
        properties: digest of the old and the new value, by path.
    """

    kind: Kind
    urn: str
    properties: Mapping[str, str]


class Plan(_Part):
    """What a preview of a stack would do.

    Attributes:
        stack: stack name.
        steps: one for each resource that would change, by URN.
        outputs: digest of the old and the new value of each output that would change, by path.
    """

    stack: str
    steps: Sequence[Step]
    outputs: Mapping[str, str]

    @property
    def digest(self) -> str:
        """``sha256:`` and the digest of all of it: equal for plans that are equal."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


class _File(_Part):
    format: Literal[1]
    plans: Sequence[Plan]


class Deviation(BaseModel):
    """A difference between what was approved and what an update would do now.

    Attributes:
        urn: of the resource; empty for outputs.
        what: how it differs, to be read behind the resource's name.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)

    urn: str
    what: str


def plan_of(recorded: Recorded) -> Plan:
    """The plan of a preview that came to its end."""
    return Plan(
        stack=recorded.stack,
        steps=sorted(map(_step, changes(recorded)), key=lambda it: it.urn),
        outputs=_digests(output_changes(recorded)),
    )


def deviations(approved: Plan, now: Plan) -> Sequence[Deviation]:
    """How a plan differs from the approved one; empty if it does not."""
    before = {it.urn: it for it in approved.steps}
    after = {it.urn: it for it in now.steps}
    found: list[Deviation] = []
    for urn in sorted({*before, *after}):
        found += [Deviation(urn=urn, what=it) for it in _of_step(before.get(urn), after.get(urn))]
    paths = _different(approved.outputs, now.outputs)
    return (*found, *(Deviation(urn="", what=f"output {it} is not as approved") for it in paths))


def write_plans(file: Path, plans: Sequence[Plan]) -> None:
    """Writes plans as JSON. Raises OSError."""
    held = _File(format=_FORMAT, plans=plans)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(held.model_dump_json(by_alias=True, indent=1) + "\n", encoding="utf-8")


def read_plans(file: Path) -> Mapping[str, Plan]:
    """Plans of a file, by stack.

    Raises:
        PlanError: there is no such file, or it holds no plans.
    """
    try:
        held = _File.model_validate_json(file.read_bytes())
    except OSError as error:
        raise PlanError(
            f"{file}: there is no approved plan ({error.strerror}). Start the pipeline anew: its"
            " first job makes one"
        ) from error
    except ValidationError as error:
        raise PlanError(f"{file} holds no plan of `python -m preview --plan`") from error
    return {it.stack: it for it in held.plans}


def _step(change: Change) -> Step:
    properties = properties_made(change) if change.kind == "created" else change.properties
    return Step(kind=change.kind, urn=change.urn, properties=_digests(properties))


def _digests(properties: Sequence[Property]) -> dict[str, str]:
    return {it.path: _digest(it) for it in sorted(properties, key=lambda it: it.path)}


def _digest(change: Property) -> str:
    way = json.dumps([in_full(change.path, change.old), in_full(change.path, change.new)])
    return hashlib.sha256(way.encode()).hexdigest()


def _of_step(approved: Step | None, now: Step | None) -> Iterator[str]:
    if now is None:
        if approved is not None:
            yield f"would not be {approved.kind}, as was approved"
    elif approved is None:
        yield f"would be {now.kind}, which nobody approved"
    elif approved.kind != now.kind:
        yield f"would be {now.kind}; approved is that it is {approved.kind}"
    else:
        for path in _different(approved.properties, now.properties):
            yield f"property {path} is not as approved"


def _different(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    return sorted(it for it in {*one, *other} if one.get(it) != other.get(it))
