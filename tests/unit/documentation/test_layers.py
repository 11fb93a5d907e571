"""Which package uses which: the table of docs/contributing.md against what is imported."""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.unit.documentation.commands import ROOT

PAGE = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| `(?P<package>\w+)/` \|[^|]*\|(?P<uses>[^|]*)\|(?P<but>[^|]*)\|$", re.MULTILINE
)
NAME = re.compile(r"`(\w+)`")
EXCEPTION = re.compile(r"`([\w/]+\.py)`: `(\w+)`")
IMPORTED_AS = {"contract": "eks_platform_contract"}
"""Packages that are imported by another name than that of their folder."""

Uses = dict[str, set[str]]
"""Packages that a package uses, each with the files that do."""


def uses(package: str) -> list[str]:
    """What every file of a package may import, as the page says."""
    return NAME.findall(_row(package)["uses"])


def exceptions(package: str) -> set[tuple[str, str]]:
    """Single files with what they alone may import, as the page says."""
    return set(EXCEPTION.findall(_row(package)["but"]))


def _row(package: str) -> re.Match[str]:
    (found,) = (row for row in ROW.finditer(PAGE) if row["package"] == package)
    return found


def packages() -> list[str]:
    """Top folders with Python of ours, but for tests."""
    found = {path.parts[0] for path in sources() if len(path.parts) > 1}
    return sorted(found - {"tests"})


@cache
def sources() -> list[Path]:
    """Python files of ours, as paths below the checkout."""
    tops = [it for it in ROOT.iterdir() if it.is_dir() and not it.name.startswith(".")]
    return [path.relative_to(ROOT) for top in tops for path in sorted(top.rglob("*.py"))]


@cache
def imported() -> Mapping[str, Uses]:
    by_name = {IMPORTED_AS.get(it, it): it for it in (*packages(), "tests")}
    found: dict[str, Uses] = {it: defaultdict(set) for it in packages()}
    for path in sources():
        package = path.parts[0]
        for module in imports(ROOT / path) if package in found else ():
            used = by_name.get(module.partition(".")[0])
            if used not in (None, package):
                found[package][used].add(path.as_posix())
    return found


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (it.name for it in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def test_every_package_has_a_row() -> None:
    assert sorted(row["package"] for row in ROW.finditer(PAGE)) == packages()


@pytest.mark.parametrize("package", packages())
def test_a_package_imports_just_what_its_row_says(package: str) -> None:
    found = imported()[package]
    more = {(file, used) for used, files in found.items() for file in files} - {
        (file, used) for used in uses(package) for file in found.get(used, ())
    }
    assert more == exceptions(package), "docs/contributing.md, Where things are"
    assert set(uses(package)) <= found.keys(), "in the row, and imported by no file any more"


def test_the_flow_has_no_circle() -> None:
    def follow(package: str, above: tuple[str, ...]) -> None:
        assert package not in above, " → ".join((*above, package))
        for used in uses(package):
            follow(used, (*above, package))

    for package in packages():
        follow(package, ())


@pytest.mark.parametrize("package", ["catalogue", "handover"])
def test_the_ground_is_plain_python(package: str) -> None:
    """Nothing there asks an engine, a cloud or a cluster; the lists of charts are read as YAML."""
    known = {*sys.stdlib_module_names, package, "eks_platform_contract", "idna", "pydantic", "yaml"}
    files = [path for path in sources() if path.parts[0] == package]
    assert {module.partition(".")[0] for it in files for module in imports(ROOT / it)} <= known
