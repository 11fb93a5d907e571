"""CloudTrail's event history of Route 53, looked up as an operator would."""

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from localcloud.aws import OWN_KEY
from localcloud.server.cloudtrail.callers import caller
from tests.unit.localcloud.conftest import Aws
from tests.unit.localcloud.test_route53 import a_change, change, make_zone, names, refusal

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail import CloudTrailClient
    from mypy_boto3_cloudtrail.literals import LookupAttributeKeyType
    from mypy_boto3_cloudtrail.type_defs import EventTypeDef, LookupAttributeTypeDef

CHANGE = "ChangeResourceRecordSets"
ROUTE53 = "route53.amazonaws.com"
BODO = "arn:aws:iam::123456789012:user/team/bodo"


def cloudtrail(aws: Aws, region: str = "us-east-1") -> "CloudTrailClient":
    session = boto3.Session(OWN_KEY, "secret", region_name=region)
    return session.client("cloudtrail", endpoint_url=aws.cloud.aws_url)


def by(key: "LookupAttributeKeyType", value: str) -> "list[LookupAttributeTypeDef]":
    return [{"AttributeKey": key, "AttributeValue": value}]


CHANGES = by("EventName", CHANGE)


def looked_up(
    aws: Aws,
    attributes: "list[LookupAttributeTypeDef]",
    **more: Any,  # noqa: ANN401 - as boto3 has them
) -> "list[EventTypeDef]":
    return cloudtrail(aws).lookup_events(LookupAttributes=attributes, **more)["Events"]


def body_of(event: "EventTypeDef") -> dict[str, Any]:
    return json.loads(event.get("CloudTrailEvent", ""))


def write(aws: Aws, *, ago: timedelta = timedelta(), **more: Any) -> None:  # noqa: ANN401
    """Logs a change as if it had been made."""
    entry = {
        "time": (datetime.now(UTC) - ago).isoformat(timespec="milliseconds"),
        "service": "route53",
        "action": CHANGE,
        "caller": BODO,
        "user_agent": "curl",
        "zone": "Z1",
        "status": 200,
        "happened": True,
    }
    with aws.log.open("a") as log:
        log.write(json.dumps(entry | more) + "\n")


def test_a_change_becomes_an_event(aws: Aws) -> None:
    iam = aws.session(OWN_KEY).client("iam", endpoint_url=aws.cloud.aws_url)
    iam.create_user(UserName="bodo", Path="/team/")
    key = iam.create_access_key(UserName="bodo")["AccessKey"]["AccessKeyId"]
    zone = make_zone(aws.own_route53)
    before = datetime.now(UTC).replace(microsecond=0)
    new = [a_change("CREATE", f"{name}.example.com", "192.0.2.1") for name in "ab"]
    change(aws.route53(key=key), zone, *new)
    (event,) = looked_up(aws, CHANGES)
    assert event.get("EventTime", before) >= before
    assert {
        key: event.get(key) for key in ("EventName", "EventSource", "Username", "ReadOnly")
    } == {
        "EventName": CHANGE,
        "EventSource": ROUTE53,
        "Username": "bodo",
        "ReadOnly": "false",
    }
    assert event.get("Resources") == [
        {"ResourceType": "AWS::Route53::HostedZone", "ResourceName": zone}
    ]
    body = body_of(event)
    assert body["userIdentity"]["arn"] == BODO
    assert (body["eventID"], body["eventName"]) == (event.get("EventId"), CHANGE)
    assert body["eventSource"] == ROUTE53
    assert datetime.fromisoformat(body["eventTime"]) == event.get("EventTime")
    assert "errorCode" not in body
    assert body["requestParameters"] == {
        "hostedZoneId": zone,
        "changeBatch": {
            "changes": [
                {
                    "action": "CREATE",
                    "resourceRecordSet": {"name": f"{name}.example.com", "type": "A"},
                }
                for name in "ab"
            ]
        },
    }


def test_a_refused_change_has_its_error(aws: Aws) -> None:
    route53 = aws.route53()
    zone = make_zone(route53)
    with pytest.raises(ClientError):
        change(route53, zone, a_change("CREATE", "a..example.com", "192.0.2.1"))
    (event,) = looked_up(aws, CHANGES)
    assert body_of(event)["errorCode"] == "InvalidChangeBatch"


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        ({"error": "Throttling", "happened": False}, ["Throttling"]),
        ({"error": "ServiceUnavailable", "happened": True}, [None]),
        ({"error": "ConnectionReset", "happened": True}, [None]),
        ({"error": "ConnectionReset", "happened": False}, []),
    ],
)
def test_an_event_tells_what_aws_saw(
    aws: Aws, outcome: dict[str, Any], error: list[str | None]
) -> None:
    write(aws, **outcome)
    assert [body_of(event).get("errorCode") for event in looked_up(aws, CHANGES)] == error


def test_events_are_found_by_one_attribute(aws: Aws) -> None:
    route53 = aws.own_route53
    zone, other = make_zone(route53), make_zone(route53, "example.org")
    change(aws.route53(), zone, a_change("CREATE", "a.example.com", "192.0.2.1"))
    names(route53, other)
    aws.session().client("ssm", endpoint_url=aws.cloud.aws_url).delete_parameters(Names=["x"])

    def found(key: "LookupAttributeKeyType", value: str) -> list[str]:
        return [event.get("EventName", "") for event in looked_up(aws, by(key, value))]

    assert found("EventName", CHANGE) == [CHANGE]
    assert found("EventName", "DeleteHostedZone") == []
    assert found("ResourceName", zone) == [CHANGE]
    assert found("ResourceName", other) == ["ListResourceRecordSets"]
    assert found("Username", "AKIAOUTSIDER00000000") == [CHANGE]
    assert found("Username", "bodo") == []
    assert found("EventSource", ROUTE53) == [
        "ListResourceRecordSets",
        CHANGE,
        "CreateHostedZone",
        "CreateHostedZone",
    ]


def test_events_of_route53_are_in_one_region(aws: Aws) -> None:
    write(aws)
    elsewhere = cloudtrail(aws, "eu-west-1").lookup_events(LookupAttributes=CHANGES)
    assert elsewhere["Events"] == []
    assert len(looked_up(aws, CHANGES)) == 1


def test_the_newest_event_is_first_page_after_page(aws: Aws) -> None:
    for minutes in (3, 1, 5, 4, 2):
        write(aws, ago=timedelta(minutes=minutes), zone=f"Z{minutes}")
    client = cloudtrail(aws)
    first = client.lookup_events(LookupAttributes=CHANGES, MaxResults=2)
    write(aws, zone="Znew")  # what comes between two pages is on neither
    pages = client.get_paginator("lookup_events").paginate(
        LookupAttributes=CHANGES,
        PaginationConfig={"PageSize": 2, "StartingToken": first["NextToken"]},
    )
    found = [*first["Events"], *(event for page in pages for event in page["Events"])]
    zones = [body_of(event)["requestParameters"]["hostedZoneId"] for event in found]
    assert zones == ["Z1", "Z2", "Z3", "Z4", "Z5"]
    assert len({event.get("EventId") for event in found}) == 5
    again = client.lookup_events(LookupAttributes=CHANGES, NextToken=first["NextToken"])
    assert [event.get("EventId") for event in again["Events"]] == [
        event.get("EventId") for event in found[2:]
    ]


def test_a_page_has_fifty_events(aws: Aws) -> None:
    for _ in range(51):
        write(aws)
    page = cloudtrail(aws).lookup_events(LookupAttributes=CHANGES)
    assert len(page["Events"]) == 50
    assert "NextToken" in page


def test_events_lie_within_the_times_asked_for(aws: Aws) -> None:
    for minutes in (10, 20, 30):
        write(aws, ago=timedelta(minutes=minutes), zone=f"Z{minutes}")
    write(aws, ago=timedelta(days=90, minutes=1), zone="Zgone")
    write(aws, ago=timedelta(days=89), zone="Zold")
    now = datetime.now(UTC)

    def zones(**more: datetime) -> list[str]:
        found = looked_up(aws, CHANGES, **more)
        return [body_of(event)["requestParameters"]["hostedZoneId"] for event in found]

    assert zones() == ["Z10", "Z20", "Z30", "Zold"]
    assert zones(StartTime=now - timedelta(days=400)) == ["Z10", "Z20", "Z30", "Zold"]
    assert zones(StartTime=now - timedelta(minutes=25)) == ["Z10", "Z20"]
    assert zones(EndTime=now - timedelta(minutes=25)) == ["Z30", "Zold"]
    assert zones(StartTime=now - timedelta(minutes=25), EndTime=now - timedelta(minutes=15)) == [
        "Z20"
    ]


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        (
            {"LookupAttributes": [*CHANGES, *by("Username", "bodo")]},
            "InvalidLookupAttributesException",
            "one attribute",
        ),
        ({}, "UnsupportedOperationException", "EventName, EventSource, ResourceName, Username"),
        *(
            (
                {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": "x"}]},
                "UnsupportedOperationException",
                f"does not look up by {key}",
            )
            for key in ("EventId", "ReadOnly", "ResourceType", "AccessKeyId", "Colour")
        ),
        (
            {"LookupAttributes": by("EventSource", "ec2.amazonaws.com")},
            "UnsupportedOperationException",
            "has no events of ec2.amazonaws.com",
        ),
        (
            {"LookupAttributes": by("EventName", "CreateVpc")},
            "UnsupportedOperationException",
            "events of Route 53 alone, which has no CreateVpc",
        ),
        (
            {"LookupAttributes": CHANGES, "EventCategory": "insight"},
            "UnsupportedOperationException",
            "category insight",
        ),
        (
            {"LookupAttributes": CHANGES, "MaxResults": 51},
            "InvalidMaxResultsException",
            "51, not 1 to 50",
        ),
        (
            {
                "LookupAttributes": CHANGES,
                "StartTime": datetime(2026, 1, 2, tzinfo=UTC),
                "EndTime": datetime(2026, 1, 1, tzinfo=UTC),
            },
            "InvalidTimeRangeException",
            "after",
        ),
        (
            {"LookupAttributes": CHANGES, "NextToken": "MQ=="},
            "InvalidNextTokenException",
            "not one of a lookup with these parameters",
        ),
    ],
)
def test_a_lookup_that_is_refused(aws: Aws, asked: dict[str, Any], code: str, words: str) -> None:
    with pytest.raises(ClientError) as error:
        cloudtrail(aws).lookup_events(**asked)
    assert refusal(error)[0] == code
    assert words in refusal(error)[1]


def test_a_token_goes_with_the_parameters_that_it_came_with(aws: Aws) -> None:
    for _ in range(2):
        write(aws)
    client = cloudtrail(aws)
    token = client.lookup_events(LookupAttributes=CHANGES, MaxResults=1)["NextToken"]
    with pytest.raises(ClientError) as error:
        client.lookup_events(LookupAttributes=by("Username", "bodo"), NextToken=token)
    assert refusal(error)[0] == "InvalidNextTokenException"


def test_nothing_else_of_cloudtrail_is_there(aws: Aws) -> None:
    with pytest.raises(ClientError) as error:
        cloudtrail(aws).describe_trails()
    assert refusal(error) == (
        "UnsupportedOperationException",
        "The local CloudTrail does not emulate DescribeTrails",
    )


def test_a_lookup_is_no_change(aws: Aws) -> None:
    assert looked_up(aws, CHANGES) == []
    assert not aws.log.exists()


ACCOUNT = {"accountId": "123456789012"}


@pytest.mark.parametrize(
    ("known_as", "name", "identity"),
    [
        (BODO, "bodo", {"type": "IAMUser", "arn": BODO, "userName": "bodo", **ACCOUNT}),
        (
            "arn:aws:sts::123456789012:assumed-role/external-dns-live/pod-1",
            "pod-1",
            {
                "type": "AssumedRole",
                "arn": "arn:aws:sts::123456789012:assumed-role/external-dns-live/pod-1",
                "sessionContext": {
                    "sessionIssuer": {
                        "type": "Role",
                        "arn": "arn:aws:iam::123456789012:role/external-dns-live",
                        "userName": "external-dns-live",
                        **ACCOUNT,
                    }
                },
                **ACCOUNT,
            },
        ),
        (
            "arn:aws:iam::123456789012:root",
            "root",
            {"type": "Root", "arn": "arn:aws:iam::123456789012:root", **ACCOUNT},
        ),
        ("local-cloud", "local-cloud", {"type": "AWSService", "invokedBy": "local-cloud"}),
        ("unknown key AKIA1", "AKIA1", {"type": "Unknown", "accessKeyId": "AKIA1"}),
    ],
)
def test_a_caller_is_named_as_cloudtrail_does(
    known_as: str, name: str, identity: dict[str, object]
) -> None:
    found = caller(known_as)
    assert (found.name, found.identity) == (name, identity)
