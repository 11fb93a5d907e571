"""Scalars of stack files that the engine changes. What it makes of each, Pulumi 3.259 was asked."""

import json

import pytest

import settings
from settings.mistakes import Mistake
from settings.stack_file import file_mistakes, read_as, value_mistakes
from tests.unit.settings.stack_files import config_of

CHANGED = {
    "1.10": "1.1",
    "0123": "83",
    "089": "89",
    "012345678901": "12345678901",
    "1e3": "1000",
    "1.0": "1",
    "5.": "5",
    ".5": "0.5",
    "+5": "5",
    "-0": "0",
    "00": "0",
    "0x1F": "31",
    "0o17": "15",
    "0b11": "3",
    "1_000": "1000",
    "1e21": "1e+21",
    # Whole, but too large for what carries it to the provider.
    "9007199254740993": "9007199254740992",
    "12345678901234567890123": "1.2345678901234568e+22",
    "2026-11-29": "a time",
    "2026-1-5": "a time",
    "2026-11-29T10:00:00Z": "a time",
    "2026-11-29 10:00:00": "a time",
}
KEPT = (
    "1.1", "83", "0", "-7", "0.5", "yes", "no", "on", "n", "true", "null", "~", "", "1.10.0",
    "v1.10", "12:30:45", "2026-11-29 10:00:00 +01:00", "2026-13-45", "123456789012", "eu-west-1",
    "10.40.0.0/16",
)  # fmt: skip


@pytest.mark.parametrize(("text", "read"), CHANGED.items())
def test_what_the_engine_changes(text: str, read: str) -> None:
    assert read_as(text) == read


@pytest.mark.parametrize("text", KEPT)
def test_what_the_engine_keeps(text: str) -> None:
    assert read_as(text) is None


FILE = """
config:
  aws:region: eu-west-1
  eks-platform:kubernetesVersion: 1.30
  eks-platform:tags: {Version: 1.10, Released: 2026-11-29, Since: "2026-11-29", 0123: a, True: b}
  eks-platform:nodeGroups:
    base: {min: 03, max: 9, instanceTypes: [m7i.large, 1e3]}
  eks-platform:addons: {fluentd: {values: {password: {secure: 1.10}, blob: !!binary aGVsbG8=}}}
  other:key: 1.10
encryptionsalt: 1.10
"""


def places(found: list[Mistake]) -> list[tuple[str, str]]:
    """Where each stands, and what is found there."""
    return [(it.path.removeprefix("Pulumi.blue.yaml: eks-platform:"), it.found) for it in found]


def test_each_is_named_with_its_place_and_its_remedy() -> None:
    keys = ("kubernetesVersion", "tags", "nodeGroups", "addons")
    found = file_mistakes("blue", FILE, {f"eks-platform:{key}" for key in keys})
    assert places(found) == [
        ("kubernetesVersion", "1.30, which YAML reads as 1.3"),
        ("tags.Version", "1.10, which YAML reads as 1.1"),
        ("tags.Released", "2026-11-29, which YAML reads as a time"),
        ("tags", "the key 0123, which YAML reads as 83"),
        ("tags", "the key True, which YAML reads as true"),
        ("nodeGroups.base.min", "03, which YAML reads as 3"),
        ("nodeGroups.base.instanceTypes[1]", "1e3, which YAML reads as 1000"),
        ("addons.fluentd.values.blob", "a value marked as !!binary"),
    ]
    assert [it.expected for it in found[1:4]] == [
        '"1.10" in quotes for text, or 1.1 for a number',
        '"2026-11-29" in quotes for text',
        '"0123", in quotes',
    ]


NO_STACK_FILES = ("", "a: [", "config: 3", "config: &a [*a]", "config:\n  a: &a [*a]")


@pytest.mark.parametrize("text", NO_STACK_FILES)
def test_what_is_no_stack_file_is_left_to_the_engine(text: str) -> None:
    assert file_mistakes("blue", text) == []


def test_a_date_is_seen_in_what_the_engine_made_of_it() -> None:
    made = "2026-11-29 00:00:00 +0000 UTC"
    found = value_mistakes("blue", {"tags": {"Released": made, made: "x"}, "l": [made, "2026"]})
    assert places(found) == [
        ("tags.Released", f'"{made}"'),
        ("tags", f'the key "{made}"'),
        ("l[0]", f'"{made}"'),
    ]
    (secret,) = value_mistakes("blue", {"addons": made}, ["addons"])
    assert secret.found == "a secret time"


def test_one_mistake_is_said_once() -> None:
    tags = {"Version": 1.1, "Team": 3}
    config = config_of("blue", {"eks-platform:tags": tags})
    file = "config: {eks-platform:tags: {Version: 1.10, Team: 3}}"
    with pytest.raises(settings.SettingsError) as raised:
        settings.load("blue", config, file=file)
    assert [it.found for it in raised.value.mistakes] == ["1.10, which YAML reads as 1.1", "3"]
    assert json.loads(config["eks-platform:tags"]) == tags
