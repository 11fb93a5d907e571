"""Writes the table of all policies into a page of the documentation."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from guardrails.rule import AnyRule
from guardrails.rules import THEMES

BEGIN = "<!-- policies: written by `make generate` -->"
END = "<!-- policies: end -->"


class NoPlaceError(Exception):
    """A page has no place for the table."""


def with_table(page: str) -> str:
    """A page with the table of today's policies between its marks.

    Raises:
        NoPlaceError: the marks are missing.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NoPlaceError(f"the page has no lines {BEGIN} and {END}")
    return f"{before}{begin}\n\n{table()}\n{end}{after}"


def table() -> str:
    """The policies, by theme."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    for theme, rules in THEMES.items():
        yield f"### {theme}\n"
        yield '<div class="reference policies" markdown>\n'
        yield "| policy, level, severity | what it says, and why | remedy |"
        yield "|---|---|---|"
        yield from map(_row, rules)
        yield "\n</div>\n"


def _row(rule: AnyRule) -> str:
    said = f"{rule.says} {rule.reason}".replace("|", "\\|")
    remedy = f"{rule.remedy}.".replace("|", "\\|")
    return f"| `{rule.name}`<br>{rule.level}, {rule.severity} | {said} | {remedy} |"


def main(arguments: list[str] | None = None) -> int:
    """Runs the command: 0 once the page is written, 1 if it has no place for the table."""
    parser = argparse.ArgumentParser(prog="guardrails.table", description=__doc__)
    parser.add_argument("page", type=Path)
    page = parser.parse_args(arguments).page
    try:
        page.write_text(with_table(page.read_text()))
    except NoPlaceError as error:
        print(f"{page}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
