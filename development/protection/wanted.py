"""What a repository's own files want of GitHub."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

Json: TypeAlias = dict[str, JsonValue]
"""A JSON object."""

ENVIRONMENTS = Path(".github") / "environments.yaml"
RULESETS = Path(".github") / "rulesets"

_MOST_REVIEWERS = 6
"""https://docs.github.com/en/rest/deployments/environments#create-or-update-an-environment"""

_REVIEWER = r"^@[A-Za-z0-9](?:[A-Za-z0-9_-]*)(?:/[A-Za-z0-9._-]+)?$"
_NAME = re.compile(r"[A-Za-z0-9 ._/-]{1,255}")

Reviewer: TypeAlias = Annotated[str, Field(pattern=_REVIEWER)]
"""``@PERSON`` or ``@ORGANISATION/TEAM``."""


class WantedError(Exception):
    """The files are wrong; the message names each mistake."""


class Environment(BaseModel):
    """An environment.

    Attributes:
        reviewers: who may let a job go on; none: nobody is waited for.
        branches: patterns of branches whose jobs may use it.
        tags: patterns of tags whose jobs may use it.
        any_branch: whether jobs of every branch and tag may.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel)

    reviewers: Annotated[list[Reviewer], Field(max_length=_MOST_REVIEWERS)] = []
    branches: list[str] = []
    tags: list[str] = []
    any_branch: bool = False

    @model_validator(mode="after")
    def _say_from_where(self) -> "Environment":
        if self.any_branch == bool(self.branches or self.tags):
            raise ValueError("say branches or tags, or anyBranch: true, and not both")
        return self

    @property
    def refs(self) -> frozenset[tuple[str, str]]:
        """Kind (``branch`` or ``tag``) and pattern of what may use it; empty: everything may."""
        return frozenset(
            {("branch", it) for it in self.branches} | {("tag", it) for it in self.tags}
        )


class Ruleset(BaseModel):
    """A ruleset, in the form in which GitHub exports and imports it.

    https://docs.github.com/en/rest/repos/rules#create-a-repository-ruleset
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1)]
    target: str
    enforcement: str
    bypass_actors: list[Json]
    conditions: Json
    rules: list[Json]


@dataclass(frozen=True)
class Wanted:
    """What is wanted.

    Attributes:
        environments: by name.
        rulesets: each with a name of its own.
    """

    environments: Mapping[str, Environment]
    rulesets: Sequence[Ruleset]


def read(root: Path) -> Wanted:
    """Reads the files of a checkout.

    Raises:
        WantedError: a file cannot be read, or is wrong.
    """
    problems: list[str] = []
    environments = _environments(root, problems)
    rulesets = [it for it in _rulesets(root, problems) if it is not None]
    names = [it.name for it in rulesets]
    problems += [
        f"{RULESETS}: two are named {it}" for it in sorted(set(names)) if names.count(it) > 1
    ]
    if problems:
        raise WantedError("\n".join(problems))
    return Wanted(environments, rulesets)


def _environments(root: Path, problems: list[str]) -> Mapping[str, Environment]:
    try:
        held = yaml.safe_load((root / ENVIRONMENTS).read_text(encoding="utf-8"))
        found = TypeAdapter(dict[str, Environment]).validate_python(held)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        problems.append(f"{ENVIRONMENTS}: {error}")
        return {}
    except ValidationError as error:
        problems += _mistakes(ENVIRONMENTS, error)
        return {}
    problems += [
        f"{ENVIRONMENTS}: {it!r} is no name for an environment"
        for it in found
        if not _NAME.fullmatch(it)
    ]
    return found


def _rulesets(root: Path, problems: list[str]) -> Sequence[Ruleset | None]:
    return [
        _ruleset(RULESETS / file.name, file, problems)
        for file in sorted((root / RULESETS).glob("*.json"))
    ]


def _ruleset(shown: Path, file: Path, problems: list[str]) -> Ruleset | None:
    try:
        return Ruleset.model_validate(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:  # a mistake of JSON or UTF-8 is a ValueError
        if isinstance(error, ValidationError):
            problems += _mistakes(shown, error)
        else:
            problems.append(f"{shown}: {error}")
        return None


def _mistakes(file: Path, error: ValidationError) -> list[str]:
    return [
        f"{file}: {'.'.join(map(str, it['loc'])) or 'the whole file'}:"
        f" {it['msg'].removeprefix('Value error, ')}"
        for it in error.errors()
    ]
