"""What a change costs, in the comment: by the inputs that the engine tells of."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from preview.markdown import comment
from tests.unit.preview.event_logs import UNKNOWN, Plain, recorded, step

GROUP = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
CLUSTER = "aws:eks/cluster:Cluster"
PROVIDER = "pulumi:providers:aws"
DAY = date(2026, 11, 1)


def group(least: int, most: int, *kinds: str, spot: bool = False) -> Mapping[str, Plain]:
    return {
        "name": "eks-blue-web",
        "minSize": least,
        "maxSize": most,
        "mixedInstancesPolicy": {
            "instancesDistribution": {"onDemandPercentageAboveBaseCapacity": 0 if spot else 100},
            "launchTemplate": {"overrides": [{"instanceType": it} for it in kinds]},
        },
    }


def template(gib: int) -> Mapping[str, Plain]:
    return {"name": "eks-blue-web", "blockDeviceMappings": [{"ebs": {"volumeSize": gib}}]}


def told(
    tmp_path: Path, *events: dict[str, Plain], region: str = "us-east-1", day: date = DAY
) -> str:
    provider = step("create", PROVIDER, "default", new={"region": region})
    return comment([recorded(tmp_path, provider, *events)], day=day)


def rows(text: str) -> list[list[str]]:
    table = text.partition("### What it costs")[2].split("\n\n")[1]
    return [[cell.strip() for cell in line.split("|")[2:5]] for line in table.splitlines()[2:]]


def test_more_nodes_cost_more_and_the_most_is_told_too(tmp_path: Path) -> None:
    change = step(
        "update", GROUP, "web", old=group(3, 9, "m7i.large"), new=group(5, 9, "m7i.large")
    )
    disk = step("update", TEMPLATE, "web", old=template(50), new=template(50))
    found = rows(told(tmp_path, change, disk))
    # An hour of a node: 0.1008, 50 GiB at 0.08 a month, seven metrics at 0.30 a month.
    node = 0.1008 + 50 * 0.08 / 730 + 7 * 0.30 / 730
    assert found[0] == [f"{3 * node:.2f}", f"{5 * node:.2f}", f"+{2 * node * 730:.0f}"]
    assert found[1] == [f"{9 * node:.2f}", f"{9 * node:.2f}", "0"]


def test_a_ratio_that_a_figure_rests_on_is_said_beside_it(tmp_path: Path) -> None:
    new = group(1, 2, "m7i.large", spot=True)
    text = told(tmp_path, step("create", GROUP, "web", new=new), region="eu-west-1")
    assert "eu-west-1 at 1.115 of us-east-1" in text
    assert "spot at 0.5 of on demand" in text
    assert "not seen: root volumes of m7i.large" in text


def test_a_type_without_a_price_is_named_and_never_free(tmp_path: Path) -> None:
    old, new = group(3, 9, "m7i.large"), group(3, 9, "r9g.large")
    text = told(tmp_path, step("update", GROUP, "web", old=old, new=new))
    assert "no price for r9g.large" in text
    assert [row[0] for row in rows(text)] == ["0.31", "0.93"]


def test_a_region_without_a_price_is_named(tmp_path: Path) -> None:
    change = step("create", GROUP, "web", new=group(3, 9, "m7i.large"))
    assert "no price for region sa-east-1" in told(tmp_path, change, region="sa-east-1")


def test_a_minor_in_extended_support_costs_six_times_as_much(tmp_path: Path) -> None:
    old, new = {"version": "1.34"}, {"version": "1.35"}
    change = step("update", CLUSTER, "eks", old=old, new=new)
    found = rows(told(tmp_path, change, day=date(2026, 12, 24)))
    assert found[0] == ["0.60", "0.10", "-365"]


def test_a_group_whose_size_is_not_known_is_no_figure(tmp_path: Path) -> None:
    new = {**group(3, 9, "m7i.large"), "minSize": UNKNOWN}
    text = told(tmp_path, step("create", GROUP, "web", new=new))
    assert "not seen: nodes of a group whose size is known only then" in text


@pytest.mark.parametrize("kind", ["aws:iam/role:Role", CLUSTER])
def test_what_costs_the_same_is_no_part_of_the_comment(tmp_path: Path, kind: str) -> None:
    change = step("update", kind, "x", old={"version": "1.35"}, new={"version": "1.36"})
    assert "What it costs" not in told(tmp_path, change)


def test_gateways_and_zones_that_go_cost_less(tmp_path: Path) -> None:
    gone = [
        step("delete", "aws:ec2/natGateway:NatGateway", "a", old={"allocationId": "e"}),
        step("delete", "aws:ec2/eip:Eip", "a", old={"domain": "vpc"}),
    ]
    assert rows(told(tmp_path, *gone))[0] == ["0.05", "0.00", "-36"]
