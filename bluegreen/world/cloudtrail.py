"""When record sets were last written, by CloudTrail: Route 53 itself keeps no times."""

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bluegreen.registry import unescaped

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail import CloudTrailClient

KEPT_DAYS = 90
"""How long CloudTrail looks back.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html"""

_MOST_PAGES = 40  # of 50 events; two pages a second are allowed
_CHANGE = "ChangeResourceRecordSets"


def last_written(cloudtrail: "CloudTrailClient", names: Collection[str]) -> Mapping[str, datetime]:
    """Name → when it was last written. A name that is not there was not written in 90 days.

    Args:
        cloudtrail: client of us-east-1, where events of Route 53 are.
        names: full names, plain.

    Raises:
        ClientError, BotoCoreError: it could not be asked.
    """
    found: dict[str, datetime] = {}
    wanted = set(names)
    pages = cloudtrail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": _CHANGE}],
        PaginationConfig={"MaxItems": _MOST_PAGES * 50, "PageSize": 50},
    )
    for page in pages:
        for event in page.get("Events", ()):  # newest first
            for name in _names(json.loads(event.get("CloudTrailEvent", "{}"))):
                if name in wanted and "EventTime" in event:
                    found.setdefault(name, event["EventTime"])
        if wanted <= found.keys():
            break
    return found


def _names(event: Mapping[str, Any]) -> Iterator[str]:
    """Names that a call changed, if it did."""
    if "errorCode" in event:
        return
    batch = (event.get("requestParameters") or {}).get("changeBatch") or {}
    for change in batch.get("changes") or ():
        yield unescaped(str(change.get("resourceRecordSet", {}).get("name", "")))
