"""What is said of support: days for each colour, and a minor whose support ends sooner."""

from dataclasses import replace
from datetime import date

import pytest

from bluegreen import rules, support_rules
from bluegreen.finding import Finding, refused
from bluegreen.render import status
from bluegreen.render.status import Group
from bluegreen.snapshot import ColourView, Snapshot
from catalogue.minors import MINORS
from catalogue.support import Support
from settings.names import Colour
from tests.unit.bluegreen.snapshots import colour_view, snapshot


def on(minor: str, colour: Colour, policy: str = "EXTENDED", said: str = "") -> dict[str, object]:
    """A colour whose EKS runs a minor, and whose stack says it, or another."""
    made = colour_view(colour)
    assert made.eks is not None
    assert made.cluster is not None
    return {
        "eks": made.eks.model_copy(update={"version": minor, "upgrade_policy": policy}),
        "cluster": made.cluster.model_copy(update={"version": said or minor}),
    }


def pair(blue: str, green: str, day: date = date(2026, 11, 29)) -> Snapshot:
    seen = snapshot(blue=on(blue, "blue"), green=on(green, "green"))
    return seen.model_copy(update={"day": day})


@pytest.fixture(autouse=True)
def _without_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 1.37 no date is known, whatever AWS says by now."""
    unknown = Support(
        released=date(2026, 10, 1), standard_end=None, extended_end=None, source="https://a.test"
    )
    monkeypatch.setitem(MINORS, "1.37", replace(MINORS["1.37"], support=unknown))


def only(findings: list[Finding], rule: str) -> Finding:
    (found,) = (it for it in findings if it.rule == rule)
    return found


def test_a_plan_says_the_days_of_both_colours_and_forbids_nothing() -> None:
    findings = rules.before_switch(pair("1.35", "1.36"), "green")
    found = only(findings, "support")
    assert (found.verdict, found.remedy) == ("pass", "")
    assert [it.partition(", until")[0] for it in found.details] == [
        "blue: Kubernetes 1.35 has 118 days of standard support left",
        "green: Kubernetes 1.36 has 246 days of standard support left",
    ]
    assert not refused(findings)


def test_an_end_that_is_near_is_noted_with_the_price_and_the_way_out() -> None:
    found = only(rules.invariants(pair("1.34", "1.35")), "support")
    assert found.verdict == "note"
    assert "blue: Kubernetes 1.34 has 3 days of standard support left" in found.details[0]
    assert "438 USD a month instead of 73" in found.details[0]
    assert "docs/runbooks/upgrade.md" in found.remedy


def test_a_date_that_nobody_knows_is_noted_and_gives_no_advice() -> None:
    found = only(rules.invariants(pair("1.36", "1.37")), "support")
    assert (found.verdict, found.remedy) == ("note", "")
    assert "a day that the catalogue does not know" in found.details[1]


def test_a_minor_that_the_catalogue_lacks_is_not_taken_for_a_supported_one() -> None:
    found = only(rules.invariants(pair("1.35", "1.99")), "support")
    assert found.verdict == "note"
    assert found.details[1] == (
        "green: the catalogue lacks Kubernetes 1.99, so nothing is known of its support"
    )
    order = only(rules.before_switch(pair("1.35", "1.99"), "green"), "support-order")
    assert (order.verdict, order.details) == ("note", ("the catalogue lacks Kubernetes 1.99",))


def test_under_policy_standard_aws_upgrades_by_itself() -> None:
    seen = snapshot(blue=on("1.35", "blue", "STANDARD"))
    (blue, _) = only(rules.invariants(seen), "support").details
    assert "then AWS upgrades its control plane in place (upgradePolicy is STANDARD)" in blue


@pytest.mark.parametrize(
    ("blue", "green", "details"),
    [
        ("1.35", "1.36", ()),
        ("1.36", "1.36", ()),
        ("1.36", "1.37", ()),
        ("1.36", "1.35", ("green runs 1.35, blue 1.36, whose support ends later",)),
        # Of 1.37 no date is known: an older minor still ends sooner.
        ("1.37", "1.36", ("green runs 1.36, blue 1.37, whose support ends later",)),
    ],
)
def test_a_switch_to_a_minor_that_ends_sooner_is_a_finding(
    blue: str, green: str, details: tuple[str, ...]
) -> None:
    findings = rules.before_switch(pair(blue, green), "green")
    found = only(findings, "support-order")
    assert (found.verdict, found.details) == ("note" if details else "pass", details)
    assert not refused(findings)  # a switch can always be taken back


def test_a_control_plane_that_aws_upgraded_is_noted_with_what_to_set() -> None:
    seen = snapshot(blue=on("1.36", "blue", "STANDARD", said="1.35"))
    found = only(rules.invariants(seen), "minor")
    assert found.verdict == "note"
    assert found.details == ("blue: EKS runs 1.36, the stack says 1.35",)
    assert "set kubernetesVersion" in found.remedy
    assert only(rules.invariants(snapshot()), "minor").verdict == "pass"


def test_what_eks_runs_counts_and_not_what_the_stack_asked_for() -> None:
    seen = snapshot(blue=on("1.36", "blue", said="1.35"))
    view: ColourView = seen.colour("blue")
    found = support_rules.outlook_of(view, seen)
    assert found is not None
    assert found.minor == "1.36"


def test_a_colour_that_is_absent_has_no_support() -> None:
    absent = {"cluster": None, "eks": None, "kube": None}
    found = only(rules.invariants(snapshot(green=absent)), "support")
    assert [it.split(":")[0] for it in found.details] == ["blue"]


def test_status_has_a_row_with_the_days() -> None:
    seen = pair("1.34", "1.36")
    shown = status.status(seen, rules.invariants(seen), {})
    assert isinstance(shown, Group)
    table = shown.renderables[0]
    cells = [list(column.cells) for column in table.columns]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType, reportUnknownArgumentType]
    row = dict(zip(cells[0], zip(*cells[1:], strict=True), strict=True))["supported"]
    assert row == (
        "[yellow]3 days, until 2026-12-02[/yellow]",
        "246 days, until 2027-08-02",
    )
