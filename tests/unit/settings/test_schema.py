"""The JSON Schemas that editors check stack files with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml
from jsonschema import Draft7Validator

from settings import schema

ROOT = Path(__file__).resolve().parents[3]
FOLDER = Path(schema.__file__).parent
SCHEMAS = {
    "shared": "shared.schema.json",
    "blue": "colour.schema.json",
    "green": "colour.schema.json",
}
File: TypeAlias = dict[str, Any]
"""A stack file; tests look into it by key."""


def file_of(stack: str) -> File:
    return yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())


def errors(stack: str, file: File) -> list[str]:
    """Places that the stack's schema refuses."""
    found = Draft7Validator(schema.build(SCHEMAS[stack])).iter_errors(file)
    return sorted(".".join(map(str, error.absolute_path)) for error in found)


@pytest.mark.parametrize("name", schema.MODELS)
def test_is_a_draft_7_schema(name: str) -> None:
    Draft7Validator.check_schema(schema.build(name))


@pytest.mark.parametrize("stack", SCHEMAS)
def test_shipped_file_is_right_and_names_its_schema(stack: str) -> None:
    assert errors(stack, file_of(stack)) == []
    first = (ROOT / f"Pulumi.{stack}.yaml").read_text().splitlines()[0]
    path = first.removeprefix("# yaml-language-server: $schema=")
    assert ROOT / path == FOLDER / SCHEMAS[stack]


@pytest.mark.parametrize("stack", SCHEMAS)
def test_keys_of_pulumi_and_of_its_providers_are_right(stack: str) -> None:
    file = file_of(stack)
    file |= {"secretsprovider": "awskms://alias/x", "encryptedkey": "a", "encryptionsalt": "v1:"}
    file["config"] |= {"aws:maxRetries": 5, "pulumi:disable-default-providers": ["*"]}
    assert errors(stack, file) == []


EXISTING: File = {
    "vpcId": "vpc-0123456789abcdef0",
    "publicSubnetIds": [f"subnet-0000000{n}" for n in range(3)],
    "privateSubnetIds": [f"subnet-1000000{n}" for n in range(3)],
}


def test_existing_network_is_right() -> None:
    file = file_of("shared")
    file["config"]["eks-platform:network"] = {"existing": EXISTING}
    assert errors("shared", file) == []


def _existing(**keys: object) -> Callable[[File], None]:
    return _set("eks-platform:network", {"existing": {**EXISTING, **keys}})


def _zone_without_name(file: File) -> None:
    del file["config"]["eks-platform:zones"]["api"]["name"]


def _spot(**keys: object) -> Callable[[File], None]:
    def change(file: File) -> None:
        file["config"]["eks-platform:nodeGroups"]["spot"] |= keys

    return change


def _set(key: str, value: object) -> Callable[[File], None]:
    def change(file: File) -> None:
        file["config"][key] = value

    return change


def _top(file: File) -> None:
    file["confg"] = {}


NETWORK = "config.eks-platform:network"
SPOT = "config.eks-platform:nodeGroups.spot"
WRONG: list[tuple[str, Callable[[File], None], str]] = [
    ("shared", _top, ""),
    ("shared", _set("eks-platform:zonse", {}), "config"),
    ("shared", _set("eks-plattform:zones", {}), "config"),
    ("shared", _set("aws:region", "Ireland"), "config.aws:region"),
    ("shared", _set("eks-platform:activeColour", "red"), "config.eks-platform:activeColour"),
    ("shared", _set("eks-platform:canary", {"colour": "blue"}), "config.eks-platform:canary"),
    ("shared", _set("eks-platform:network", {"vpcId": "vpc-1"}), NETWORK),
    # In the branch that is meant, at the very place.
    ("shared", _set("eks-platform:network", {"natGateways": "two"}), f"{NETWORK}.natGateways"),
    ("shared", _existing(vpcId="vpc1"), f"{NETWORK}.existing.vpcId"),
    ("shared", _existing(privateSubnetIds=["a"]), f"{NETWORK}.existing.privateSubnetIds.0"),
    (
        "shared",
        _set("eks-platform:humanRoles", {"existing": {"admin": 1, "readwrite": "b"}}),
        "config.eks-platform:humanRoles.existing.admin",
    ),
    (
        "shared",
        _set("eks-platform:humanRoles", {"trustedAccountIds": ["1"]}),
        "config.eks-platform:humanRoles.trustedAccountIds.0",
    ),
    ("shared", _zone_without_name, "config.eks-platform:zones.api"),
    ("blue", _set("eks-platform:zones", {}), "config"),
    ("blue", _set("pulumi-stack", "blue"), "config"),
    ("blue", _set("aws:profile", "ops"), "config"),
    ("shared", _set("aws:assumeRoles", []), "config"),
    ("blue", lambda file: file["config"].pop("eks-platform:nodeGroups"), "config"),
    (
        "green",
        _set("eks-platform:kubernetesVersion", 1.34),
        "config.eks-platform:kubernetesVersion",
    ),
    ("green", _set("eks-platform:nodeGroups", {"Spot": {}}), "config.eks-platform:nodeGroups"),
    ("green", _spot(max=451), f"{SPOT}.max"),
    ("green", _spot(diskGib=50), SPOT),
    ("green", _spot(instanceTypes="m7i.large"), f"{SPOT}.instanceTypes"),
    ("green", _spot(labels={"team": 7}), f"{SPOT}.labels.team"),
    ("green", _spot(taints=[{"key": "a", "effect": "Never"}]), f"{SPOT}.taints.0.effect"),
]


@pytest.mark.parametrize(("stack", "change", "place"), WRONG)
def test_wrong_file_is_refused(stack: str, change: Callable[[File], None], place: str) -> None:
    file = file_of(stack)
    change(file)
    assert place in errors(stack, file)


def test_keys_are_described_as_in_the_settings() -> None:
    config: Any = schema.build("colour.schema.json")["properties"]
    spoken = config["config"]["properties"]["eks-platform:deletionProtection"]["description"]
    assert spoken == "Refuse to delete the cluster. Turned off to retire a colour."


@pytest.mark.parametrize("name", schema.MODELS)
def test_every_key_is_described(name: str) -> None:
    built: Any = schema.build(name)
    parts = [built["properties"]["config"], *built["definitions"].values()]
    silent = [
        key
        for part in parts
        for key, inner in part["properties"].items()
        if "description" not in inner and "allOf" not in inner and "$ref" not in inner
    ]
    assert silent == []


def test_add_ons_are_an_enumeration_for_editors() -> None:
    file = file_of("blue")
    file["config"]["eks-platform:addons"] = {"cilium": {"enabled": True}}
    assert errors("blue", file) == []
    file["config"]["eks-platform:addons"] = {"cillium": {"enabled": True}}
    (found,) = Draft7Validator(schema.build(SCHEMAS["blue"])).iter_errors(file)
    assert found.message.startswith("'cillium' is not one of ['aws-load-balancer-controller', ")
