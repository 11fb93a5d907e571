"""The manifests that nobody here designed: they stay what they are said to be, and stay varied."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import pytest
from pydantic import ValidationError

from tests.inputs.applications import (
    ANNOTATIONS,
    CERTIFICATE,
    Application,
    Name,
    applications,
    gateways,
)

Has: TypeAlias = Callable[[Application], object]

ALL = (*applications(), *gateways())
LONGEST = 57
"""Characters of a first label."""

TXT_STRING = 255
ZONES = {"public": "devinfra.fr", "private": "devinfra.local"}

NAME = re.compile(rf"(\*|[a-z0-9-]{{1,{LONGEST}}})(\.[a-z0-9-]{{1,63}})*")
"""What docs/names.md lets an application ask for; not the project's own expression."""

ALB = "alb.ingress.kubernetes.io/"
NLB = "service.beta.kubernetes.io/aws-load-balancer-"
OLD_DNS = "external-dns.alpha.kubernetes.io/"
NEW_DNS = "external-dns.kubernetes.io/"


@pytest.fixture(params=ALL, ids=lambda it: f"{it.path.parent.name}/{it.path.stem}")
def application(request: pytest.FixtureRequest) -> Application:
    found = request.param
    assert isinstance(found, Application)
    return found


def annotations(item: Mapping[str, Any]) -> Mapping[str, str]:
    return item["metadata"].get("annotations") or {}


def rules(application: Application) -> Iterator[Mapping[str, Any]]:
    for ingress in application.of_kind("Ingress"):
        yield from ingress["spec"].get("rules") or []


def hosts(application: Application) -> set[str]:
    return {rule["host"] for rule in rules(application) if "host" in rule}


def tls_hosts(application: Application) -> set[str]:
    entries = [it for i in application.of_kind("Ingress") for it in i["spec"].get("tls") or []]
    return {host for entry in entries for host in entry.get("hosts") or []}


def keys(application: Application, *prefixes: str) -> set[str]:
    return {
        key for it in application.objects for key in annotations(it) if key.startswith(prefixes)
    }


def balanced(application: Application) -> list[Mapping[str, Any]]:
    return [it for it in application.of_kind("Service") if it["spec"].get("type") == "LoadBalancer"]


def having(*prefixes: str) -> Has:
    """Whether an object has an annotation that begins so."""
    return lambda it: keys(it, *prefixes)


def with_service(matches: Callable[[Mapping[str, Any]], bool]) -> Has:
    """Whether a Service has such a spec."""
    return lambda it: [item for item in it.of_kind("Service") if matches(item["spec"])]


def with_name(matches: Callable[[str], object]) -> Has:
    """Whether an expected name is such a one."""
    return lambda it: [name for name in it.names if matches(name.name)]


def inner(application: Application) -> list[Mapping[str, Any]]:
    """Services whose load balancer is not reached from outside."""
    return [
        it
        for it in balanced(application)
        if annotations(it).get(f"{NLB}scheme", "") == "internal"
        or f"{NLB}internal" in annotations(it)
    ]


VARIETY: dict[str, tuple[int, Has]] = {
    "hosts": (15, hosts),
    "hosts of other zones": (10, lambda it: [h for h in hosts(it) if ".devinfra." not in h]),
    "wildcard hosts": (2, lambda it: [h for h in hosts(it) if h.startswith("*.")]),
    "TLS hosts": (8, tls_hosts),
    "TLS hosts of other zones": (2, lambda it: [h for h in tls_hosts(it) if "example" in h]),
    "several rules": (5, lambda it: len(list(rules(it))) > 1),
    "rules with several paths": (8, lambda it: [r for r in rules(it) if r["http"]["paths"][1:]]),
    "default backends": (
        2,
        lambda it: [i for i in it.of_kind("Ingress") if "defaultBackend" in i["spec"]],
    ),
    "groups": (3, having(f"{ALB}group.name")),
    "ordered groups": (3, having(f"{ALB}group.order")),
    "actions": (8, having(f"{ALB}actions.")),
    "conditions": (2, having(f"{ALB}conditions.")),
    "certificates": (8, lambda it: CERTIFICATE in it.path.read_text()),
    "listen ports": (5, having(f"{ALB}listen-ports")),
    "redirects": (2, having(f"{ALB}ssl-redirect")),
    "two families of addresses": (1, having(f"{ALB}ip-address-type")),
    "the class in an annotation": (2, having("kubernetes.io/ingress.class")),
    "what is left of ingress-nginx": (8, having("nginx.ingress.kubernetes.io/")),
    "what is left of cert-manager": (3, having("cert-manager.io/")),
    "host names of ExternalDNS": (5, having(f"{OLD_DNS}hostname")),
    "host names of a later ExternalDNS": (3, having(f"{NEW_DNS}hostname")),
    "targets of ExternalDNS": (3, having(f"{OLD_DNS}target")),
    "targets of a later ExternalDNS": (1, having(f"{NEW_DNS}target")),
    "weights of a later ExternalDNS": (1, having(f"{NEW_DNS}aws-weight")),
    "times to live": (3, having(f"{OLD_DNS}ttl", f"{NEW_DNS}ttl")),
    "Services with a load balancer": (12, balanced),
    "Services with its class": (4, with_service(lambda spec: "loadBalancerClass" in spec)),
    "Services with an outer address": (1, with_service(lambda spec: "externalIPs" in spec)),
    "inner Services": (3, inner),
    "headless Services": (5, with_service(lambda spec: spec.get("clusterIP") == "None")),
    "Services elsewhere": (1, with_service(lambda spec: spec.get("type") == "ExternalName")),
    "several names": (10, lambda it: len(it.names) > 1),
    "names in both zones": (4, lambda it: len({name.zone for name in it.names}) > 1),
    "fixed names": (3, lambda it: [name for name in it.names if name.leads == "fixed"]),
    "wildcard names": (3, with_name(lambda name: name.startswith("*."))),
    "names of several labels": (8, with_name(lambda name: "." in name.removeprefix("*."))),
    "the longest names": (1, with_name(lambda name: len(name.split(".")[0]) == LONGEST)),
    "a List": (1, lambda it: "\nkind: List\n" in it.path.read_text()),
}
"""What is particular → how many files have it at least, and whether one has."""


def test_it_holds_namespaces_of_its_own_and_all_its_objects_in_them(
    application: Application,
) -> None:
    own = {it["metadata"]["name"] for it in application.of_kind("Namespace")}
    others = {
        it["metadata"]["name"] for o in ALL if o is not application for it in o.of_kind("Namespace")
    }
    assert own
    assert not own & others
    for item in application.objects:
        if item["kind"] not in ("Namespace", "GatewayClass"):
            assert item["metadata"]["namespace"] in own, item["metadata"]["name"]


def test_every_object_of_it_is_another_one(application: Application) -> None:
    found = [
        (it["kind"], it["metadata"].get("namespace"), it["metadata"]["name"])
        for it in application.objects
    ]
    assert len(found) == len(set(found))


def test_its_annotations_ask_for_the_expected_names_and_no_others(application: Application) -> None:
    asked: set[tuple[str, str]] = set()
    for item in application.objects:
        for zone, key in ANNOTATIONS.items():
            text = annotations(item).get(key)
            if text is not None:
                assert item in application.of_kind("Ingress") + balanced(application)
                asked |= {(zone, part.strip()) for part in text.split(",")}
    assert asked == {(name.zone, name.name) for name in application.names}
    assert all(NAME.fullmatch(name) for _, name in asked)


def test_its_fixed_names_lead_where_an_object_of_it_says(application: Application) -> None:
    said = [annotations(it).get(f"{OLD_DNS}target") for it in application.of_kind("Ingress")]
    said += [
        address for it in balanced(application) for address in it["spec"].get("externalIPs", [])
    ]
    fixed = {name.target for name in application.names if name.leads == "fixed"}
    assert {target for target in said if target} == fixed


def test_its_load_balancers_are_of_a_controller_that_runs(application: Application) -> None:
    """An Ingress of another class is one that was left behind: it asks for nothing."""
    for ingress in application.of_kind("Ingress"):
        old = annotations(ingress).get("kubernetes.io/ingress.class")
        served = ingress["spec"].get("ingressClassName", old) == "alb"
        assert served or not set(ANNOTATIONS.values()) & set(annotations(ingress))
    for service in balanced(application):
        assert service["spec"].get("loadBalancerClass") in (None, "service.k8s.aws/nlb")


def test_it_has_no_annotation_that_makes_more_than_a_simple_record(
    application: Application,
) -> None:
    """docs/names.md: with ours, ExternalDNS's own may say a target and a time, nothing else."""
    refused = tuple(f"{OLD_DNS}{key}" for key in ("set-identifier", "alias", "record-type", "aws-"))
    for item in application.objects:
        said = annotations(item)
        if set(ANNOTATIONS.values()) & said.keys():
            assert not [key for key in said if key.startswith(refused)]


def test_the_record_that_says_whose_a_name_is_has_room_for_its_object(
    application: Application,
) -> None:
    """One string of a TXT record has 255 characters, and green's owner id is the longest."""
    for item in application.of_kind("Ingress") + balanced(application):
        for zone, key in ANNOTATIONS.items():
            if key in annotations(item):
                owner = f"ingress-eks-green.{ZONES[zone]}"
                meta = item["metadata"]
                place = f"{item['kind'].lower()}/{meta['namespace']}/{meta['name']}"
                text = f"heritage=external-dns,external-dns/owner={owner}"
                assert len(f"{text},external-dns/resource={place}") <= TXT_STRING


def test_no_name_is_asked_for_by_two_files() -> None:
    found = Counter((name.zone, name.name) for it in ALL for name in it.names)
    assert [name for name, count in found.items() if count > 1] == []
    zones = Counter(zone for zone, _ in found)
    assert zones["public"] >= 40
    assert zones["private"] >= 20


def test_the_shapes_come_from_many_places() -> None:
    assert len(applications()) >= 36
    assert len(gateways()) >= 3
    assert len({it.repository for it in ALL}) >= 30
    shapes = Counter((it.repository, it.shape) for it in ALL)
    assert max(shapes.values()) <= 3


@pytest.mark.parametrize("what", VARIETY)
def test_enough_files_have(what: str) -> None:
    least, has = VARIETY[what]
    found = [it.path.stem for it in applications() if has(it)]
    assert len(found) >= least, found


def test_some_names_are_asked_for_by_two_objects_of_one_load_balancer() -> None:
    def shared(application: Application) -> list[str]:
        asked = Counter(
            (annotations(it).get(f"{ALB}group.name"), part.strip())
            for it in application.of_kind("Ingress")
            for key in ANNOTATIONS.values()
            for part in annotations(it).get(key, "").split(",")
            if part
        )
        return [name for (group, name), count in asked.items() if group and count > 1]

    assert len([it for it in applications() if shared(it)]) >= 3


def test_a_gateway_stands_beside_something_that_asks_for_its_names() -> None:
    for application in gateways():
        assert application.of_kind("Gateway")
        assert application.of_kind("HTTPRoute")
        served = application.served()
        assert not [it for it in served if "gateway" in it["apiVersion"]]
        assert len(served) < len(application.objects)
        asking = [it for it in served if set(ANNOTATIONS.values()) & annotations(it).keys()]
        assert asking


def test_a_name_is_either_fixed_with_a_target_or_moves_without_one() -> None:
    Name(zone="public", name="a", leads="moves")
    for leads, target in (("moves", "cdn.example.com"), ("fixed", None)):
        with pytest.raises(ValidationError, match="a fixed name has a target"):
            Name.model_validate({"zone": "public", "name": "a", "leads": leads, "target": target})
