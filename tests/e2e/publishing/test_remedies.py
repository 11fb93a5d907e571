"""Each remedy that a message about names gives, done with the real ExternalDNS: it leads there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from bluegreen.finding import refused
from bluegreen.leftovers import leftovers
from bluegreen.moved import expected_move, not_moved
from bluegreen.name_rules import invariants
from bluegreen.prospect import foreign_records
from bluegreen.publishing.ownership import RecordSet
from handover.assignment import Assignment
from localcloud.cluster.kube import Object
from tests.e2e.publishing.lab import Lab
from tests.e2e.publishing.trials import fill
from tests.e2e.publishing.world import World

HOSTS = {
    "blue": "k8s-blue-0123456789-111111111.eu-west-1.elb.amazonaws.com",
    "green": "k8s-green-0123456789-222222222.eu-west-1.elb.amazonaws.com",
}
SHOP = "shop.devinfra.fr"
THEIRS = '"heritage=external-dns,external-dns/owner=somebody,external-dns/resource=ingress/a/b"'


def ingress(colour: str, asked: str = "shop", name: str = "shop") -> Object:
    """An ordinary Ingress: with a host, on the colour's load balancer."""
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    http = {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "annotations": {"PublicDNSName": asked}},
        "spec": {"ingressClassName": "alb", "rules": [{"host": SHOP, "http": http}]},
        "status": {"loadBalancer": {"ingress": [{"hostname": HOSTS[colour]}]}},
    }


def service(address: str) -> Object:
    """A Service whose load balancer has an address and no name."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "shop", "annotations": {"PublicDNSName": "shop"}},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 80}], "externalIPs": [address]},
        "status": {},
    }


def world_of(
    lab: Lab,
    blue: Sequence[Object],
    green: Sequence[Object],
    strangers: Sequence[RecordSet] = (),
) -> World:
    """A world in which blue has written once."""
    zone = lab.zone()
    fill(lab, zone, strangers)
    world = World(lab, zone, lab.namespace(blue), lab.namespace(green))
    world.write("blue")
    return world


def verdicts(world: World) -> Mapping[str, tuple[str, ...]]:
    return {it.rule: it.details for it in refused(world.plan(world.snapshot()))}


def delete(world: World, names: Mapping[tuple[str, str], str]) -> None:
    """Deletes record sets by hand, as the remedy says."""
    route53 = world.lab.world.aws.route53
    listed = route53.list_resource_record_sets(HostedZoneId=world.zone.id)["ResourceRecordSets"]
    for entry in listed:
        if (entry["Name"].rstrip("."), entry["Type"]) in names:
            route53.change_resource_record_sets(
                HostedZoneId=world.zone.id,
                ChangeBatch={"Changes": [{"Action": "DELETE", "ResourceRecordSet": entry}]},  # pyright: ignore[reportArgumentType]
            )


@pytest.mark.parametrize(
    "standing",
    [
        [RecordSet(SHOP, "A", False, ("203.0.113.7",), ttl=60)],
        [
            RecordSet(SHOP, "A", False, ("203.0.113.7",), ttl=60),
            RecordSet(f"a-{SHOP}", "TXT", False, (THEIRS,), ttl=60),
            RecordSet(f"cname-{SHOP}", "TXT", False, (THEIRS,), ttl=60),
        ],
        [RecordSet(f"cname-{SHOP}", "TXT", False, (THEIRS,), ttl=60)],
        [RecordSet(f"aaaa-{SHOP}", "TXT", False, (THEIRS,), ttl=60)],
        [RecordSet(f"cname-{SHOP}", "TXT", False, ('"v=spf1 -all"',), ttl=60)],
        [RecordSet(SHOP, "CNAME", False, ("old.example.org",), ttl=60)],
    ],
    ids=["record", "owned record", "ownership record", "half of one", "other TXT", "CNAME"],
)
def test_a_foreign_name_is_freed_by_deleting_what_the_finding_lists(
    lab: Lab, standing: Sequence[RecordSet]
) -> None:
    world = world_of(lab, [ingress("blue")], [ingress("green")], standing)
    found = verdicts(world)
    assert SHOP in found["foreign-records"][0]
    delete(world, foreign_records(world.snapshot())[SHOP].records)
    world.write("blue")
    assert verdicts(world) == {}
    world.write("green")
    seen = world.snapshot()
    assert not_moved(seen, expected_move(seen, Assignment(active="green"), ())) == {}


def test_a_name_without_counterpart_gets_one_by_deploying_the_application(lab: Lab) -> None:
    world = world_of(lab, [ingress("blue")], [])
    assert verdicts(world) == {"counterparts": (f"{SHOP}: nothing on green asks for it",)}
    deployed = replace(world, green=lab.namespace([ingress("green")]))
    assert verdicts(deployed) == {}


def test_a_name_with_no_way_back_gets_one_by_having_the_same_on_both_colours(lab: Lab) -> None:
    world = world_of(lab, [service("192.0.2.1")], [ingress("green")])
    assert list(verdicts(world)) == ["way-back"]
    same = replace(world, green=lab.namespace([service("192.0.2.2")]))
    assert verdicts(same) == {}
    same.write("green")
    same.write("blue")
    seen = same.snapshot()
    assert not_moved(seen, expected_move(seen, Assignment(active="blue"), ())) == {}


def test_a_corrected_annotation_is_written(lab: Lab) -> None:
    world = world_of(lab, [ingress("blue")], [ingress("green"), ingress("green", "Sh op", "b")])
    assert [it.rule for it in world.plan(world.snapshot()) if it.verdict == "note"] == [
        "ignored-names"
    ]
    mended = replace(world, green=lab.namespace([ingress("green"), ingress("green", "sh-op", "b")]))
    assert [it.rule for it in mended.plan(mended.snapshot()) if it.verdict == "note"] == []
    mended.write("green")
    assert "sh-op.devinfra.fr" in {it.name for it in lab.sets(world.zone)}


def test_a_name_below_a_delegation_is_left_alone_once_the_delegation_is_listed(lab: Lab) -> None:
    team = RecordSet("team.devinfra.fr", "NS", False, ("ns.example.org",), ttl=60)
    asked = [ingress("blue", "shop.team"), ingress("blue", "shop", "b")]
    world = world_of(
        lab, asked, [ingress("green", "shop.team"), ingress("green", "shop", "b")], [team]
    )
    assert verdicts(world) == {
        "delegated": ("shop.team.devinfra.fr: team.devinfra.fr has name servers of its own",)
    }
    delegating = lab.zone().model_copy(update={"delegated": ("team.devinfra.fr",)})
    listed = replace(world, zone=delegating)
    fill(lab, listed.zone, [team])
    listed.write("blue")
    assert {it.name for it in lab.sets(listed.zone)} >= {SHOP, "team.devinfra.fr"}
    assert not any("shop.team" in it.name for it in lab.sets(listed.zone))
    assert verdicts(listed) == {}


def test_a_name_that_dangles_is_left_over_once_nothing_asks_for_it(lab: Lab) -> None:
    world = world_of(lab, [ingress("blue")], [])
    gone = replace(world, blue=lab.namespace([]))
    (finding,) = [it for it in invariants(gone.snapshot()) if it.rule == "dangling"]
    assert "bluegreen leftovers" in finding.remedy
    assert finding.verdict == "fail"
    (left,) = leftovers(gone.snapshot())
    delete(gone, {(it.name, it.type): "" for it in left.records})
    assert [it for it in invariants(gone.snapshot()) if it.verdict != "pass"] == []
    assert lab.sets(world.zone) == []


def test_of_two_objects_that_ask_for_one_name_one_is_enough(lab: Lab) -> None:
    two = [ingress("green"), ingress("blue", "shop", "b")]
    world = world_of(lab, [ingress("blue")], two)
    assert [it.rule for it in world.plan(world.snapshot()) if it.verdict == "note"] == [
        "shared-names"
    ]
    one = replace(world, green=lab.namespace([ingress("green")]))
    assert [it.rule for it in one.plan(one.snapshot()) if it.verdict == "note"] == []
