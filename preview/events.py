"""What the engine tells of a preview: its event log, read into types.

The events are those of the engine's `--event-log`, one JSON object a line, as described in
https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Plain: TypeAlias = Any
"""A property's value, as JSON."""

STACK = "pulumi:pulumi:Stack"
REFERENCE = "pulumi:pulumi:StackReference"


class _Event(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, extra="ignore", frozen=True, validate_by_name=True
    )


class State(_Event):
    """A resource before or after a step; secrets in it have been blinded by the engine."""

    id: str = ""
    parent: str = ""
    protect: bool = False
    inputs: Mapping[str, Plain] = Field(default_factory=dict[str, Plain])
    outputs: Mapping[str, Plain] = Field(default_factory=dict[str, Plain])


class Difference(_Event):
    """Kind of a property's difference: add, update or delete, maybe with ``-replace``."""

    kind: str = Field(alias="diffKind")
    of_inputs: bool = Field(alias="inputDiff", default=False)


class ResourceStep(_Event):
    """What the engine would do with a resource."""

    op: str
    urn: str
    type: str
    old: State | None = None
    new: State | None = None
    keys: Sequence[str] = ()
    diffs: Sequence[str] = ()
    detailed_diff: Mapping[str, Difference] | None = None

    @property
    def name(self) -> str:
        """Pulumi name."""
        return self.urn.rpartition("::")[2]


class Violation(_Event):
    """What a policy said of a resource."""

    urn: str = Field(alias="resourceUrn", default="")
    policy: str = Field(alias="policyName")
    message: str
    level: str = Field(alias="enforcementLevel")
    severity: str = ""


class Diagnostic(_Event):
    """What a program, a provider or the engine said."""

    urn: str = ""
    message: str
    severity: str
    ephemeral: bool = False


class _Holder(_Event):
    metadata: ResourceStep


class _Summary(_Event):
    result: str = ""


class _Line(_Event):
    resource_pre_event: _Holder | None = None
    res_outputs_event: _Holder | None = None
    res_op_failed_event: _Holder | None = None
    policy_event: Violation | None = None
    diagnostic_event: Diagnostic | None = None
    summary_event: _Summary | None = None


class Recorded(BaseModel):
    """A preview of one stack.

    Attributes:
        stack: stack name.
        steps: one or more for each resource, in the order in which they came.
        outputs: stack outputs before and after.
        violations: what policies said.
        errors: what went wrong.
        complete: whether the engine came to its end.
        succeeded: whether it says that all went well; a policy that refuses is no success.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)

    stack: str
    steps: Sequence[ResourceStep]
    outputs: tuple[Mapping[str, Plain], Mapping[str, Plain]]
    violations: Sequence[Violation]
    errors: Sequence[str]
    complete: bool
    succeeded: bool

    def outputs_of(self, stack: str) -> Mapping[str, Plain]:
        """Outputs of another stack that this one read; none if it did not."""
        for step in reversed(self.steps):
            if step.type == REFERENCE and step.name.rpartition("/")[2] == stack and step.new:
                found = step.new.outputs.get("outputs")
                if found:
                    return found
        return {}


class NotPreviewed(BaseModel):
    """A stack of which there is no preview.

    Attributes:
        stack: stack name.
        why: what the engine said.
        missing: the stack does not exist, so that nothing has failed.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)

    stack: str
    why: str
    missing: bool


PreviewOrReason: TypeAlias = Recorded | NotPreviewed
"""A stack's preview, or why there is none."""


class NotAnEventLogError(Exception):
    """A file is no event log; the message names the line."""


def read_event_log(stack: str, file: Path) -> Recorded:
    """Reads an event log.

    Raises:
        NotAnEventLogError: a line is no event of the engine, or the file no text.
    """
    lines: list[_Line] = []
    try:
        # Not `splitlines`: a value may hold what Python takes for a line's end, and JSON does not.
        texts = file.read_text(encoding="utf-8").rstrip("\n").split("\n")
    except UnicodeDecodeError as error:
        raise NotAnEventLogError(f"{file} is no event log: it is not UTF-8") from error
    for number, text in enumerate(texts, start=1):
        try:
            lines.append(_Line.model_validate_json(text))
        except ValueError as error:
            raise NotAnEventLogError(f"{file}:{number} is no event of the engine") from error
    return _recorded(stack, lines)


def _recorded(stack: str, lines: Iterable[_Line]) -> Recorded:
    steps: list[ResourceStep] = []
    violations: list[Violation] = []
    errors: list[str] = []
    before: Mapping[str, Plain] = {}
    after: Mapping[str, Plain] = {}
    result = None
    for line in lines:
        for holder in (line.resource_pre_event, line.res_outputs_event):
            if holder is None:
                continue
            step = holder.metadata
            if step.type != STACK:
                steps.append(step)
                continue
            before = step.old.outputs if step.old else before
            after = (step.new.outputs if step.new else {}) or after
        if line.policy_event:
            violations.append(line.policy_event)
        said = line.diagnostic_event
        if said and said.severity == "error" and not said.ephemeral:
            errors.append(said.message)
        if line.summary_event:
            result = line.summary_event.result
    return Recorded(
        stack=stack,
        steps=steps,
        outputs=(before, after),
        violations=violations,
        errors=list(dict.fromkeys(errors)),
        complete=result is not None,
        succeeded=result == "succeeded",
    )
