"""The changelog: which releases it tells of, and what of each. Pure."""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

UNRELEASED = "Unreleased"
_SECTION = re.compile(r"^## (?P<title>.+)$", re.MULTILINE)
_RELEASE = re.compile(r"(?P<version>\d+\.\d+\.\d+) - (?P<day>\d{4}-\d{2}-\d{2})")


class ChangelogError(Exception):
    """The changelog is not as a release needs it; the message says where and what to do."""


@dataclass(frozen=True)
class Release:
    """A release that the changelog tells of.

    Attributes:
        version: such as ``1.2.0``.
        day: when it was made.
        notes: what changed, in Markdown.
    """

    version: str
    day: date
    notes: str


def number(version: str) -> tuple[int, int, int]:
    """A version's three numbers, to be compared.

    Raises:
        ChangelogError: it is none.
    """
    found = re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", version)
    if found is None:
        raise ChangelogError(f"{version!r} is no version such as 1.2.0")
    return int(found[1]), int(found[2]), int(found[3])


def unreleased(text: str) -> str:
    """What no release has yet, in Markdown; empty if there is nothing.

    Raises:
        ChangelogError: the first section is not that of unreleased changes.
    """
    titles = [it["title"] for it in _SECTION.finditer(text)]
    if titles[:1] != [UNRELEASED]:
        raise ChangelogError(f"CHANGELOG.md: the first section is not '## {UNRELEASED}'")
    return _sections(text)[UNRELEASED]


def releases(text: str) -> Sequence[Release]:
    """Releases, newest first.

    Raises:
        ChangelogError: a title is no release, tells nothing, or is not older than the one above.
    """
    found: list[Release] = []
    for title, notes in _sections(text).items():
        if title == UNRELEASED:
            continue
        named = _RELEASE.fullmatch(title)
        if named is None:
            raise ChangelogError(f"CHANGELOG.md: '## {title}' is not '## VERSION - YYYY-MM-DD'")
        if not notes:
            raise ChangelogError(f"CHANGELOG.md: '## {title}' tells of nothing")
        found.append(Release(named["version"], _day(title, named["day"]), notes))
    for newer, older in itertools.pairwise(found):
        if number(newer.version) <= number(older.version) or newer.day < older.day:
            raise ChangelogError(
                f"CHANGELOG.md: {newer.version} of {newer.day} stands above {older.version} of"
                f" {older.day}, and is not newer"
            )
    return found


def released(text: str, version: str, day: date) -> str:
    """The changelog once what is unreleased is a release.

    Raises:
        ChangelogError: there is nothing to release, or a release as new or newer.
    """
    number(version)
    notes = unreleased(text)
    if not notes:
        raise ChangelogError(f"CHANGELOG.md: nothing stands under '## {UNRELEASED}'")
    last = next(iter(releases(text)), None)
    if last is not None and number(version) <= number(last.version):
        raise ChangelogError(f"{version} is not newer than {last.version}, the last release")
    title = f"## {version} - {day.isoformat()}"
    return text.replace(f"## {UNRELEASED}\n", f"## {UNRELEASED}\n\n{title}\n", 1)


def _day(title: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ChangelogError(f"CHANGELOG.md: '## {title}' has no date: {error}") from error


def _sections(text: str) -> Mapping[str, str]:
    titles = list(_SECTION.finditer(text))
    ends = [it.start() for it in titles[1:]] + [len(text)]
    found: dict[str, str] = {}
    for title, end in zip(titles, ends, strict=True):
        if title["title"] in found:
            raise ChangelogError(f"CHANGELOG.md: '## {title['title']}' stands there twice")
        found[title["title"]] = text[title.end() : end].strip()
    return found
