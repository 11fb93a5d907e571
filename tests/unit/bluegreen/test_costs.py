"""What status and plan say of costs: of what was seen, and only of that."""

from datetime import UTC, datetime

import pytest
from rich.console import Console

from bluegreen.command_output import to_json
from bluegreen.costs_seen import pair_costs
from bluegreen.render import costs
from bluegreen.snapshot import Balanced, KubeView, Node, NodeKind, SharedItems, Snapshot
from bluegreen.world.content import shared_items
from bluegreen.world.kube import _node
from settings.names import LIFECYCLE_LABEL, Colour
from tests.unit.bluegreen.snapshots import DAY, cluster, kube, snapshot

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SHARED = SharedItems(
    nat_gateways=3,
    public_addresses=3,
    hosted_zones=3,
    instances=(NodeKind(kind="t3.micro", count=1, disk_gib=20),),
)


def nodes(count: int, kind: str, *, spot: bool = False) -> tuple[Node, ...]:
    made = (f"{kind}-{number}" for number in range(count))
    return tuple(Node(name=it, ready=True, kind=kind, spot=spot, disk_gib=50) for it in made)


def with_nodes(colour: Colour, *found: Node) -> dict[str, KubeView]:
    return {"kube": kube(colour).model_copy(update={"nodes": found})}


def standing() -> Snapshot:
    return snapshot(
        shared={"charged": SHARED},
        blue=with_nodes("blue", *nodes(3, "m7i.large"), *nodes(6, "m7i.xlarge", spot=True)),
        green=with_nodes("green", *nodes(3, "m7i.large")),
    )


def told(seen: Snapshot) -> list[str]:
    console = Console(width=1000)
    lines: list[str] = []
    for line in costs.lines(pair_costs(seen)):
        with console.capture() as captured:
            console.print(line)
        lines.append(captured.get().strip())
    return lines


def test_a_line_of_each_colour_and_one_of_the_pair() -> None:
    blue, green, pair = told(standing())
    assert blue.startswith("blue: 1.22 USD an hour: nodes 1.01, control plane 0.10, rest ")
    assert green.startswith("green: 0.49 USD an hour: nodes 0.34, ")
    assert "USD a day, 11.7" in pair
    assert "of it for green, which is idle" in pair
    assert "eu-west-1 at 1.115 of us-east-1; spot at 0.5 of on demand" in pair


def test_json_has_figures_and_what_is_missing_as_fields() -> None:
    said = to_json(pair_costs(standing()))
    assert said["region"] == "eu-west-1"
    assert said["idle"] == "green"
    assert said["usdDayOfBoth"] == pytest.approx(said["colours"]["green"]["usdHour"] * 24)  # pyright: ignore
    assert said["colours"]["blue"]["notSeen"] == []  # pyright: ignore


@pytest.mark.parametrize(
    ("view", "says"),
    [
        (KubeView(error="it is gone"), "not seen: nodes of green;"),
        (kube("green"), "not seen: types of nodes of green (1);"),
        (
            kube("green").model_copy(update={"nodes": nodes(2, "r9g.large")}),
            "no price for r9g.large;",
        ),
    ],
)
def test_what_was_not_seen_or_has_no_price_is_said_and_makes_it_the_least(
    view: KubeView, says: str
) -> None:
    seen = snapshot(shared={"charged": SHARED}, green={"kube": view})
    _, green, pair = told(seen)
    assert green.startswith("green: at least ")
    assert "at least" in pair
    assert says in pair


def test_one_colour_alone_adds_nothing_for_both() -> None:
    seen = snapshot(shared={"charged": SHARED}, green={"cluster": None, "kube": None})
    found = pair_costs(seen)
    assert list(found.colours) == ["blue"]
    assert found.usd_day_of_both is None
    assert "idle" not in told(seen)[-1]


def test_nothing_there_costs_nothing_that_is_known() -> None:
    seen = snapshot(
        blue={"cluster": None, "kube": None}, green={"cluster": None, "kube": None}, balancers=[]
    )
    assert told(seen) == ["Costs are not known."]


def test_a_control_plane_in_extended_support_is_charged_so() -> None:
    seen = standing().model_copy(update={"day": DAY.replace(year=2027, month=12)})
    parts = pair_costs(seen).colours["blue"].parts
    assert parts["control plane, extended support"] == 0.60


def test_a_load_balancer_that_nobody_sees_is_said() -> None:
    has_one = Balanced(source="ingress/sample/web", hosts=("classic.elb",))
    view = kube("blue").model_copy(update={"balanced": (has_one,)})
    seen = snapshot(blue={"kube": view})
    assert "load balancer classic.elb" in pair_costs(seen).colours["blue"].not_seen


def test_a_region_is_that_of_the_cluster() -> None:
    moved = cluster("blue").model_copy(update={"arn": "arn:aws:eks:sa-east-1:1:cluster/eks-blue"})
    seen = snapshot(blue={"cluster": moved}, green={"cluster": None, "kube": None})
    assert "no price for region sa-east-1" in told(seen)[-1]


@pytest.mark.parametrize(
    ("labels", "spot"),
    [
        ({LIFECYCLE_LABEL: "spot"}, True),
        ({LIFECYCLE_LABEL: "on-demand"}, False),
        ({"karpenter.sh/capacity-type": "spot"}, True),
        ({}, False),
    ],
)
@pytest.mark.parametrize(("storage", "gib"), [("50Gi", 50), ("52350956Ki", 50), (None, None)])
def test_a_node_says_its_type_how_it_was_bought_and_its_disk(
    labels: dict[str, str], spot: bool, storage: str | None, gib: int | None
) -> None:
    capacity = {} if storage is None else {"ephemeral-storage": storage}
    said = {"node.kubernetes.io/instance-type": "m7i.large", **labels}
    node = _node({"metadata": {"name": "n", "labels": said}, "status": {"capacity": capacity}}, NOW)
    assert (node.kind, node.spot, node.disk_gib) == ("m7i.large", spot, gib)


def test_what_is_shared_is_counted_in_the_state_of_its_stack() -> None:
    group = {
        "name": "b",
        "minSize": 1,
        "maxSize": 1,
        "mixedInstancesPolicy": {
            "instancesDistribution": {"onDemandPercentageAboveBaseCapacity": 100},
            "launchTemplate": {"overrides": [{"instanceType": "t3.micro"}]},
        },
    }
    disk = {"name": "b", "blockDeviceMappings": [{"ebs": {"volumeSize": 20}}]}
    kinds = {
        "aws:ec2/natGateway:NatGateway": {},
        "aws:ec2/eip:Eip": {},
        "aws:route53/zone:Zone": {},
        "aws:autoscaling/group:Group": group,
        "aws:ec2/launchTemplate:LaunchTemplate": disk,
    }
    urns = {f"urn:pulumi:shared::p::eks-platform:x:X${it}::n": said for it, said in kinds.items()}
    assert shared_items(urns) == SharedItems(
        nat_gateways=1,
        public_addresses=1,
        hosted_zones=1,
        instances=(NodeKind(kind="t3.micro", count=1, disk_gib=20),),
    )
