"""Loading settings: defaults, the shipped files, many mistakes at once, and secrets."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import settings
from tests.unit.settings.stack_files import GONE, MINORS, RIGHT, Changes, as_text, config_of, load

ROOT = Path(__file__).resolve().parents[3]
SECRET = "hunter2"


@pytest.mark.parametrize("stack", ["shared", "blue", "green"])
def test_shipped_file_loads(stack: str) -> None:
    file = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())
    loaded = settings.load(stack, {k: as_text(v) for k, v in file["config"].items()})
    assert loaded.region == "eu-west-1"
    if isinstance(loaded, settings.ColourSettings):
        assert loaded.colour == stack


def test_defaults_of_shared() -> None:
    shared = settings.load_shared(config_of("shared", {"eks-platform:colours": GONE}))
    assert shared.network.model_dump() == {
        "cidr": "10.40.0.0/16",
        "nat_gateways": "perZone",
        "availability_zones": None,
    }
    assert not shared.zones.private.create
    assert shared.human_roles.model_dump() == {
        "aws_profile": None,
        "name_prefix": "eks-platform-",
        "trusted_account_ids": ("123456789012",),
        "conditions": {
            "mfa": False,
            "external_id": None,
            "principal_arns": (),
            "organization_id": None,
        },
    }
    assert (shared.colours, shared.active_colour, shared.forget_colours) == ((), None, ())
    assert not shared.bastion
    assert not shared.dashboard
    assert shared.tags == {}


def test_defaults_of_a_colour() -> None:
    green = settings.load_colour("green", config_of("green", {}))
    nobody = {"public": False, "public_cidrs": (), "private_cidrs": ()}
    assert green.endpoint.model_dump() == nobody
    assert green.logging.model_dump() == {
        "types": ("api", "audit", "authenticator", "controllerManager", "scheduler"),
        "retention_days": 90,
        "keep": True,
    }
    assert green.access.model_dump() == {"debug_namespaces": ()}
    assert green.isolate_namespaces is False
    assert green.external_dns.model_dump() == {"interval_seconds": 60, "log_level": "info"}
    assert green.monitoring is None
    assert green.keda is None
    assert green.reserve.model_dump() == {
        "cpus": 1,
        "memory_gib": 2,
        "capacity": "spot",
        "least": 6,
        "most": None,
        "nodes_per_pod": 6,
        "cores_per_pod": 20,
    }
    assert green.nodes.model_dump() == {
        "autoscaler": "cluster-autoscaler",
        "karpenter": {
            "architecture": "x86_64",
            "categories": ("c", "m", "r"),
            "spot": True,
            "max_vcpus": 200,
            "disk_gib": 50,
            "drain_minutes": 10,
            "consolidate_after_minutes": 5,
        },
    }
    assert green.deletion_protection
    assert green.charts == "./charts"
    assert green.tags == {}


def test_defaults_of_monitoring() -> None:
    blue = settings.load_colour("blue", config_of("blue", {"eks-platform:monitoring": {}}))
    assert blue.monitoring is not None
    assert blue.monitoring.model_dump() == {
        "alarm_topics": (),
        "dashboard": True,
        "prometheus": False,
    }


def test_defaults_of_a_node_group() -> None:
    base = settings.load_colour("blue", config_of("blue", {})).node_groups["base"]
    assert (base.desired, base.disk_gib, base.labels, base.taints) == (3, 50, {}, ())


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
def test_top_level_truth_comes_as_text(text: str, value: bool) -> None:
    blue = settings.load_colour(
        "blue", config_of("blue", {"eks-platform:deletionProtection": text})
    )
    assert blue.deletion_protection is value


def test_every_mistake_is_in_one_error() -> None:
    changes: Changes = {
        "aws:region": "Ireland",
        "eks-plattform:tags": {},
        "eks-platform:kubernetesVersion": "1.30",
        "eks-platform:nodeGroups": {
            "base": {"instanceTypes": ["a1.large", "a1.xlarge"], "max": 2},
            "spot": {"labels": {"a b": "c", "team": 7}, "min": GONE},
        },
        "eks-platform:tags": {"Name": "x", "Team": "a;b"},
    }
    with pytest.raises(settings.SettingsError) as raised:
        load("blue", changes)
    assert str(raised.value).splitlines() == [
        "11 mistakes in the settings of stack blue; nothing was changed.",
        (
            "  Pulumi.blue.yaml: eks-plattform:tags: found an unknown key,"
            " expected a known one; did you mean eks-platform:tags?"
        ),
        '  Pulumi.blue.yaml: aws:region: found "Ireland", expected an AWS region such as eu-west-1',
        (
            '  Pulumi.blue.yaml: eks-platform:kubernetesVersion: found "1.30",'
            f" expected one of {MINORS}"
        ),
        (
            '  Pulumi.blue.yaml: eks-platform:nodeGroups.base.instanceTypes[0]: found "a1.large",'
            " expected a type of Graviton2 or later: the node image does not start on the first"
        ),
        (
            '  Pulumi.blue.yaml: eks-platform:nodeGroups.base.instanceTypes[1]: found "a1.xlarge",'
            " expected a type of Graviton2 or later: the node image does not start on the first"
        ),
        (
            "  Pulumi.blue.yaml: eks-platform:nodeGroups.base.max: found 2,"
            " expected a number of at least min (3)"
        ),
        (
            "  Pulumi.blue.yaml: eks-platform:nodeGroups.spot.min: found nothing,"
            " expected a value: Fewest nodes"
        ),
        (
            '  Pulumi.blue.yaml: eks-platform:nodeGroups.spot.labels: found the key "a b",'
            " expected a label key such as team or example.com/team"
        ),
        (
            "  Pulumi.blue.yaml: eks-platform:nodeGroups.spot.labels.team: found 7,"
            " expected text, in quotes"
        ),
        (
            '  Pulumi.blue.yaml: eks-platform:tags: found the key "Name",'
            " expected another key: the program sets this tag itself"
        ),
        (
            '  Pulumi.blue.yaml: eks-platform:tags.Team: found "a;b",'
            " expected at most 256 letters, digits, spaces and . : / = + - @ _"
        ),
    ]


def test_one_mistake_is_counted_as_one() -> None:
    with pytest.raises(settings.SettingsError) as raised:
        load("shared", {"eks-platform:activeColour": "green"})
    assert str(raised.value).splitlines() == [
        "1 mistake in the settings of stack shared; nothing was changed.",
        (
            '  Pulumi.shared.yaml: eks-platform:activeColour: found "green",'
            " expected a colour that eks-platform:colours lists; leave the key out for none"
        ),
    ]


def test_a_stack_of_another_name_is_refused() -> None:
    with pytest.raises(settings.SettingsError) as raised:
        settings.load("red", {})
    assert str(raised.value).splitlines() == [
        "1 mistake in the settings of stack red; nothing was changed.",
        '  stack name: found "red", expected one of shared, blue, green',
    ]


def test_mistakes_are_values_too() -> None:
    with pytest.raises(settings.SettingsError) as raised:
        load("blue", {"eks-platform:externalDns": {"logLevel": "warn"}})
    assert raised.value.mistakes == (
        settings.Mistake(
            path="Pulumi.blue.yaml: eks-platform:externalDns.logLevel",
            found='"warn"',
            expected='one of "debug", "info", "warning", "error"',
        ),
    )


SECRETS: list[tuple[str, Changes, str]] = [
    ("shared", {"aws:region": SECRET}, "an AWS region such as eu-west-1"),
    ("shared", {"eks-platform:activeColour": SECRET}, 'one of "blue", "green"; leave the key'),
    ("shared", {"eks-platform:network": {"cidr": SECRET}}, "an IPv4 range such as 10.40.0.0/16"),
    ("shared", {"eks-platform:tags": {SECRET + "*": "a"}}, "1 to 128 letters"),
    (
        "shared",
        {"eks-platform:zones": {key: {"name": f"{SECRET}.fr"} for key in ("public", "api")}},
        "a zone that neither equals, holds nor lies in zones.public",
    ),
    (
        "shared",
        {"eks-platform:zones": {"public": {"name": f"{SECRET}.fr", "delegated": ["a.fr"]}}},
        "names below the zone",
    ),
    ("blue", {"eks-platform:access": {"debugNamespaces": [SECRET, SECRET]}}, "each entry once"),
    ("blue", {"eks-platform:tags": {SECRET: "a", SECRET.upper(): "b"}}, "keys that differ"),
    ("blue", {"eks-platform:nodeGroups": {"base": {"capacity": SECRET}}}, 'one of "on-demand"'),
    ("blue", {"eks-platform:deletionProtection": SECRET}, "true or false"),
    ("blue", {"eks-platform:token": SECRET}, "one of access, addons, charts, deletionProtection"),
    ("blue", {"eks-plattform:token": SECRET}, "a known one; did you mean eks-platform:token?"),
    ("blue", {"vault:token": SECRET}, "one of eks-platform, aws, pulumi"),
]


@pytest.mark.parametrize(("stack", "changes", "expected"), SECRETS)
def test_secret_values_are_not_shown(stack: str, changes: Changes, expected: str) -> None:
    with pytest.raises(settings.SettingsError) as raised:
        settings.load(stack, config_of(stack, changes), changes.keys())
    assert SECRET not in str(raised.value).lower()
    said = [m for m in raised.value.mistakes if not m.expected.startswith("a plain one")]
    assert [m.expected.startswith(expected) for m in said] == [True]


def test_numbers_beside_a_secret_are_not_shown() -> None:
    config = config_of("blue", {"eks-platform:nodeGroups": {"base": {"desired": 442}}})
    with pytest.raises(settings.SettingsError) as raised:
        settings.load("blue", config, ["eks-platform:nodeGroups"])
    assert [str(m) for m in raised.value.mistakes][1:] == [
        (
            "Pulumi.blue.yaml: eks-platform:nodeGroups.base.desired: found a secret value,"
            " expected a number from min to max"
        )
    ]


def test_other_values_are_shown_beside_a_secret() -> None:
    changes = {"eks-platform:tags": {"Team": f"{SECRET};"}, "aws:region": "Ireland"}
    with pytest.raises(settings.SettingsError) as raised:
        settings.load("shared", config_of("shared", changes), ["eks-platform:tags"])
    assert [m.found for m in raised.value.mistakes][1:] == ['"Ireland"', "a secret value"]


KEPT_SECRET = {"eks-platform:addons", "aws:httpProxy"}
"""What stays encrypted on its way."""


def refusal(stack: str, key: str) -> str:
    return (
        f"Pulumi.{stack}.yaml: {key}: found a secret value, expected a plain one: AWS and"
        " the state would have it in clear; pulumi config set --plaintext"
    )


@given(st.sampled_from([*RIGHT]), st.data())
def test_a_secret_is_refused_wherever_it_would_not_stay_one(
    stack: str, data: st.DataObject
) -> None:
    extra: Changes = {
        "eks-platform:tags": {"Team": SECRET},
        "aws:httpProxy": f"http://me:{SECRET}@proxy",
        "aws:defaultTags": {"tags": {"Team": SECRET}},
        "pulumi:tags": {"Team": SECRET},
    }
    if stack == "blue":
        extra = {**extra, "eks-platform:addons": {"fluentd": {"values": {"env": [SECRET]}}}}
    config = config_of(stack, extra)
    secret = data.draw(st.sets(st.sampled_from([*config])))
    said: list[str] = []
    try:
        settings.load(stack, config, secret)
    except settings.SettingsError as error:
        said = list(map(str, error.mistakes))
    assert said == [refusal(stack, key) for key in config if key in secret - KEPT_SECRET]


@pytest.mark.parametrize("secret", [(), ("eks-platform:addons",)])
def test_settings_know_whether_something_of_add_ons_is_secret(secret: Sequence[str]) -> None:
    config = config_of("blue", {"eks-platform:addons": {"fluentd": {"values": {"env": []}}}})
    assert settings.load_colour("blue", config, secret).secret_addons is bool(secret)
    said = {"pulumi:secretAddons": "true", "eks-platform:secretAddons": "true"}
    with pytest.raises(settings.SettingsError) as raised:
        settings.load_colour("blue", config | said, secret)
    assert [m.path for m in raised.value.mistakes] == [
        "Pulumi.blue.yaml: eks-platform:secretAddons"
    ]


def test_a_wrong_secret_value_of_a_chart_is_not_shown() -> None:
    changes = {"eks-platform:addons": {"fluentd": {"values": {"env": SECRET}}}}
    with pytest.raises(settings.SettingsError) as raised:
        settings.load("blue", config_of("blue", changes), ["eks-platform:addons"])
    assert [str(m) for m in raised.value.mistakes] == [
        (
            "Pulumi.blue.yaml: eks-platform:addons.fluentd.values.env: found a secret value,"
            " expected a list"
        )
    ]


@pytest.mark.parametrize("stack", RIGHT)
def test_settings_do_not_change(stack: str) -> None:
    loaded = load(stack, {})
    with pytest.raises(ValueError, match="frozen"):
        loaded.region = "eu-west-3"  # pyright: ignore[reportAttributeAccessIssue]
