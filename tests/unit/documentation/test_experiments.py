"""The settings that the page gives for the policy that wins are those that were measured."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

import settings
from development.experiments import results
from development.experiments.pace import Pace
from development.experiments.policies import POLICIES, stack_file
from settings.colour import ColourSettings
from tests.unit.documentation.commands import ROOT

PAGE = ROOT / "docs/experiments.md"
SHIPPED: Mapping[str, Any] = yaml.safe_load((ROOT / "Pulumi.blue.yaml").read_text())


def load(config: Mapping[str, Any]) -> ColourSettings:
    values = {key: it if isinstance(it, str) else json.dumps(it) for key, it in config.items()}
    return settings.load_colour("blue", values)


def shown() -> Mapping[str, Any]:
    """The page's settings, over the shipped ones."""
    block = PAGE.read_text().split("```yaml\n")[1].split("```")[0]
    return {**SHIPPED["config"], **yaml.safe_load(block)}


def test_they_load_without_the_spot_group_and_are_those_of_d() -> None:
    config = shown()
    groups = {key: it for key, it in config["eks-platform:nodeGroups"].items() if key != "spot"}
    found = load({**config, "eks-platform:nodeGroups": groups})
    measured = load(stack_file(dict(SHIPPED), POLICIES["D"], Pace(1))["config"])
    assert found.reserve == measured.reserve
    assert found.nodes == measured.nodes
    assert {"karpenter", "karpenter-crd", "keda", "overprovisioning"} <= found.enabled_addons


def test_of_each_policy_that_the_results_name_there_are_results() -> None:
    prose = PAGE.read_text().split("## Results")[1].split("```yaml")[0]
    named = {key for key in POLICIES if re.search(rf"(?<![\w-]){key}(?![\w-])", prose)}
    assert {"A", "A-packed", "A-spot", "B", "C", "C-buffer", "D"} == named
    assert named <= {it.policy for it in results.read() if it.trace == "evening"}


def test_the_spot_group_that_goes_is_named_where_it_stays() -> None:
    with pytest.raises(settings.SettingsError, match="spot"):
        load(shown())
