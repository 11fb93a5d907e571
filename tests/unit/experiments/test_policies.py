"""Policies are tables of parts; what cannot run is refused in words."""

import json
from dataclasses import asdict
from typing import Any

import pytest
import yaml

from development.experiments import cli
from development.experiments.pace import FACTORS, Pace
from development.experiments.policies import (
    GROUP,
    POLICIES,
    PartMissingError,
    Policy,
    Reserve,
    refuse_if_missing,
    stack_file,
)
from localcloud import extras
from localcloud.state import PROJECT_ROOT
from settings.loading import load_colour

SHIPPED = yaml.safe_load((PROJECT_ROOT / "Pulumi.blue.yaml").read_text())
PACE = Pace(15)


@pytest.mark.parametrize("policy", POLICIES.values(), ids=lambda it: it.key)
def test_the_program_takes_the_stack_file_of_each(policy: Policy) -> None:
    config: dict[str, Any] = stack_file(SHIPPED, policy, PACE)["config"]
    given = {key: it if isinstance(it, str) else json.dumps(it) for key, it in config.items()}
    settings = load_colour("blue", given)
    assert settings.nodes.autoscaler == (
        "karpenter" if policy.nodes == "karpenter" else "cluster-autoscaler"
    )


def test_the_shipped_file_is_not_changed() -> None:
    before = yaml.safe_dump(SHIPPED)
    stack_file(SHIPPED, POLICIES["A"], PACE)
    assert yaml.safe_dump(SHIPPED) == before


def test_each_of_the_four_differs_from_the_one_before_by_what_its_title_says() -> None:
    a, b, c, d = (POLICIES[key] for key in "ABCD")
    assert (a.pods, a.nodes, a.spot) == ("cpu", "groups", False)
    assert (b.pods, b.nodes, b.spot, b.reserve) == ("requests", a.nodes, a.spot, a.reserve)
    assert (c.pods, c.nodes, c.spot, c.reserve) == (b.pods, "karpenter", b.spot, b.reserve)
    assert (d.pods, d.nodes, d.spot) == (c.pods, c.nodes, True)


@pytest.mark.parametrize(
    ("key", "of", "changed"),
    [
        ("A-packed", "A", {"reserve"}),
        ("B-packed", "B", {"reserve"}),
        ("A-spot", "A-packed", {"spot"}),
        ("C-buffer", "C", {"reserve"}),
        ("C-buffer", "D", {"spot"}),
    ],
)
def test_each_part_is_told_apart_by_a_policy(key: str, of: str, changed: set[str]) -> None:
    one, other = asdict(POLICIES[key]), asdict(POLICIES[of])
    assert {name for name in one if one[name] != other[name]} == {"key", "title", *changed}


def test_the_packed_reserve_keeps_as_many_cores_on_a_third_of_the_nodes() -> None:
    plain, packed = POLICIES["A"].reserve, POLICIES["A-packed"].reserve
    assert plain
    assert packed
    for nodes, cores in (1, 4), (36, 100), (10, 360):
        assert packed.pods(nodes, cores) * packed.cpus == plain.pods(nodes, cores) * plain.cpus
        assert packed.pods(nodes, cores) * 3 == plain.pods(nodes, cores)


def test_one_policy_is_what_the_shipped_stack_files_have() -> None:
    shipped = SHIPPED["config"]
    measured = stack_file(SHIPPED, POLICIES["A-spot"], Pace(1))["config"]
    reserve = {**measured["eks-platform:reserve"], "memoryGiB": 6}
    assert reserve == {"capacity": "spot", **shipped["eks-platform:reserve"]}
    spot = shipped["eks-platform:nodeGroups"]["spot"]
    assert measured["eks-platform:nodeGroups"][GROUP]["instanceTypes"] == spot["instanceTypes"]
    assert "eks-platform:nodes" not in shipped


def test_a_policy_whose_part_is_missing_is_refused_and_others_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(extras, "EXTRAS", {"karpenter": extras.KARPENTER})
    refuse_if_missing(POLICIES["A-karpenter"])
    with pytest.raises(PartMissingError, match="policy C needs keda"):
        refuse_if_missing(POLICIES["C"])
    assert cli.main(["--policy", "B", "--seed", "1"]) == 1
    assert capsys.readouterr().err == (
        "policy B needs cluster-autoscaler and keda, which this local cloud does not run; it can"
        " compare A-karpenter, A-karpenter-spot\n"
    )


@pytest.mark.parametrize(("nodes", "cores", "pods"), [(1, 2, 6), (60, 20, 10), (6, 200, 10)])
def test_the_reserve_follows_nodes_or_cores(nodes: int, cores: int, pods: int) -> None:
    assert Reserve().pods(nodes, cores) == pods


@pytest.mark.parametrize("factor", FACTORS)
def test_windows_of_all_controllers_are_shortened_alike(factor: int) -> None:
    pace = Pace(factor)
    manager = dict(it.removeprefix("--").split("=") for it in pace.controller_manager)
    assert manager["horizontal-pod-autoscaler-sync-period"] == f"{round(15_000 / factor)}ms"
    assert pace.cluster_autoscaler["scale-down-unneeded-time"] == f"{round(600_000 / factor)}ms"
    assert pace.karpenter["batchMaxDuration"] == f"{round(10_000 / factor)}ms"
    assert pace.whole_seconds(15) * factor == 15
    assert pace.simulated(pace.real(50)) == pytest.approx(50)
