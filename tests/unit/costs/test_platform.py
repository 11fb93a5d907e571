"""What counts cost: every part of a colour, and what cannot be said."""

import pytest

from costs import platform, words
from costs.bill import together
from costs.group import disks_of, group_of
from costs.platform import Nodes

REGION = "us-east-1"


def test_a_node_costs_itself_its_volume_and_its_metrics() -> None:
    bill = together(platform.of_nodes([Nodes("m7i.large", 3, spot=False, disk_gib=50)], REGION))
    assert bill.parts["nodes"] == pytest.approx(3 * 0.1008)
    assert bill.usd_month == pytest.approx(3 * (0.1008 * 730 + 50 * 0.08 + 7 * 0.30))
    assert bill.is_whole


def test_what_has_no_price_makes_the_sum_the_least_and_is_named() -> None:
    kinds = [Nodes("r9g.large", 3, spot=False, disk_gib=None)]
    bill = together(
        [platform.of_control_plane("standard", REGION), *platform.of_nodes(kinds, REGION)]
    )
    assert not bill.is_whole
    assert bill.gaps == ("no price for r9g.large", "not seen: root volumes of r9g.large")
    assert words.hourly(bill).startswith("at least 0.1")


def test_nothing_priced_is_no_zero() -> None:
    bill = together(platform.of_nodes([Nodes("r9g.large", 3, False, 50, monitored=False)], ""))
    assert words.hourly(bill) == "not known"


@pytest.mark.parametrize(
    ("phase", "usd", "whole"),
    [("standard", 0.10, True), ("extended", 0.60, True), ("not known", 0.10, False)],
)
def test_a_control_plane_costs_what_its_support_does(
    phase: platform.Phase, usd: float, whole: bool
) -> None:
    bill = platform.of_control_plane(phase, REGION)
    assert (bill.usd_hour, bill.is_whole) == (usd, whole)


def test_load_balancers_are_counted_by_kind_and_an_unknown_kind_is_named() -> None:
    kinds = ["application", "network", "application", "gateway"]
    bill = together(platform.of_balancers(kinds, REGION))
    assert bill.usd_hour == pytest.approx(3 * 0.0225)
    assert bill.no_price == ("load balancers of kind gateway",)


def test_amounts_are_as_exact_as_one_needs_them() -> None:
    assert [words.usd(it) for it in (0.384, 12.4, 1516.7)] == ["0.38", "12.40", "1,517"]


def test_inputs_of_another_form_are_no_group() -> None:
    assert group_of({"name": "x", "minSize": 1, "maxSize": 2}) is None
    assert group_of({"minSize": None}) is None
    assert disks_of([{"name": "x"}, {"name": "y", "blockDeviceMappings": []}]) == {}
