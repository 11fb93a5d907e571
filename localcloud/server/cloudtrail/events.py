"""Events of Route 53, made of the log of AWS calls.

Their form is that of
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/logging-using-cloudtrail.html. Of what was
asked an event tells the zone and, of each change, the action, the name and the type: the log has no
more. It has no message of an error either.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from localcloud.server.cloudtrail.callers import Caller, caller
from localcloud.state import ACCOUNT_ID

SOURCE = "route53.amazonaws.com"
HOME = "us-east-1"
"""The only region whose event history has Route 53's events."""

_RESOURCE = "AWS::Route53::HostedZone"
_ROUTE53 = '"service": "route53"'
_READING = ("Get", "List", "Test")
_LOST = "ConnectionReset"
_EVENT_IDS = uuid.UUID("7b0c1f52-5a3e-4f5e-9d5b-0b6f0c7a53aa")


@dataclass(frozen=True)
class Event:
    """One call of Route 53.

    Attributes:
        line: number of its line in the log.
        id: a UUID, always the same.
        name: of the operation.
        time: when it was asked for.
        caller: who asked.
        zone: id of the hosted zone, or empty.
        body: what CloudTrail keeps of it.
    """

    line: int
    id: str
    name: str
    time: datetime
    caller: Caller
    zone: str
    body: Mapping[str, Any]

    def as_json(self) -> dict[str, object]:
        """As LookupEvents gives it."""
        resources = [{"ResourceType": _RESOURCE, "ResourceName": self.zone}] if self.zone else []
        return {
            "EventId": self.id,
            "EventName": self.name,
            "ReadOnly": json.dumps(self.body["readOnly"]),
            "EventTime": int(self.time.timestamp()),
            "EventSource": SOURCE,
            "Username": self.caller.name,
            "Resources": resources,
            "CloudTrailEvent": json.dumps(self.body),
        }


def read(log: Path) -> Iterator[Event]:
    """All events, in the order in which the calls ended."""
    if not log.exists():
        return
    with log.open() as file:
        for number, line in enumerate(file):
            # Most lines are of other services; the last one may still be on its way.
            if _ROUTE53 in line and line.endswith("\n"):
                entry = json.loads(line)
                if entry["service"] == "route53" and _arrived(entry):
                    yield _event(number, entry)


def _arrived(entry: Mapping[str, Any]) -> bool:
    """Whether AWS saw the call; what was lost on its way there left no trace."""
    return bool(entry["happened"]) or entry.get("error") != _LOST


def _event(number: int, entry: Mapping[str, Any]) -> Event:
    event_id = str(uuid.uuid5(_EVENT_IDS, f"{number} {entry['time']}"))
    time = datetime.fromisoformat(entry["time"])
    who = caller(entry["caller"])
    body: dict[str, Any] = {
        "eventVersion": "1.05",
        "userIdentity": who.identity,
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": SOURCE,
        "eventName": entry["action"],
        "awsRegion": HOME,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": entry["user_agent"],
        "requestParameters": _parameters(entry),
        "responseElements": None,
        "eventID": event_id,
        "readOnly": entry["action"].startswith(_READING),
        "eventType": "AwsApiCall",
        "apiVersion": "2013-04-01",
        "recipientAccountId": ACCOUNT_ID,
    }
    # A call that was made is a success, even if its answer was lost.
    if "error" in entry and not entry["happened"]:
        body["errorCode"] = entry["error"]
    if entry.get("changes"):
        body["additionalEventData"] = {"Note": "Do not use to reconstruct hosted zone"}
    return Event(number, event_id, entry["action"], time, who, entry.get("zone", ""), body)


def _parameters(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    if "zone" not in entry:
        return None
    zone = {"hostedZoneId": entry["zone"]}
    if "changes" not in entry:
        return zone
    changes = [
        {
            "action": change["action"],
            "resourceRecordSet": {"name": change["name"], "type": change["type"]},
        }
        for change in entry["changes"]
    ]
    return {**zone, "changeBatch": {"changes": changes}}
