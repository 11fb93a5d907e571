"""What a rule is, and what it sees."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from guardrails.node import Node, NotKnownError

READ = "eks-platform:references:Read"
"""Type of the component in which the program says what it read of another stack."""

Level: TypeAlias = Literal["mandatory", "advisory"]
"""Mandatory: the update is refused. Advisory: it is said, and the update goes on."""

Severity: TypeAlias = Literal["low", "medium", "high", "critical"]


@dataclass(frozen=True)
class Seen:
    """A resource as a rule sees it.

    In a rule on resources the properties are its inputs. In a rule on a stack they are its
    outputs, which at a preview are the inputs of what is to change.

    Attributes:
        type: Pulumi type, for example ``aws:kms/key:Key``.
        name: Pulumi name.
        urn: URN.
        props: its properties, camelCase.
        protect: whether the program protects it from deletion.
    """

    type: str
    name: str
    urn: str
    props: Node
    protect: bool = False

    @property
    def stack(self) -> str:
        """Stack that it belongs to, for example ``blue``."""
        return self.urn.split("::")[0].rpartition(":")[2]

    @property
    def kind(self) -> str:
        """Kubernetes kind, for example ``Deployment``; of AWS resources the last part."""
        return self.type.rpartition(":")[2]

    @property
    def kubernetes_name(self) -> str:
        """``NAMESPACE/NAME`` of a Kubernetes object; ``default/…`` where it names none."""
        metadata = self.props["metadata"]
        namespace = metadata["namespace"].text() or "default"
        return f"{namespace}/{metadata['name'].text() or self.name}"


Part: TypeAlias = Node
"""The part of a resource that a rule looks at once for each, such as a container."""

Check: TypeAlias = Callable[[Part, Seen], Iterable[str]]
"""Says what is wrong with a part: one sentence for each mistake, without a final stop."""


def whole(resource: Seen) -> Iterable[Part]:
    """All of a resource as its one part."""
    return [resource.props]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule on single resources.

    Each part is checked by itself, so that one with unknown values hides no mistake in others.

    Attributes:
        name: name of the policy, for example ``node-imds-v2``.
        says: the rule, in one sentence.
        reason: why it is one.
        remedy: what to do about a violation.
        level: what a violation does.
        severity: how bad one is.
        types: Pulumi types that it looks at.
        parts: the parts of a resource that are checked one by one.
        check: says what is wrong with a part.
    """

    name: str
    says: str
    reason: str
    remedy: str
    level: Level = "mandatory"
    severity: Severity = "high"
    types: Sequence[str]
    parts: Callable[[Seen], Iterable[Part]] = whole
    check: Check


@dataclass(frozen=True)
class Fault:
    """What is wrong with a resource of a stack.

    Attributes:
        resource: the resource.
        message: what is wrong, without a final stop.
    """

    resource: Seen
    message: str


@dataclass(frozen=True)
class Stack:
    """All resources of a stack.

    Attributes:
        resources: in the order in which they were registered.
    """

    resources: Sequence[Seen] = field(default_factory=tuple)

    def resources_of(self, *types: str) -> list[Seen]:
        """Those of some Pulumi types."""
        return [resource for resource in self.resources if resource.type in types]

    def output_of(self, stack: str, output: str) -> Node:
        """An output of another stack, as this one read it; without value if it has none.

        Policies see no StackReference; the program says what it read in a component.

        Raises:
            NotKnownError: this stack has not read the other one.
        """
        for read in self.resources_of(READ):
            if read.name == stack:
                return read.props[output]
        raise NotKnownError(f"output {output} of stack {stack}")


StackCheck: TypeAlias = Callable[[Stack], Iterable[Fault]]


@dataclass(frozen=True, kw_only=True)
class StackRule:
    """A rule on a stack as a whole; attributes as of `Rule`."""

    name: str
    says: str
    reason: str
    remedy: str
    level: Level = "mandatory"
    severity: Severity = "high"
    check: StackCheck


AnyRule: TypeAlias = Rule | StackRule
