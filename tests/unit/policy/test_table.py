"""The table of policies in the documentation."""

from pathlib import Path

import pytest
from guardrails.rules import RULES
from guardrails.table import NoPlaceError, with_table

PAGE = Path(__file__).parents[3] / "docs" / "policies.md"


def test_the_page_is_up_to_date() -> None:
    page = PAGE.read_text()
    assert with_table(page) == page, "run `make generate`"


def test_every_policy_is_in_it_once() -> None:
    page = PAGE.read_text()
    for rule in RULES:
        assert page.count(f"| `{rule.name}`<br>") == 1


def test_a_page_without_a_place_is_left_alone() -> None:
    with pytest.raises(NoPlaceError):
        with_table("# Policies\n")
