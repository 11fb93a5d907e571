"""Names that no object asks for: which they are, how old, and that nothing else is removed."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from io import StringIO
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from rich.console import Console

from bluegreen.cleanup import Cleanup
from bluegreen.errors import OperatorError, RefusedError
from bluegreen.leftovers import leftovers, unseen_clusters
from bluegreen.registry import records
from bluegreen.report import Report
from bluegreen.snapshot import KubeView, Record, Snapshot
from bluegreen.world import cloudtrail, route53
from eks_platform_contract.outputs import Zone, Zones
from tests.unit.bluegreen.snapshots import (
    ZONES,
    api_records,
    asked,
    host,
    kube,
    live_set,
    record,
    snapshot,
)

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

WEB, OLD = "web.example.com", "old.example.com"
OWN = "old.eks-blue.example.com"


def with_records(
    *records: Record,
    blue: Mapping[str, object] | None = None,
    green: Mapping[str, object] | None = None,
) -> Snapshot:
    """A platform at rest with more records, and other views of its colours."""
    all_of = [*live_set(WEB, host("blue")), *records, *api_records()]
    return snapshot(records=all_of, blue=blue, green=green)


def names(seen: Snapshot) -> list[tuple[str, str]]:
    return [(it.name, it.types) for it in leftovers(seen)]


def own_record(name: str, owner: str = "ingress-eks-blue.example.com") -> Record:
    return record(name, host("blue"), owner=owner)


def test_a_live_name_that_neither_colour_asks_for_is_left_over_with_its_ownership_records() -> None:
    (found,) = leftovers(with_records(*live_set(OLD, host("blue", "gone"))))
    assert (found.name, found.owner, found.types) == (OLD, "ingress.example.com", "A AAAA")
    assert found.targets == (host("blue", "gone"),)
    assert [(it.name, it.type) for it in found.records] == [
        (OLD, "A"),
        (OLD, "AAAA"),
        (f"cname-{OLD}", "TXT"),
        (f"aaaa-{OLD}", "TXT"),
    ]


def test_one_colour_that_asks_for_a_live_name_is_enough() -> None:
    asking = {"kube": kube("blue").model_copy(update={"asked": asked(WEB, OLD)})}
    for blue, green in ((asking, None), (None, asking)):
        seen = with_records(*live_set(OLD, host("blue")), blue=blue, green=green)
        assert names(seen) == []


def test_a_colours_own_name_is_left_over_unless_that_colour_asks_for_it() -> None:
    seen = with_records(own_record(OWN))
    assert names(seen) == [(OWN, "A")]
    asking = kube("blue").model_copy(update={"own": asked(OWN)})
    assert names(with_records(own_record(OWN), blue={"kube": asking})) == []
    assert names(with_records(own_record(OWN), green={"kube": asking})) == [(OWN, "A")]


def test_of_a_colour_that_is_gone_everything_is_left_over() -> None:
    assert names(with_records(own_record(OWN), blue={"kube": None, "cluster": None})) == [
        (OWN, "A")
    ]


def test_nobody_elses_record_is_left_over() -> None:
    theirs = record(OLD, host("blue"), owner="somebody")
    assert names(with_records(theirs, record("mx.example.com", "x", owner=None))) == []


def test_an_ownership_record_alone_is_left_over() -> None:
    value = '"heritage=external-dns,external-dns/owner=ingress.example.com"'
    txt = Record(
        zone="public",
        name=f"cname-{OLD}",
        type="TXT",
        targets=(value,),
        claims="ingress.example.com",
    )
    assert names(with_records(txt)) == [(OLD, "ownership record alone")]


def test_of_a_cluster_that_does_not_answer_nothing_is_known() -> None:
    seen = with_records(
        own_record(OWN), *live_set(OLD, host("blue")), blue={"kube": KubeView(error="refused")}
    )
    assert names(seen) == []
    assert unseen_clusters(seen) == {"blue": "refused"}


class Trail:
    """CloudTrail's pages of events, newest first."""

    def __init__(self, *events: tuple[str, datetime, bool]) -> None:
        self._events = events

    def get_paginator(self, name: str) -> "Trail":
        assert name == "lookup_events"
        return self

    def paginate(self, **asked: object) -> Sequence[dict[str, Any]]:
        assert asked["LookupAttributes"] == [
            {"AttributeKey": "EventName", "AttributeValue": "ChangeResourceRecordSets"}
        ]
        return [{"Events": [self._event(*event)]} for event in self._events]

    @staticmethod
    def _event(name: str, time: datetime, failed: bool) -> dict[str, Any]:
        changes = [{"action": "UPSERT", "resourceRecordSet": {"name": name, "type": "A"}}]
        said = {"requestParameters": {"changeBatch": {"changes": changes}}}
        failure = {"errorCode": "InvalidChangeBatch"} if failed else {}
        return {"EventTime": time, "CloudTrailEvent": json.dumps({**said, **failure})}


def day(number: int) -> datetime:
    return datetime(2026, 1, number, tzinfo=UTC)


def test_age_is_that_of_the_newest_write_that_happened() -> None:
    events = Trail(
        (f"{OLD}.", day(9), True),
        (f"{OLD}.", day(8), False),
        ("\\052.shop.example.com.", day(7), False),
        (OLD, day(1), False),
    )
    found = cloudtrail.last_written(events, [OLD, "*.shop.example.com", "never.example.com"])  # pyright: ignore[reportArgumentType]
    assert found == {OLD: day(8), "*.shop.example.com": day(7)}


class World:
    """A zone in moto, and the platform as it is seen."""

    def __init__(self) -> None:
        self.route53: Route53Client = boto3.client("route53", region_name="eu-west-1")
        self.cloudtrail = Trail()
        zone = self.route53.create_hosted_zone(Name="example.com", CallerReference="1")
        self.zone = zone["HostedZone"]["Id"].removeprefix("/hostedzone/")
        public = Zone(id=self.zone, name="example.com", arn="arn")
        self.zones = Zones(public=public, private=ZONES.private, api=ZONES.api)

    def read_stacks(self) -> Snapshot:
        return snapshot(shared={"zones": self.zones})

    def everything(self) -> Snapshot:
        found = records("public", route53.record_sets(self.route53, self.zone))
        return self.read_stacks().model_copy(update={"records": tuple(found)})

    def put(self, name: str, owner: str) -> None:
        txt = f'"heritage=external-dns,external-dns/owner={owner}"'
        for full, kind, value in ((name, "A", "192.0.2.1"), (f"a-{name}", "TXT", txt)):
            entry: Any = {
                "Name": full,
                "Type": kind,
                "TTL": 60,
                "ResourceRecords": [{"Value": value}],
            }
            self.route53.change_resource_record_sets(
                HostedZoneId=self.zone,
                ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": entry}]},
            )

    def names(self) -> list[str]:
        sets = route53.record_sets(self.route53, self.zone)
        return sorted(it.name for it in sets if it.type in ("A", "TXT"))

    def cleanup(self) -> Cleanup:
        return Cleanup(self, self, Report(Console(file=StringIO())))  # pyright: ignore[reportArgumentType]


@mock_aws
def test_only_what_the_platform_owns_and_nothing_asks_for_is_removed() -> None:
    world = World()
    world.put(WEB, "ingress.example.com")
    world.put(OLD, "ingress.example.com")
    world.put("theirs.example.com", "somebody")
    removed = world.cleanup().remove([], every=True)
    assert (removed.names, removed.records) == ((OLD,), 2)
    assert world.names() == ["a-theirs.example.com", f"a-{WEB}", "theirs.example.com", WEB]


@mock_aws
@pytest.mark.parametrize("name", [WEB, "theirs.example.com", "none.example.com"])
def test_a_name_that_is_no_leftover_is_refused_and_nothing_changes(name: str) -> None:
    world = World()
    for it, owner in ((WEB, "ingress.example.com"), (OLD, "ingress.example.com"),
                      ("theirs.example.com", "somebody")):  # fmt: skip
        world.put(it, owner)
    before = world.names()
    with pytest.raises(RefusedError, match=name):
        world.cleanup().remove([OLD, name], every=False)
    assert world.names() == before


class Hasty(World):
    """A name is written anew just after the platform was looked at."""

    def everything(self) -> Snapshot:
        seen = super().everything()
        entry: Any = {
            "Name": OLD,
            "Type": "A",
            "TTL": 60,
            "ResourceRecords": [{"Value": "192.0.2.2"}],
        }
        self.route53.change_resource_record_sets(
            HostedZoneId=self.zone,
            ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": entry}]},
        )
        return seen


@mock_aws
def test_a_name_that_is_written_anew_meanwhile_stays() -> None:
    world = Hasty()
    world.put(OLD, "ingress.example.com")
    with pytest.raises(OperatorError, match=f"{OLD} has just changed: look again"):
        world.cleanup().remove([OLD], every=False)
    assert world.names() == [f"a-{OLD}", OLD]
