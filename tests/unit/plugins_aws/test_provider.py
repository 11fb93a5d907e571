"""What holds for every resource type: configuration, checks, comparison, previews."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pulumi.runtime.rpc import UNKNOWN

from localcloud.plugins.aws.properties import (
    DOCUMENT,
    FIXED,
    OURS,
    PLAIN,
    SET,
    Property,
    compare,
    reconcile,
    reword,
)
from localcloud.plugins.aws.provider import AwsProvider
from localcloud.plugins.aws.registry import RESOURCES
from localcloud.plugins.plugin import Object, PluginError
from tests.unit.plugins_aws.conftest import Driver

VPC = "aws:ec2/vpc:Vpc"
ROLE = "aws:iam/role:Role"
UNKNOWN_TYPE = "aws:s3/bucket:Bucket"
TYPES = sorted(RESOURCES)


def test_the_region_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = AwsProvider()
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    provider.configure({})
    assert provider.invoke("aws:index/getRegion:getRegion", {})["id"] == "eu-central-1"
    monkeypatch.delenv("AWS_REGION")
    with pytest.raises(PluginError, match="aws:region"):
        provider.configure({})


def test_other_configuration_is_refused_by_name() -> None:
    with pytest.raises(PluginError, match="aws:defaultTags, aws:profile"):
        AwsProvider().configure({"region": "eu-west-1", "profile": "p", "defaultTags": "{}"})
    # What the SDK's provider class and the engine set by themselves.
    AwsProvider().configure(
        {"region": "eu-west-1", "version": "7.0.0", "skipRegionValidation": "true"}
    )


def test_nothing_works_before_the_configuration() -> None:
    with pytest.raises(PluginError, match="not configured"):
        AwsProvider().check(VPC, "v", {}, {}, b"")


def test_an_unknown_type_is_refused_by_name(provider: AwsProvider) -> None:
    calls = (
        lambda: provider.check(UNKNOWN_TYPE, "b", {}, {}, b""),
        lambda: provider.diff(UNKNOWN_TYPE, {}, {}, {}),
        lambda: provider.create(UNKNOWN_TYPE, {}, preview=False, timeout=0),
        lambda: provider.read(UNKNOWN_TYPE, "b", {}, {}),
        lambda: provider.update(UNKNOWN_TYPE, "b", {}, {}, {}, preview=False, timeout=0),
        lambda: provider.delete(UNKNOWN_TYPE, "b", {}, timeout=0),
    )
    for call in calls:
        with pytest.raises(PluginError, match=UNKNOWN_TYPE):
            call()


@pytest.mark.parametrize("token", TYPES)
def test_every_type_refuses_what_it_does_not_know(driver: Driver, token: str) -> None:
    assert "bogus" in driver.failures(token, bogus=1)


@pytest.mark.parametrize("token", TYPES)
def test_every_type_asks_for_what_it_needs(driver: Driver, token: str) -> None:
    needed = {key for key, wanted in RESOURCES[token].properties.items() if wanted.required}
    alternatives = set(RESOURCES[token].one_of[:1])
    assert driver.failures(token).keys() == needed | alternatives


OBJECTS = [
    (token, key)
    for token in TYPES
    for key, wanted in RESOURCES[token].properties.items()
    if wanted.fields is not None
]


@pytest.mark.parametrize(("token", "key"), OBJECTS)
def test_every_nested_object_refuses_what_it_does_not_know(
    driver: Driver, token: str, key: str
) -> None:
    assert f"{key}.bogus" in driver.failures(token, **{key: {"bogus": 1}})
    assert f"{key}[1].bogus" in driver.failures(token, **{key: [{}, {"bogus": 1}]})
    assert key in driver.failures(token, **{key: "text"})
    assert not [at for at in driver.failures(token, **{key: UNKNOWN}) if at.startswith(key)]


def test_the_mark_of_the_real_provider_is_left_out(driver: Driver) -> None:
    inputs, _ = driver.provider.check(
        VPC, "v", {}, {"__defaults": [], "cidrBlock": "10.0.0.0/16"}, b""
    )
    assert inputs == {"cidrBlock": "10.0.0.0/16"}


def test_a_null_is_a_property_that_was_not_given(driver: Driver) -> None:
    inputs, failures = driver.provider.check(
        "aws:eks/cluster:Cluster",
        "it",
        {},
        {
            "name": "it",
            "roleArn": "arn",
            "version": None,
            "vpcConfig": {"subnetIds": ["a"], "publicAccessCidrs": None},
        },
        b"seed",
    )
    assert failures == []
    assert inputs == {"name": "it", "roleArn": "arn", "vpcConfig": {"subnetIds": ["a"]}}


def test_a_name_waits_for_its_prefix(driver: Driver) -> None:
    inputs, _ = driver.provider.check(ROLE, "r", {}, {"namePrefix": UNKNOWN}, b"")
    assert inputs["name"] == UNKNOWN


PROPERTIES = {
    "plain": PLAIN,
    "fixed": FIXED,
    "set": SET,
    "document": DOCUMENT,
    "tags": OURS,
    "nested": Property(fields={"a": PLAIN, "b": FIXED, "c": Property(fields={"d": PLAIN})}),
    "list": Property(fields={"a": PLAIN, "b": PLAIN}),
    "objects": Property(unordered=True, fields={"a": PLAIN, "b": PLAIN}),
}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"plain": 80}, {"plain": "80"}),
        ({"plain": True}, {"plain": "true"}),
        ({"plain": ""}, {}),
        ({"tags": {}}, {}),
        ({"list": []}, {}),
        ({"set": ["a", "b"]}, {"set": ["b", "a"]}),
        ({"document": '{"a": 1, "b": 2}'}, {"document": '{"b":2,"a":1}'}),
        ({"nested": {"a": 1}}, {"nested": {"a": "1", "b": None}}),
        ({"objects": [{"a": 1}, {"a": 2}]}, {"objects": [{"a": 2}, {"a": 1}]}),
        ({"plain": UNKNOWN}, {"plain": UNKNOWN}),
    ],
)
def test_what_means_the_same_is_no_change(old: Object, new: Object) -> None:
    assert compare(PROPERTIES, old, new).changes == {}
    assert compare(PROPERTIES, new, old).changes == {}


@pytest.mark.parametrize(
    ("old", "new", "changes", "replaces"),
    [
        ({"plain": 1}, {"plain": 2}, {"plain": "update"}, set()),
        ({}, {"plain": False}, {"plain": "add"}, set()),
        ({"plain": 0}, {}, {"plain": "delete"}, set()),
        ({"fixed": "a"}, {"fixed": UNKNOWN}, {"fixed": "update"}, {"fixed"}),
        ({"tags": {"a.b": "1"}}, {"tags": {"a.b": "2"}}, {'tags["a.b"]': "update"}, set()),
        ({"tags": {"a": "1"}}, {"tags": {"b": "1"}}, {"tags.a": "delete", "tags.b": "add"}, set()),
        (
            {"nested": {"b": 1, "c": {"d": 1}}},
            {"nested": {"b": 2, "c": {"d": 2}}},
            {"nested.b": "update", "nested.c.d": "update"},
            {"nested.b"},
        ),
        ({"list": [{"a": 1}]}, {"list": [{"a": 2}]}, {"list[0].a": "update"}, set()),
        ({"list": [{"a": 1}]}, {"list": []}, {"list": "update"}, set()),
        ({"set": ["a"]}, {"set": ["a", "b"]}, {"set": "update"}, set()),
        ({"document": "{}"}, {"document": '{"a": 1}'}, {"document": "update"}, set()),
    ],
)
def test_a_change_is_told_by_its_path(
    old: Object, new: Object, changes: dict[str, str], replaces: set[str]
) -> None:
    found = compare(PROPERTIES, old, new)
    assert (found.changes, found.replaces) == (changes, replaces)


def test_reality_is_told_in_the_words_of_the_program() -> None:
    said: Object = {
        "plain": "80",
        "set": ["b", "a"],
        "nested": {"a": 1},
        "objects": [{"a": 2}, {"a": 1}],
        "switch": True,
    }
    real: Object = {
        "plain": 80,
        "set": ["a", "b"],
        "nested": {"a": 1, "b": "chosen by AWS"},
        "objects": [{"a": 1, "b": 1}, {"a": 2, "b": 2}],
        "arn": "arn",
        "fixed": "chosen by AWS",
        "tags": {},
    }
    assert reconcile(PROPERTIES, said, real) == said
    assert reword(PROPERTIES, said, real) == {
        **said,
        "nested": real["nested"],
        "objects": [{"a": 2, "b": 2}, {"a": 1, "b": 1}],
        "arn": "arn",
        "fixed": "chosen by AWS",
        "tags": {},
    }


def test_what_nobody_but_a_person_sets_is_drift_even_unsaid() -> None:
    assert reconcile(PROPERTIES, {}, {"tags": {"a": "b"}, "plain": 1}) == {"tags": {"a": "b"}}


def test_a_previewed_update_knows_what_stays(driver: Driver) -> None:
    vpc = driver.create(VPC, cidrBlock="10.0.0.0/16", enableDnsSupport=True, tags={"a": "b"})
    news = {"cidrBlock": "10.0.0.0/16", "tags": {"c": "d"}}
    state = driver.provider.update(
        VPC, vpc.resource_id, vpc.state, vpc.inputs, news, preview=True, timeout=0
    )
    assert state["arn"] == vpc.state["arn"]
    assert state["tags"] == state["tagsAll"] == {"c": "d"}
    assert state["enableDnsSupport"] == UNKNOWN
    vpc.assert_settled()


def test_a_previewed_creation_makes_nothing(driver: Driver) -> None:
    inputs = {"cidrBlock": UNKNOWN}
    assert driver.provider.create(VPC, inputs, preview=True, timeout=0) == ("", inputs)


def test_many_resources_at_a_time(endpoint: str) -> None:
    provider = AwsProvider()
    provider.configure({"region": "eu-west-1"})

    def make(number: int) -> str:
        inputs = {"cidrBlock": f"10.{number}.0.0/16"}
        return provider.create(VPC, inputs, preview=False, timeout=0)[0]

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(make, range(16)))) == 16


def test_a_change_without_code_does_not_pass_for_done(driver: Driver) -> None:
    vpc = driver.create(VPC, cidrBlock="10.0.0.0/16")
    news = {"cidrBlock": "10.1.0.0/16"}
    with pytest.raises(PluginError, match=f"^{VPC}: .*cidrBlock"):
        driver.provider.update(
            VPC, vpc.resource_id, vpc.state, vpc.inputs, news, preview=False, timeout=0
        )
