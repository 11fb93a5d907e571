"""How long a minor is supported, said to the day, and which of two ends sooner."""

import itertools
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from catalogue.addons import LINES
from catalogue.minors import (
    KUBERNETES_VERSIONS,
    MINORS,
    SHIPPED,
    Minor,
    ends_sooner,
    minor_of,
    outlook,
)
from catalogue.support import Outlook, Support

ROOT = Path(__file__).parents[3]
SUPPORT = Support(
    released=date(2026, 1, 28),
    standard_end=date(2027, 3, 27),
    extended_end=date(2028, 3, 27),
    source="https://a.test/calendar",
)
UNKNOWN = Support(
    released=date(2026, 10, 1),
    standard_end=None,
    extended_end=None,
    source="https://a.test/calendar",
)


@pytest.mark.parametrize(
    ("today", "phase", "left", "pressing"),
    [
        (date(2026, 11, 29), "standard", 118, False),
        (date(2027, 1, 25), "standard", 61, False),
        (date(2027, 1, 26), "standard", 60, True),
        (date(2027, 3, 26), "standard", 1, True),
        # AWS bills extended support from the beginning of the day on which standard support ends.
        (date(2027, 3, 27), "extended", 366, True),
        (date(2028, 3, 26), "extended", 1, True),
        (date(2028, 3, 27), "ended", None, True),
    ],
)
def test_days_are_counted_to_the_day_on_which_a_phase_ends(
    today: date, phase: str, left: int | None, pressing: bool
) -> None:
    seen = Outlook("1.35", SUPPORT, today)
    assert (seen.phase, seen.days_left, seen.is_pressing) == (phase, left, pressing)


@pytest.mark.parametrize(
    ("today", "extends", "said"),
    [
        (
            date(2027, 3, 26),
            True,
            (
                "Kubernetes 1.35 has 1 day of standard support left, until 2027-03-27; then"
                " extended support at 438 USD a month instead of 73, until 2028-03-27"
            ),
        ),
        (
            date(2026, 11, 29),
            False,
            (
                "Kubernetes 1.35 has 118 days of standard support left, until 2027-03-27; then AWS"
                " upgrades its control plane in place (upgradePolicy is STANDARD)"
            ),
        ),
        (
            date(2027, 3, 27),
            True,
            (
                "Kubernetes 1.35 is in extended support, 366 days left: 438 USD a month instead of"
                " 73, until 2028-03-27; then AWS upgrades its control plane in place"
            ),
        ),
        (
            date(2027, 3, 27),
            False,
            (
                "Standard support of Kubernetes 1.35 ended on 2027-03-27, and upgradePolicy is"
                " STANDARD: AWS upgrades its control plane in place at any time"
            ),
        ),
        (
            date(2029, 1, 1),
            True,
            (
                "Support of Kubernetes 1.35 ended on 2028-03-27: AWS upgrades its control plane in"
                " place at any time"
            ),
        ),
    ],
)
def test_what_comes_next_is_said_with_its_price(today: date, extends: bool, said: str) -> None:
    assert Outlook("1.35", SUPPORT, today).in_words(extends=extends) == said


def test_a_date_that_is_not_known_is_said_to_be_unknown_and_presses_nobody() -> None:
    seen = Outlook("1.37", UNKNOWN, date(2099, 1, 1))
    assert (seen.phase, seen.days_left, seen.is_pressing) == ("not known", None, False)
    assert seen.in_words() == (
        "Kubernetes 1.37, released on EKS on 2026-10-01, has support until a day that the"
        " catalogue does not know; AWS gives a minor 14 months. See https://a.test/calendar"
    )


@pytest.mark.parametrize(("name", "minor"), MINORS.items())
def test_dates_are_in_order_and_have_a_source(name: str, minor: Minor) -> None:
    support = minor.support
    assert support.source.startswith("https://")
    days = [it for it in (support.released, support.standard_end, support.extended_end) if it]
    assert days == sorted(set(days))
    if support.standard_end and support.extended_end:
        year = support.extended_end - support.standard_end
        assert timedelta(365) <= year <= timedelta(366), name


def test_older_minors_end_sooner() -> None:
    for older, newer in itertools.pairwise(KUBERNETES_VERSIONS):
        assert ends_sooner(older, newer)
        assert not ends_sooner(newer, older)
        assert not ends_sooner(older, older)
    with pytest.raises(LookupError, match=r"lacks Kubernetes 1\.2$"):
        ends_sooner("1.35", "1.2")


@pytest.mark.parametrize(
    ("version", "minor"),
    [("1.35", "1.35"), ("v1.35.4", "1.35"), ("v1.36.3-eks-1", "1.36"), ("1.3", None), ("", None)],
)
def test_the_minor_is_read_off_any_version(version: str, minor: str | None) -> None:
    assert minor_of(version) == minor
    seen = outlook(version, date(2026, 11, 29))
    assert (seen.minor if seen else None) == minor


@pytest.mark.parametrize("minor", MINORS.values(), ids=MINORS)
def test_what_is_unconfirmed_is_something_of_the_minor(minor: Minor) -> None:
    assert set(minor.unconfirmed) <= {*Minor.__dataclass_fields__, *LINES}


def test_the_shipped_stack_files_name_the_shipped_pair() -> None:
    files = [yaml.safe_load((ROOT / f"Pulumi.{it}.yaml").read_text()) for it in ("blue", "green")]
    assert tuple(it["config"]["eks-platform:kubernetesVersion"] for it in files) == SHIPPED


def test_nothing_of_the_shipped_pair_is_unconfirmed() -> None:
    doubtful = {minor: MINORS[minor].unconfirmed for minor in SHIPPED if MINORS[minor].unconfirmed}
    assert doubtful == {}, "confirm them in catalogue/minors.py, or ship another pair"
