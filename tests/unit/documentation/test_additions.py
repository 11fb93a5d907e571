"""docs/add-a-setting.md and docs/add-a-rule.md, done to the letter in a copy of the checkout."""

from pathlib import Path

import pytest

from tests.unit.documentation.blocks import copy, run_tests, titled
from tests.unit.documentation.commands import ROOT


def followed(page: str, folder: Path) -> Path:
    """A copy with all changes of a page."""
    checkout = copy(folder)
    for block in titled(ROOT / "docs" / page):
        block.write(checkout)
    return checkout


def test_a_setting_is_checked_and_used(tmp_path: Path) -> None:
    checkout = followed("add-a-setting.md", tmp_path)
    run_tests(
        checkout,
        [
            "tests/unit/settings/test_limits.py",
            "tests/unit/settings/test_mistakes.py",
            "tests/unit/settings/test_loading.py",
            "tests/unit/components/addons/test_dns_writer.py",
        ],
        only="pass or defaults or between_events",
    )


def test_a_rule_refuses_is_waived_and_has_its_row(tmp_path: Path) -> None:
    checkout = followed("add-a-rule.md", tmp_path)
    run_tests(
        checkout,
        ["tests/unit/bluegreen/test_rules.py", "tests/unit/documentation/test_bluegreen.py"],
        only="rule or refused or waived or check",
    )


@pytest.mark.parametrize("page", ["add-a-setting.md", "add-a-rule.md", "add-an-addon.md"])
def test_the_file_of_a_block_is_in_the_text_too(page: str) -> None:
    """GitHub shows no titles of blocks."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    assert [it.file for it in titled(ROOT / "docs" / page) if f"`{it.file}`" not in text] == []


@pytest.mark.parametrize(
    ("page", "count"), [("add-a-setting.md", 6), ("add-a-rule.md", 3)], ids=["setting", "rule"]
)
def test_a_page_says_how_many_files_it_touches(page: str, count: int) -> None:
    names = {3: "three", 6: "six"}
    assert len({it.file for it in titled(ROOT / "docs" / page)}) == count
    assert f"touches {names[count]} files" in (ROOT / "docs" / page).read_text("utf-8")
