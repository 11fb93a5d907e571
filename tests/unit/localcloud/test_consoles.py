"""Everything that people are shown goes through consoles that leave names as they are."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("bluegreen", "localcloud", "development", "preview", "costs", "examples")


def consoles() -> Iterator[tuple[str, ast.Call]]:
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Console"):
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node


@pytest.mark.parametrize(("place", "call"), [pytest.param(*it, id=it[0]) for it in consoles()])
def test_no_console_makes_pictures_of_names(place: str, call: ast.Call) -> None:
    """``:secret:`` of an ARN, and whatever else rich has a picture for."""
    said = {it.arg: ast.unparse(it.value) for it in call.keywords}
    assert said.get("emoji") == "False", place
