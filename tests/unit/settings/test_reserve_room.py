"""Reserve pods that no node of their capacity can take are refused; all others are not."""

import json
from collections.abc import Mapping

import pytest

from settings.node_groups import NodeGroup
from settings.nodes import Nodes
from settings.reserve import Reserve
from settings.reserve_room import room_mistakes
from tests.unit.settings.stack_files import mistakes

SMALL = {"instanceTypes": ["m7i.large", "m7a.large"]}
LARGE = {"instanceTypes": ["m7i.2xlarge", "m7a.2xlarge"]}
PLAIN = Nodes()


def groups(**found: Mapping[str, object]) -> Mapping[str, NodeGroup]:
    return {
        name: NodeGroup.model_validate_json(
            json.dumps({"capacity": "spot", "min": 0, "max": 3, **it})
        )
        for name, it in found.items()
    }


def places(reserve: Reserve, nodes: Nodes = PLAIN, **found: Mapping[str, object]) -> list[object]:
    return [it.get("loc") for it in room_mistakes(reserve, groups(**found), nodes)]


def test_one_type_with_room_is_enough() -> None:
    """Only what can never run is refused."""
    both = {"instanceTypes": ["m7i.large", "m7i.2xlarge"]}
    assert places(Reserve(cpus=1), small=SMALL) == []
    assert places(Reserve(cpus=2), small=SMALL) == [("cpus",)]
    assert places(Reserve(cpus=7), both=both) == []
    assert places(Reserve(cpus=7, memoryGiB=27), small=SMALL, large=LARGE) == []
    assert places(Reserve(cpus=7, memoryGiB=28), small=SMALL, large=LARGE) == [("memoryGiB",)]


def test_cores_and_memory_must_be_on_one_node() -> None:
    apart = {"instanceTypes": ["r7i.xlarge", "c7i.2xlarge"]}
    assert places(Reserve(cpus=3, memoryGiB=26), apart=apart) == []
    assert places(Reserve(cpus=7, memoryGiB=12), apart=apart) == []
    assert places(Reserve(cpus=7, memoryGiB=26), apart=apart) == [("memoryGiB",)]
    assert places(Reserve(cpus=8, memoryGiB=99), apart=apart) == [("cpus",), ("memoryGiB",)]


def test_a_group_with_a_taint_of_its_own_takes_no_reserve_pod() -> None:
    own = {"key": "dedicated", "value": "batch", "effect": "NoSchedule"}
    assert places(Reserve(cpus=2), small=SMALL, large={**LARGE, "taints": [own]}) == [("cpus",)]
    soft = {**own, "effect": "PreferNoSchedule"}
    assert places(Reserve(cpus=2), small=SMALL, large={**LARGE, "taints": [soft]}) == []


def test_groups_of_another_capacity_do_not_count() -> None:
    on_demand = {**LARGE, "capacity": "on-demand"}
    assert places(Reserve(cpus=2), small=SMALL, large=on_demand) == [("cpus",)]
    assert places(Reserve(cpus=2, capacity="on-demand"), small=SMALL, large=on_demand) == []


def test_without_nodes_of_the_capacity_nothing_is_said() -> None:
    assert places(Reserve(cpus=32), large={**LARGE, "capacity": "on-demand"}) == []


@pytest.mark.parametrize(("spot", "found"), [(True, []), (False, [("cpus",)])])
def test_nodes_of_karpenter_count_where_it_makes_them(spot: bool, found: list[object]) -> None:
    nodes = Nodes.model_validate({"autoscaler": "karpenter", "karpenter": {"spot": spot}})
    assert places(Reserve(cpus=15), nodes, small=SMALL) == found


def test_karpenter_makes_no_node_above_its_bound_or_of_other_categories() -> None:
    def nodes(**wanted: object) -> Nodes:
        wanted = {"autoscaler": "karpenter", "karpenter": wanted}
        return Nodes.model_validate_json(json.dumps(wanted))

    assert places(Reserve(cpus=8), nodes(maxVcpus=8)) == [("cpus",)]
    assert places(Reserve(cpus=7), nodes(maxVcpus=8)) == []
    assert places(Reserve(cpus=15, memoryGiB=30), nodes(categories=["c"])) == [("memoryGiB",)]
    assert places(Reserve(cpus=15, memoryGiB=30), nodes(categories=["m", "c"])) == []


@pytest.mark.parametrize(
    ("reserve", "said", "mended"),
    [
        (Reserve(cpus=8), "a larger nodes.karpenter.maxVcpus", {"maxVcpus": 16}),
        (Reserve(memoryGiB=40), "r in nodes.karpenter.categories", {"categories": ["c", "r"]}),
    ],
)
def test_what_is_said_to_help_does(
    reserve: Reserve, said: str, mended: Mapping[str, object]
) -> None:
    def nodes(wanted: Mapping[str, object]) -> Nodes:
        return Nodes.model_validate_json(
            json.dumps({"autoscaler": "karpenter", "karpenter": wanted})
        )

    small: Mapping[str, object] = {"categories": ["c"], "maxVcpus": 8}
    (mistake,) = room_mistakes(reserve, {}, nodes(small))
    assert said in str(mistake.get("type"))
    assert list(room_mistakes(reserve, {}, nodes({**small, **mended}))) == []


def test_what_a_file_does_not_say_is_not_refused() -> None:
    small = {"eks-platform:nodeGroups": {"spot": {"instanceTypes": ["t3.small", "t3a.small"]}}}
    assert mistakes("blue", small) == []


def test_a_reserve_that_is_off_may_be_of_any_size() -> None:
    large = {"eks-platform:reserve": {"cpus": 9}}
    off = {
        "overprovisioning": {"enabled": False},
        "cluster-proportional-autoscaler": {"enabled": False},
    }
    assert mistakes("blue", {**large, "eks-platform:addons": off}) == []
    assert len(mistakes("blue", large)) == 1
