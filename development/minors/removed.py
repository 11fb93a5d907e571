"""Writes the table of removed APIs out of the module k8s.io/api."""

import re
from collections.abc import Iterator
from pathlib import Path

from catalogue.removed_apis import MARK, order_of

_MARKS = "zz_generated.prerelease-lifecycle.go"
_LIFECYCLE = re.compile(
    r"^func \(in \*(?P<kind>\w+)\) APILifecycle(?P<what>Removed|Replacement)\(\)[^{]*\{\n"
    r"\treturn (?P<value>.*)\n",
    re.MULTILINE,
)
_REPLACEMENT = re.compile(r'Group: "(?P<group>[^"]*)", Version: "(?P<version>[^"]*)"')
_GROUP = re.compile(r'^const GroupName = "(?P<name>[^"]*)"', re.MULTILINE)
_TYPE = re.compile(r"(?P<comments>(?:^//.*\n|^\n)*)^type (?P<kind>\w+) struct", re.MULTILINE)

_PASSING = {"Event"}
"""Left out: an event is gone within the hour, and nobody applies one."""


def table(module: Path, version: str) -> str:
    """The table, as CSV; a row for each kind that is stored and whose removal is marked.

    Args:
        module: folder of k8s.io/api.
        version: the module's, such as ``v0.37.2``.
    """
    rows = sorted(
        (row for marks in module.rglob(_MARKS) for row in _rows(marks)),
        key=lambda row: (order_of(row[0]), *row[1:]),
    )
    heading = ("removed_in", "api_version", "kind", "instead")
    return "".join([f"{MARK}{version}\n", *(",".join(it) + "\n" for it in (heading, *rows))])


def _rows(marks: Path) -> Iterator[tuple[str, str, str, str]]:
    folder = marks.parent
    group = _GROUP.search((folder / "register.go").read_text(encoding="utf-8"))
    if group is None:
        return
    removed: dict[str, str] = {}
    instead: dict[str, str] = {}
    for mark in _LIFECYCLE.finditer(marks.read_text(encoding="utf-8")):
        if mark["what"] == "Removed":
            removed[mark["kind"]] = mark["value"].replace(", ", ".")
        elif replacement := _REPLACEMENT.search(mark["value"]):
            instead[mark["kind"]] = f"{replacement['group']}/{replacement['version']}"
    stored = _stored(folder)
    for kind in sorted(removed.keys() & stored - _PASSING):
        yield removed[kind], f"{group['name']}/{folder.name}", kind, instead.get(kind, "")


def _stored(folder: Path) -> set[str]:
    """Kinds with a client that does more than create: reviews and subresources have no object."""
    text = "\n".join(it.read_text(encoding="utf-8") for it in sorted(folder.glob("*.go")))
    return {
        it["kind"]
        for it in _TYPE.finditer(text)
        if "+genclient\n" in it["comments"]
        and "+genclient:noVerbs" not in it["comments"]
        and "+genclient:onlyVerbs=create\n" not in it["comments"]
    }
