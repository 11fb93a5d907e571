"""The admission policies of names, as objects. An API server is asked in tests/e2e/cluster."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

import pytest

from components.addon_stack.args import AddonArgs
from components.addons.external_dns.arguments import arguments
from components.addons.external_dns.name_policy import refused, warned
from components.addons.external_dns.name_policy.cel import Rule, literal, literals
from components.addons.external_dns.name_policy.component import NamePolicy
from components.addons.external_dns.name_policy.manifests import policies
from components.control_plane import ControlPlane
from eks_platform_contract.outputs import Zone
from handover.name_annotation import RELATIVE_NAME, Visibility, longest_relative
from settings.colour import ExternalDns
from tests.unit.components.addons.addon_cluster import (
    PRIVATE,
    PUBLIC,
    TAGS,
    run_on_cluster,
    site,
    writer,
)

ZONES: Mapping[Visibility, Zone] = {"private": PRIVATE, "public": PUBLIC}
NAMES = ["dns-names", "dns-names-ignored", "dns-names-of-ingresses", "dns-names-of-services"]
POLICY = "ValidatingAdmissionPolicy"
BINDING = "ValidatingAdmissionPolicyBinding"


def specs(kind: str, zones: Mapping[Visibility, Zone] = ZONES) -> dict[str, dict[str, Any]]:
    found = [it for it in policies(zones) if it.kind == kind]
    return {it.name: cast("dict[str, Any]", it.body["spec"]) for it in found}


def rule(name: str, zones: Mapping[Visibility, Zone] = ZONES) -> Rule:
    (found,) = [it for it in refused.rules(zones) if it.name == name]
    return found


def test_one_policy_refuses_and_the_others_warn() -> None:
    assert list(specs(POLICY)) == list(specs(BINDING)) == NAMES
    actions = {name: spec["validationActions"] for name, spec in specs(BINDING).items()}
    assert actions == {name: ["Deny" if name == "dns-names" else "Warn"] for name in NAMES}
    failures = {name: spec["failurePolicy"] for name, spec in specs(POLICY).items()}
    assert failures == {"dns-names": "Fail"} | dict.fromkeys(NAMES[1:], "Ignore")
    assert {name: spec["policyName"] for name, spec in specs(BINDING).items()} == {
        name: name for name in NAMES
    }


@pytest.mark.parametrize("name", NAMES)
def test_only_ingresses_and_services_are_judged_when_they_come_or_change(name: str) -> None:
    rules = specs(POLICY)[name]["matchConstraints"]["resourceRules"]
    assert [(it["apiGroups"], it["resources"]) for it in rules] == [
        (["networking.k8s.io"], ["ingresses"]),
        ([""], ["services"]),
    ]
    assert [it["operations"] for it in rules] == [["CREATE", "UPDATE"]] * 2


@pytest.mark.parametrize("name", NAMES)
def test_the_first_condition_lets_go_of_whatever_asks_for_no_name(name: str) -> None:
    first, second = specs(POLICY)[name]["matchConditions"][:2]
    assert "PrivateDNSName" in first["expression"]
    assert "oldObject" not in first["expression"]
    assert second["expression"].startswith("request.operation == 'CREATE' ||")


def test_names_are_spelt_as_the_writers_take_them() -> None:
    for visibility in ZONES:
        variable = refused.variables(ZONES)[f"{visibility}Spelt"]
        assert f"it.matches(r'^{RELATIVE_NAME}$')" in variable


def test_annotations_are_those_that_the_writers_read() -> None:
    told = arguments(writer("external-dns-public"), ExternalDns())
    assert f"--annotation-prefix={refused.PREFIX}" in told


@pytest.mark.parametrize("visibility", ZONES)
def test_a_name_fits_on_the_colour_with_the_longest_name(visibility: Visibility) -> None:
    longest = longest_relative(ZONES[visibility].name, "eks-green")
    assert f"at most {longest} characters" in rule(f"{visibility}TooLong").sentence
    assert f"size(it) <= {longest} &&" in refused.variables(ZONES)[f"{visibility}Spelt"]


def delegating(*names: str) -> Mapping[Visibility, Zone]:
    return {"private": PRIVATE, "public": PUBLIC.model_copy(update={"delegated": names})}


def test_a_part_of_a_zone_that_others_answer_for_is_no_name() -> None:
    zones = delegating(
        "team.devinfra.fr",
        "a.b.devinfra.fr",
        "shop.eks-green.devinfra.fr",
        "eks-blue.devinfra.fr",
        "elsewhere.example.org",
    )
    wrong = rule("publicDelegated", zones).wrong
    assert "['team', 'a.b', 'shop'].exists(" in wrong
    assert not [it for it in refused.rules(zones) if it.name == "privateDelegated"]
    assert not [it for it in refused.rules(ZONES) if it.name == "publicDelegated"]


def test_a_sentence_shows_ten_of_many_parts() -> None:
    sentence = rule(
        "publicDelegated", delegating(*(f"t{i}.devinfra.fr" for i in range(12)))
    ).sentence
    assert '"t9", …' in sentence
    assert "t10" not in sentence


def test_zones_of_one_name_are_said_once() -> None:
    zones: Mapping[Visibility, Zone] = {
        "private": PRIVATE.model_copy(update={"name": PUBLIC.name}),
        "public": PUBLIC,
    }
    assert "['devinfra.fr'].exists(" in rule("privateFull", zones).wrong


def every_rule() -> list[Rule]:
    zones = delegating("team.devinfra.fr")
    compared = [it for kind in ("Ingress", "Service") for it in warned.shared(tuple(zones), kind)]
    return [*refused.rules(zones), *warned.ignored(), *compared]


@pytest.mark.parametrize("sentence", sorted({it.sentence for it in every_rule()}))
def test_a_sentence_says_what_is_wrong_and_what_is_expected(sentence: str) -> None:
    assert sentence.count("{}") == 1
    assert re.search(r"\. Expected: .+\.$", sentence)
    assert "\n" not in sentence


def test_all_sentences_together_fit_an_answer() -> None:
    """Otherwise an API server says the policy's own short message; names come on top."""
    said = " ".join(it.sentence for it in refused.rules(delegating("team.devinfra.fr")))
    assert len(said) < 5 * 1024


def test_texts_are_quoted_as_cel_does() -> None:
    assert literal("a'b\\") == r"'a\'b\\'"
    assert literals(["a", "b"]) == "['a', 'b']"


def test_others_are_all_of_the_namespace_and_none_is_no_error() -> None:
    for name in NAMES[2:]:
        reference = specs(BINDING)[name]["paramRef"]
        assert reference == {"selector": {}, "parameterNotFoundAction": "Allow"}
    kinds = {name: spec.get("paramKind") for name, spec in specs(POLICY).items()}
    assert kinds == {
        "dns-names": None,
        "dns-names-ignored": None,
        "dns-names-of-ingresses": {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress"},
        "dns-names-of-services": {"apiVersion": "v1", "kind": "Service"},
    }


def test_bindings_come_after_their_policies_and_all_through_the_clusters_provider() -> None:
    def program(cluster: ControlPlane) -> None:
        args = AddonArgs(tags=TAGS, cluster=cluster, site=site(cluster), after=())
        NamePolicy("dns-names", args)

    ran = run_on_cluster(program)
    provider = ran.only("pulumi:providers:kubernetes")
    for manifest in policies(ZONES):
        made = ran.only(manifest.pulumi_type, f"{manifest.kind}-{manifest.name}".lower())
        assert made.inputs == json.loads(json.dumps(manifest.body))
        assert made.provider.startswith(f"{provider.urn}::")
        if manifest.kind == BINDING:
            policy = manifest.pulumi_type.replace(BINDING, POLICY)
            assert made.waits_for(ran.only(policy, f"{POLICY}-{manifest.name}".lower()))
