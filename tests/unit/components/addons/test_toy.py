"""An add-on made of the blocks of docs/add-an-addon.md alone, in a copy of the checkout."""

import re
from pathlib import Path

import pytest

from tests.unit.documentation.blocks import copy, run, run_tests, titled
from tests.unit.documentation.commands import ROOT

PAGE = ROOT / "docs" / "add-an-addon.md"
HERE = "tests/unit/components/addons"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with the add-on, after the first command of the page."""
    folder = copy(tmp_path_factory.mktemp("toy"))
    for block in titled(PAGE):
        block.write(folder)
    run(folder, "development.docsite")
    return folder


def test_what_the_page_demands_is_enough(checkout: Path) -> None:
    """Of the tests that the page names, those that are about one add-on or about all of them."""
    said = run_tests(
        checkout,
        [f"{HERE}/test_{name}.py" for name in ("iam", "order", "values")]
        + [f"{HERE}/toy_added.py", "tests/unit/policy/test_program.py"],
        only="toy or every_line or roles_are or cases_are or colour_keeps",
    )
    ran = re.search(r"(\d+) passed", said)
    assert ran
    assert int(ran[1]) > 20


def test_its_versions_and_its_place_are_written_by_the_command(checkout: Path) -> None:
    assert "| 1.2.3 |" in (checkout / "docs/addons/toy.md").read_text("utf-8")
    order = (checkout / "docs/addons/order.md").read_text("utf-8")
    assert "| [toy](toy.md) | services |  | metrics-server | something to play with |" in order


def test_by_hand_only_the_files_of_the_page_are_touched() -> None:
    assert {it.file for it in titled(PAGE)} == {
        "catalogue/addons.py",
        "catalogue/charts/toy-1.2.3.txt",
        "components/addons/toy.py",
        "docs/addons/toy.md",
        f"{HERE}/iam_cases.py",
    }
