"""ScaledObjects of KEDA's page, as the tests of the real KEDA use them."""

import copy
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.unit.documentation.test_scaling import OBJECTS

_OFTEN: Mapping[str, object] = {"pollingInterval": 1, "cooldownPeriod": 1}


def scaled(name: str, **metadata: str) -> dict[str, Any]:
    """A ScaledObject of the page, asked for often; some of its trigger's metadata given anew."""
    (found,) = [it for it in OBJECTS if it["metadata"]["name"] == name]
    made = copy.deepcopy(found)
    made["spec"] |= _OFTEN
    made["spec"]["triggers"][0]["metadata"] |= metadata
    return made


def hours(since: int, until: int) -> dict[str, str]:
    """A cron trigger that asks for four pods between two times, in hours from now."""
    now = datetime.now(UTC)
    start, end = (now + timedelta(hours=it) for it in (since, until))
    return {
        "timezone": "UTC",
        "start": f"{start.minute} {start.hour} * * *",
        "end": f"{end.minute} {end.hour} * * *",
        "desiredReplicas": "4",
    }
