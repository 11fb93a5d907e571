"""A row of the policies' tables."""

from dataclasses import dataclass

from tests.unit.policy.judge import Made


@dataclass(frozen=True)
class Case:
    """What a policy says of some resources.

    Attributes:
        rule: the policy's name.
        what: what the row is about; part of the test's name.
        resources: the resource, or the stack's.
        faults: part of each message, in order; empty where all is well.
        unknown: part of what it says it cannot see yet; empty where it sees all.
    """

    rule: str
    what: str
    resources: tuple[Made, ...]
    faults: tuple[str, ...] = ()
    unknown: str = ""
