"""The three stack files of a new platform, out of a few answers.

Nothing is written before the settings have accepted all three files.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

import settings
from bluegreen.errors import OperatorError, RefusedError
from settings.mistakes import SettingsError, file_of
from settings.names import COLOURS, SHARED

_REGION = re.compile(r"^(\s+aws:region:\s*)\S+", re.MULTILINE)
_ENGINE_KEYS = ("secretsprovider", "encryptionsalt", "encryptedkey")
"""What the engine itself keeps in a stack file: without it the stack's secrets cannot be read."""


@dataclass(frozen=True)
class FirstZone:
    """A hosted zone.

    Attributes:
        name: its DNS name.
        create: make it; otherwise it is looked up.
    """

    name: str
    create: bool


@dataclass(frozen=True)
class ExistingRoles:
    """Roles of people that are there, by name or ARN."""

    admin: str
    readwrite: str
    readonly: str


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a team says of the platform that it wants.

    Attributes:
        region: AWS region.
        public: zone of applications' public names.
        private: zone of their private names.
        api: zone of the API records.
        trusted: accounts whose people may take the platform's own roles on.
        roles: existing roles, in place of own ones.
        cidr: range of the VPC that is made; None leaves it to the default.
    """

    region: str
    public: FirstZone
    private: FirstZone
    api: FirstZone
    trusted: tuple[str, ...]
    roles: ExistingRoles | None = None
    cidr: str | None = None


def make_files(folder: Path, answers: Answers, *, force: bool) -> Mapping[Path, str]:
    """Text of each stack file; nothing is written.

    Args:
        folder: folder of the Pulumi project.
        answers: what is asked for.
        force: also where a platform stands that the files say.

    Raises:
        OperatorError: a file of a colour is missing.
        RefusedError: the settings refuse the answers, or a platform stands.
    """
    shared = folder / file_of(SHARED)
    old = _read(shared)
    if not force:
        _refuse_standing(old)
    texts = {shared: _shared_text(answers) + _of_the_engine(old)}
    for colour in COLOURS:
        path = folder / file_of(colour)
        if not path.is_file():
            raise OperatorError(
                f"{path.name} is missing: take it from the repository"
                f" (`git checkout {path.name}`), then run this again"
            )
        texts[path] = _colour_text(path, answers.region)
    _check(texts)
    return texts


def _read(path: Path) -> dict[str, object]:
    try:
        found = yaml.safe_load(path.read_text()) if path.is_file() else {}
    except yaml.YAMLError as error:
        raise OperatorError(f"{path.name} is no YAML: {error}") from error
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}


def _refuse_standing(old: Mapping[str, object]) -> None:
    config = old.get("config")
    said = cast("Mapping[str, object]", config) if isinstance(config, dict) else {}
    standing = said.get("eks-platform:colours") or said.get("eks-platform:activeColour")
    if standing:
        raise RefusedError(
            f"{file_of(SHARED)} names colours that stand. Another zone or region would be another"
            " platform: change single settings with `pulumi config set`, or give --force"
        )


def _shared_text(answers: Answers) -> str:
    zones = {"public": answers.public, "private": answers.private, "api": answers.api}
    lines = [
        "# yaml-language-server: $schema=settings/schema/shared.schema.json",
        "config:",
        f"  aws:region: {_quoted(answers.region)}",
    ]
    if answers.cidr is not None:
        lines += ["  eks-platform:network:", f"    cidr: {_quoted(answers.cidr)}"]
    lines.append("  eks-platform:zones:")
    for kind, zone in zones.items():
        create = ", create: true" if zone.create else ""
        lines.append(f"    {kind}: {{ name: {_quoted(zone.name)}{create} }}")
    lines.append("  eks-platform:humanRoles:")
    if answers.roles is None:
        accounts = ", ".join(_quoted(account) for account in answers.trusted)
        lines.append(f"    trustedAccountIds: [{accounts}]")
    else:
        lines.append("    existing:")
        lines += [
            f"      {kind}: {_quoted(role)}"
            for kind, role in (
                ("admin", answers.roles.admin),
                ("readwrite", answers.roles.readwrite),
                ("readonly", answers.roles.readonly),
            )
        ]
    return "\n".join((*lines, _LAST_LINES))


_LAST_LINES = """\
  # Colour stacks that exist; add a colour after its first `pulumi up`.
  eks-platform:colours: []
  # eks-platform:activeColour: blue    # absent: production names are moved by nobody
"""


def _quoted(text: str) -> str:
    """A scalar that stays a text in YAML: plain where it cannot be anything else."""
    plain = re.fullmatch(r"[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*", text) and yaml.safe_load(text) == text
    return text if plain else json.dumps(text)


def _of_the_engine(old: Mapping[str, object]) -> str:
    kept = {key: old[key] for key in _ENGINE_KEYS if key in old}
    return yaml.safe_dump(kept, sort_keys=False) if kept else ""


def _colour_text(path: Path, region: str) -> str:
    text, count = _REGION.subn(lambda found: found[1] + _quoted(region), path.read_text(), count=1)
    if count == 0:
        raise OperatorError(f"{path.name} has no line `aws:region: …` below `config:`: add one")
    return text


def _check(texts: Mapping[Path, str]) -> None:
    """Raises RefusedError with all mistakes of all files."""
    wrong: list[str] = []
    for path, text in texts.items():
        stack = path.name.removeprefix("Pulumi.").removesuffix(".yaml")
        config = cast("Mapping[str, object]", yaml.safe_load(text)["config"])
        try:
            settings.load(stack, {key: _as_engine(value) for key, value in config.items()})
        except SettingsError as error:
            # The region stands in all three files; once is enough.
            region = stack != SHARED and "aws:region"
            wrong += [str(it) for it in error.mistakes if not (region and region in it.path)]
    if wrong:
        lines = "\n".join(f"  {mistake}" for mistake in wrong)
        raise RefusedError(f"nothing was written:\n{lines}")


def _as_engine(value: object) -> str:
    """A value as the engine hands it to a program: text, structured ones as JSON."""
    return value if isinstance(value, str) else json.dumps(value)
