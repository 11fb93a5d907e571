"""Names that are waived and that no check asked for are told, and stop nothing."""

import pytest

from bluegreen.finding import Finding, refused, waivable
from bluegreen.waivers import Waivers, unmatched

BROKEN = {"web.example.com": "web.example.com is behind", "pod/a/b": "pod/a/b is ill"}


def after(*names: str) -> tuple[Finding, Waivers]:
    waivers = Waivers(names)
    return waivable("counterparts", "all is there", BROKEN, waivers, "do something"), waivers


def test_names_that_checks_ask_for_are_no_news() -> None:
    finding, waivers = after(*BROKEN)
    assert finding.verdict == "waived"
    assert unmatched(waivers, complete=True) == []
    assert unmatched(Waivers(()), complete=True) == []


@pytest.mark.parametrize("complete", [True, False])
def test_a_misspelt_one_is_told_with_the_likely_one_and_waives_nothing(complete: bool) -> None:
    finding, waivers = after("web.exmaple.com")
    assert refused([finding])
    (note,) = unmatched(waivers, complete=complete)
    assert note.verdict == "note"
    assert note.details == ("web.exmaple.com: no check names it; did you mean web.example.com?",)


def test_a_strange_one_is_told_once_all_checks_were_made() -> None:
    _, waivers = after("nothing/like/it", "web.example.com")
    assert unmatched(waivers, complete=False) == []
    (note,) = unmatched(waivers, complete=True)
    assert note.details == ("nothing/like/it: no check names it",)


def test_what_is_waived_is_what_was_given() -> None:
    _, waivers = after("b", "a")
    assert sorted(waivers) == ["a", "b"]
    assert set(waivers) == {"a", "b"}
