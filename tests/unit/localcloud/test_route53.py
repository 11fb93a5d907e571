"""Route 53 of the local cloud: limits, atomic batches, changes that take time."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from moto.route53.models import FakeZone, RecordSet

from localcloud import control
from localcloud.server.names import NameBook
from localcloud.server.route53 import batch
from localcloud.server.route53.errors import InvalidChangeBatchError
from localcloud.server.route53.limits import TokenBucket
from localcloud.server.route53.propagation import Propagation
from localcloud.server_settings import RateLimit, Route53Settings
from localcloud.state import REGION
from tests.unit.localcloud.conftest import Aws

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def a_change(action: str, name: str, value: str, kind: str = "A", ttl: int = 60) -> dict[str, Any]:
    return {
        "Action": action,
        "ResourceRecordSet": {
            "Name": name,
            "Type": kind,
            "TTL": ttl,
            "ResourceRecords": [{"Value": value}],
        },
    }


def an_alias(action: str, name: str, target: str, kind: str = "A") -> dict[str, Any]:
    alias = {"HostedZoneId": "Z32O12XQLNTSW2", "DNSName": target, "EvaluateTargetHealth": True}
    record = {"Name": name, "Type": kind, "AliasTarget": alias}
    return {"Action": action, "ResourceRecordSet": record}


def balancer(name: str) -> str:
    return f"{name}.eu-west-1.elb.amazonaws.com"


def make_zone(route53: "Route53Client", name: str = "example.com") -> str:
    made = route53.create_hosted_zone(Name=name, CallerReference=name)
    return made["HostedZone"]["Id"].removeprefix("/hostedzone/")


def change(route53: "Route53Client", zone: str, *changes: dict[str, Any]) -> str:
    answer = route53.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={"Changes": list(changes)},  # pyright: ignore[reportArgumentType]
    )
    return answer["ChangeInfo"]["Id"]


def names(route53: "Route53Client", zone: str) -> list[str]:
    pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone)
    return [record["Name"] for page in pages for record in page["ResourceRecordSets"]]


def refusal(error: "pytest.ExceptionInfo[ClientError]") -> tuple[str, str]:
    said = error.value.response.get("Error", {})
    return said.get("Code", ""), said.get("Message", "")


def test_a_sixth_call_within_a_second_is_throttled(aws: Aws) -> None:
    zone = make_zone(aws.own_route53)
    control.set_route53(aws.cloud, Route53Settings(limit=RateLimit(per_second=0.001, burst=5)))
    outside = aws.route53()
    for _ in range(5):
        outside.get_hosted_zone(Id=zone)
    with pytest.raises(ClientError) as error:
        outside.get_hosted_zone(Id=zone)
    assert refusal(error) == ("Throttling", "Rate exceeded")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    # The local cloud's own calls are AWS's inner ones; other services have no such quota.
    aws.own_route53.get_hosted_zone(Id=zone)
    aws.session().client("ssm", endpoint_url=aws.cloud.aws_url).describe_parameters()


def test_a_client_that_retries_lives_with_the_quota(aws: Aws) -> None:
    zone = make_zone(aws.own_route53)
    control.set_route53(aws.cloud, Route53Settings(limit=RateLimit(per_second=5, burst=1)))
    patient = aws.route53(attempts=26)
    for _ in range(4):
        patient.get_hosted_zone(Id=zone)
    counted = {(c.action, c.error): c.calls for c in control.call_counts(aws.cloud)}
    assert counted["GetHostedZone", ""] == 4
    assert counted["GetHostedZone", "Throttling"] > 0


@given(st.lists(st.floats(0, 2), max_size=60), st.floats(0.5, 20), st.integers(1, 20))
def test_a_bucket_never_gives_more_than_it_got(
    pauses: list[float], per_second: float, burst: int
) -> None:
    clock = Clock()
    bucket = TokenBucket(RateLimit(per_second=per_second, burst=burst), clock)
    taken = 0
    for pause in pauses:
        clock.now += pause
        taken += bucket.take_token()
        assert taken <= burst + (clock.now - 100.0) * per_second + 1e-6


def test_calls_are_counted_and_logged_by_caller(aws: Aws) -> None:
    zone = make_zone(aws.own_route53)
    names(aws.route53(), zone)
    counted = {(c.caller, c.service, c.action): c.calls for c in control.forget_calls(aws.cloud)}
    assert counted == {
        ("local-cloud", "route53", "CreateHostedZone"): 1,
        ("unknown key AKIAOUTSIDER00000000", "route53", "ListResourceRecordSets"): 1,
    }
    assert control.call_counts(aws.cloud) == ()
    entries = [json.loads(line) for line in aws.log.read_text().splitlines()]
    assert [entry["action"] for entry in entries] == ["CreateHostedZone", "ListResourceRecordSets"]
    assert all(entry["status"] < 400 and entry["happened"] for entry in entries)


def test_a_page_has_300_record_sets_whatever_is_asked_for(aws: Aws) -> None:
    route53 = aws.route53()
    zone = make_zone(route53)
    changes = [a_change("CREATE", f"n{i:04}.example.com", "192.0.2.1") for i in range(650)]
    change(route53, zone, *changes)
    first = route53.list_resource_record_sets(HostedZoneId=zone, MaxItems="1000")
    assert len(first["ResourceRecordSets"]) == 300
    assert first["IsTruncated"]
    assert len(names(route53, zone)) == 652


@pytest.mark.parametrize(
    ("action", "most"), [("CREATE", batch.MAX_RECORDS), ("UPSERT", batch.MAX_RECORDS // 2)]
)
def test_the_limit_of_records_counts_an_upsert_twice(aws: Aws, action: str, most: int) -> None:
    route53 = aws.route53()
    zone = make_zone(route53)
    changes = [a_change(action, f"n{i}.example.com", "192.0.2.1") for i in range(most + 1)]
    with pytest.raises(ClientError) as error:
        change(route53, zone, *changes)
    assert refusal(error) == ("InvalidChangeBatch", "[Number of records limit of 1000 exceeded.]")
    change(route53, zone, *changes[:-1])


def test_the_limit_of_characters_counts_an_upsert_twice_and_no_alias() -> None:
    value = '"' + "x" * 198 + '"'
    fitting = [a_change("UPSERT", f"n{i}.example.com", value, "TXT") for i in range(80)]
    aliases = [an_alias("UPSERT", f"a{i}.example.com", balancer("x" * 30)) for i in range(80)]
    assert batch.measure(fitting + aliases) == (160, batch.MAX_CHARACTERS)
    batch.apply("example.com", "Z1", [], fitting + aliases)
    one_more = a_change("CREATE", "m.example.com", '"x"', "TXT")
    with pytest.raises(InvalidChangeBatchError, match="characters limit of 32000"):
        batch.apply("example.com", "Z1", [], [*fitting, *aliases, one_more])


@pytest.mark.parametrize(
    ("bad", "code", "message"),
    [
        (
            a_change("CREATE", "old.example.com", "192.0.2.9"),
            "InvalidChangeBatch",
            "already exists",
        ),
        (a_change("DELETE", "old.example.com", "192.0.2.9"), "InvalidChangeBatch", "do not match"),
        (
            a_change("DELETE", "old.example.com", "192.0.2.1", ttl=61),
            "InvalidChangeBatch",
            "do not match",
        ),
        (a_change("DELETE", "no.example.com", "192.0.2.1"), "InvalidChangeBatch", "was not found"),
        (a_change("CREATE", "a.example.org", "192.0.2.1"), "InvalidChangeBatch", "not permitted"),
        (
            a_change("CREATE", "old.example.com", "b.example.com", "CNAME"),
            "InvalidChangeBatch",
            "conflicts with other records",
        ),
        (
            a_change("UPSERT", "example.com", "b.example.com", "CNAME"),
            "InvalidChangeBatch",
            "at apex",
        ),
        (
            a_change("UPSERT", "t.example.com", "bare", "TXT"),
            "InvalidChangeBatch",
            "enclosed in quotation marks",
        ),
        (
            {"Action": "CREATE", "ResourceRecordSet": {"Name": "e.example.com", "Type": "A"}},
            "InvalidInput",
            "found none",
        ),
    ],
)
def test_a_bad_change_leaves_nothing_of_its_batch(
    aws: Aws, bad: dict[str, Any], code: str, message: str
) -> None:
    route53 = aws.route53()
    zone = make_zone(route53)
    change(route53, zone, a_change("CREATE", "old.example.com", "192.0.2.1"))
    before = names(route53, zone)
    with pytest.raises(ClientError) as error:
        change(route53, zone, a_change("UPSERT", "new.example.com", "192.0.2.2"), bad)
    assert refusal(error)[0] == code
    assert message in refusal(error)[1]
    assert names(route53, zone) == before


def test_a_delete_with_the_right_values_deletes(aws: Aws) -> None:
    route53 = aws.route53()
    zone = make_zone(route53)
    made = (
        a_change("CREATE", "A.example.com", "192.0.2.1"),
        an_alias("CREATE", "b.example.com", balancer("Lb")),
    )
    change(route53, zone, *made)
    change(route53, zone, *({**it, "Action": "DELETE"} for it in made))
    assert names(route53, zone) == ["example.com.", "example.com."]


def test_a_record_changes_its_kind_within_one_batch(aws: Aws) -> None:
    route53 = aws.route53()
    zone = make_zone(route53)
    old = a_change("CREATE", "a.example.com", "192.0.2.1")
    change(route53, zone, old)
    new = a_change("CREATE", "a.example.com", "b.example.com", "CNAME")
    change(route53, zone, {**old, "Action": "DELETE"}, new)
    found = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert [it["Type"] for it in found if it["Name"] == "a.example.com."] == ["CNAME"]


def test_what_external_dns_writes_is_listed_and_deleted(aws: Aws) -> None:
    route53 = aws.route53()
    zone = make_zone(route53, "devinfra.fr")
    owned = (
        '"heritage=external-dns,external-dns/owner=ingress.devinfra.fr,'
        'external-dns/resource=ingress/shop/web"'
    )
    new = [
        *(an_alias("CREATE", "*.shop.devinfra.fr", balancer("k8s-1"), it) for it in ("A", "AAAA")),
        *(
            a_change("CREATE", f"{prefix}-*.shop.devinfra.fr", owned, "TXT", 300)
            for prefix in ("a", "aaaa", "cname")
        ),
        a_change("CREATE", "aaaa-shop.devinfra.fr", owned, "TXT", 300),
    ]
    change(route53, zone, *new)
    listed = route53.list_resource_record_sets(
        HostedZoneId=zone, StartRecordName="AAAA-*.Shop.devinfra.fr"
    )["ResourceRecordSets"]
    assert {record["Name"] for record in listed} >= {
        "aaaa-\\052.shop.devinfra.fr.",
        "cname-\\052.shop.devinfra.fr.",
    }
    pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone)
    found = [record for page in pages for record in page["ResourceRecordSets"]]
    assert len(found) == len(new) + 2
    old = [it for it in found if it["Type"] not in ("NS", "SOA")]
    change(route53, zone, *({"Action": "DELETE", "ResourceRecordSet": it} for it in old))
    assert names(route53, zone) == ["devinfra.fr.", "devinfra.fr."]


def test_a_listing_starts_at_a_name(aws: Aws) -> None:
    route53 = aws.route53()
    zone = make_zone(route53)
    with pytest.raises(ClientError) as error:
        route53.list_resource_record_sets(HostedZoneId=zone, StartRecordName="example.com..")
    assert refusal(error) == (
        "InvalidInput",
        "FATAL problem: DomainLabelEmpty (Domain label is empty) encountered with 'example.com..'",
    )


def test_a_health_check_must_be_there(aws: Aws) -> None:
    route53 = aws.route53()
    zone = make_zone(route53)
    new = a_change("CREATE", "a.example.com", "192.0.2.1")
    new["ResourceRecordSet"]["HealthCheckId"] = "none"
    with pytest.raises(ClientError) as error:
        change(route53, zone, new)
    assert refusal(error)[0] == "NoSuchHealthCheck"
    assert names(route53, zone) == ["example.com.", "example.com."]
    made = route53.create_health_check(
        CallerReference="1", HealthCheckConfig={"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 1}
    )["HealthCheck"]["Id"]
    new["ResourceRecordSet"]["HealthCheckId"] = made
    change(route53, zone, new)


def test_a_zone_has_one_start_of_authority(aws: Aws) -> None:
    route53 = aws.route53()
    zone = make_zone(route53)
    (soa,) = (
        record["ResourceRecords"]
        for record in route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        if record["Type"] == "SOA"
    )
    said = "ns-2048.awsdns-64.com. hostmaster.example.com. 1 7200 900 1209600 86400"
    assert soa == [{"Value": said}]
    answer = NameBook(REGION, dict, aws.api.propagation).answer("example.com", "SOA")
    assert [record.value for record in answer or ()] == [said]


def test_name_servers_know_a_change_once_it_is_insync(aws: Aws) -> None:
    route53 = aws.route53()
    zone = make_zone(route53)
    clock = Clock()
    aws.api.propagation.__init__(1.0, clock)
    book = NameBook(REGION, dict, aws.api.propagation)

    def answer() -> list[str] | None:
        found = book.answer("a.example.com", "A")
        return None if found is None else [record.value for record in found]

    first = change(route53, zone, a_change("CREATE", "a.example.com", "192.0.2.1"))
    assert route53.get_change(Id=first)["ChangeInfo"]["Status"] == "PENDING"
    assert answer() is None
    clock.now += 0.6
    second = change(route53, zone, a_change("UPSERT", "a.example.com", "192.0.2.2"))
    assert answer() is None
    clock.now += 0.5
    assert answer() == ["192.0.2.1"]
    statuses = [route53.get_change(Id=it)["ChangeInfo"]["Status"] for it in (first, second)]
    assert statuses == ["INSYNC", "PENDING"]
    clock.now += 0.6
    assert answer() == ["192.0.2.2"]
    assert route53.get_change(Id=second)["ChangeInfo"]["Status"] == "INSYNC"


def test_an_unknown_change_is_an_error(aws: Aws) -> None:
    with pytest.raises(ClientError) as error:
        aws.route53().get_change(Id="C123")
    assert refusal(error)[0] == "NoSuchChange"


def test_names_between_others_exist() -> None:
    zone: Any = FakeZone("example.com.", "Z1", private_zone=False, caller_reference="x")
    propagation = Propagation(0.0)
    made: Any = RecordSet({"Name": "\\052.b.c.example.com.", "Type": "A", "TTL": 1})
    propagation.submit(zone, [made])
    known = propagation.answers(zone)
    assert set(known.by_name) == {"*.b.c.example.com"}
    assert {"b.c.example.com", "c.example.com"} <= known.inner_names
    assert "x.example.com" not in known.inner_names
