"""The two tables of the local cloud's page, out of `localcloud.emulated.PARTS`."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from development.docsite.registration import ROOT
from development.docsite.version_tables import PageError
from localcloud.emulated import PARTS, Area, Kind, Part

PAGE = "localcloud/README.md"


def put_together(parts: Sequence[Part] = PARTS) -> str:
    """Which part is the real program, and where its code is."""
    rows = (
        (it.name, it.kind, ", ".join(f"`{path}`" for path in it.where))
        for it in parts
        if it.kind is not Kind.ABSENT
    )
    return _table(("part", "real program or stand-in", "where"), rows)


def emulated(parts: Sequence[Part] = PARTS) -> str:
    """What each part does and what not, a table for each area."""
    return "\n".join(
        f"**{area}**\n\n"
        + _table(
            ("part", "", "does", "does not"),
            ((it.name, it.kind, it.does, it.lacks) for it in parts if it.area is area),
        )
        for area in Area
    )


TABLES: Mapping[str, Callable[[], str]] = {"parts": put_together, "emulated": emulated}
"""What makes each generated section, by the name in the comments around it."""


def opening(name: str) -> str:
    """The comment before a generated section."""
    return f"<!-- {name}: written by `make generate` from localcloud/emulated.py -->"


def closing(name: str) -> str:
    """The comment after it."""
    return f"<!-- end of {name} -->"


def fill(page: str) -> str:
    """A page with its sections as the code has them now.

    Raises:
        PageError: the page has no place for one of them, or several.
    """
    for name, make in TABLES.items():
        before, after = opening(name), closing(name)
        pattern = re.compile(rf"(?<={re.escape(before)}\n).*?(?={re.escape(after)})", re.DOTALL)
        if len(pattern.findall(page)) != 1:
            raise PageError(f"{PAGE}: expected once, a line each: {before} and {after}")
        text = f"\n{make()}\n"
        page = pattern.sub(lambda _, text=text: text, page)
    return page


def render() -> str:
    """The page, as it should be."""
    return fill((ROOT / PAGE).read_text(encoding="utf-8"))


def _table(heading: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = (heading, ["---"] * len(heading), *rows)
    return "".join(f"| {' | '.join(it)} |\n" for it in lines)
