"""Findings that are right as they are, each with its reason: ``exceptions.yaml``."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from development.second_opinion.finding import Finding, LinterError

FILE = Path(__file__).parent / "exceptions.yaml"
"""The exceptions of this project."""

_SHORTEST_REASON = 20


class Excepted(BaseModel):
    """An exception.

    Attributes:
        tool: the linter.
        rule: its name of the rule.
        where: places as the linter's findings have them; ``*`` is any text.
        why: the reason.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tool: str
    rule: str
    where: Annotated[tuple[str, ...], Field(min_length=1)]
    why: Annotated[str, Field(min_length=_SHORTEST_REASON)]

    def covers(self, finding: Finding, place: str) -> bool:
        """Whether it is about this finding, by one of its places."""
        same = (self.tool, self.rule) == (finding.tool, finding.rule)
        return same and fnmatchcase(finding.where, place)


@dataclass(frozen=True)
class Verdict:
    """What is left to do.

    Attributes:
        findings: what no exception covers.
        unused: places of exceptions that cover nothing, as ``TOOL RULE PLACE``.
        excepted: how many findings exceptions cover.
    """

    findings: Sequence[Finding]
    unused: Sequence[str]
    excepted: int

    @property
    def is_fine(self) -> bool:
        """Whether nothing is left."""
        return not (self.findings or self.unused)


def read(file: Path = FILE) -> Sequence[Excepted]:
    """The exceptions of a file.

    Raises:
        LinterError: it cannot be read; names every mistake.
    """
    try:
        held = yaml.safe_load(file.read_text(encoding="utf-8"))
        return TypeAdapter(tuple[Excepted, ...]).validate_python(held or ())
    except yaml.YAMLError as error:
        raise LinterError(f"{file}: {error}") from error
    except ValidationError as error:
        mistakes = (f"  [{'.'.join(map(str, it['loc']))}]: {it['msg']}" for it in error.errors())
        raise LinterError("\n".join([f"{file}:", *mistakes])) from error


def judge(findings: Sequence[Finding], exceptions: Sequence[Excepted]) -> Verdict:
    """What is left of findings, and which exceptions are not needed (any more)."""
    places = [(excepted, place) for excepted in exceptions for place in excepted.where]
    left = [it for it in findings if not any(one.covers(it, place) for one, place in places)]
    unused = [
        f"{one.tool} {one.rule} {place}"
        for one, place in places
        if not any(one.covers(it, place) for it in findings)
    ]
    return Verdict(left, unused, len(findings) - len(left))
