"""The demo's result: names of both colours and the live names, written by the real ExternalDNS."""

import json

import pytest

from catalogue.minors import SHIPPED
from localcloud import names
from localcloud.demo import sample_names
from localcloud.records import alias_targets
from localcloud.state import REGION
from localcloud.tools.catalogue import control_plane
from tests.e2e.platform.conftest import COLOURS, Platform

ZONES = {"public": "devinfra.fr", "private": "devinfra.local", "api": "devinfra.info"}


def test_the_demo_ends_with_the_table(platform: Platform) -> None:
    for name in sample_names(ZONES):
        assert name in platform.demo_output
    assert "make shell" in platform.demo_output


@pytest.mark.parametrize("name", sample_names(ZONES))
def test_name_resolves_by_dns(platform: Platform, name: str) -> None:
    addresses = names.resolve(name, "A", platform.cloud.dns_port)
    assert addresses
    assert all(address.startswith("127.") for address in addresses)


@pytest.mark.parametrize("zone", ["devinfra.fr", "devinfra.local"])
def test_names_point_at_their_cluster_and_live_names_at_blue(platform: Platform, zone: str) -> None:
    targets = alias_targets(platform.cloud, REGION)
    assert "(eks-blue)" in targets[f"web.{zone}"]
    for colour in COLOURS:
        assert f"(eks-{colour})" in targets[f"web.eks-{colour}.{zone}"]
    assert targets[f"web.{zone}"] == targets[f"web.eks-blue.{zone}"]


def test_api_records_name_blue(platform: Platform) -> None:
    endpoint = platform.outputs("blue")["cluster"]["endpoint"].removeprefix("https://")
    port = platform.cloud.dns_port
    assert names.resolve("api.devinfra.info", "CNAME", port) == [f"{endpoint.lower()}."]
    assert names.resolve("eks.devinfra.info", "TXT", port) == ["eks-blue"]


def test_an_unknown_name_does_not_exist(platform: Platform) -> None:
    answer = platform.run("dig", "nothing.devinfra.fr").stdout
    assert "NXDOMAIN" in answer


def test_records_were_written_by_the_external_dns_of_their_owner(platform: Platform) -> None:
    writers: dict[str, set[str]] = {}
    for line in platform.state.aws_calls.read_text().splitlines():
        call = json.loads(line)
        if call["action"] != "ChangeResourceRecordSets":
            continue
        for change in call["changes"]:
            if change["name"].startswith("web.") and change["type"] == "A":
                # The Go SDK: everything else here that speaks to Route 53 is Python.
                assert "aws-sdk-go" in call["user_agent"]
                writers.setdefault(change["name"].rstrip("."), set()).add(call["caller"])
    assert set(writers) == set(sample_names(ZONES))
    for name, callers in writers.items():
        expected = "eks-green" if ".eks-green." in name else "eks-blue"
        assert all(expected in caller for caller in callers), (name, callers)
        assert all("external-dns" in caller for caller in callers), (name, callers)


def test_kubernetes_versions_differ_by_one_minor(platform: Platform) -> None:
    for colour, minor in zip(("blue", "green"), SHIPPED, strict=True):
        assert platform.outputs(colour)["cluster"]["version"] == minor
        said = json.loads(
            platform.run("kubectl", "--context", colour, "version", "-o", "json").stdout
        )
        assert said["serverVersion"]["gitVersion"] == control_plane(minor)[0].version
