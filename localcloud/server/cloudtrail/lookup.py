"""CloudTrail's LookupEvents, and nothing else of CloudTrail.

Only the events of Route 53 are there, and only in us-east-1, as with the real one. A real event
comes a few minutes after its call; here it is there at once. The quota of two lookups a second is
not emulated.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import botocore.loaders

from localcloud.server.cloudtrail import events
from localcloud.server.cloudtrail.events import HOME, SOURCE, Event
from localcloud.server.errors import AwsError
from localcloud.server.operations import action_of, read_body

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MOST_EVENTS = 50
"""Events of one page."""

KEPT_DAYS = 90
"""How long an event is kept."""

_Asked: TypeAlias = Mapping[str, Any]
_Place: TypeAlias = tuple[str, int]
"""Of an event in the order of a lookup: its time and its line in the log."""

_ATTRIBUTES: Mapping[str, Callable[[Event], str]] = {
    "EventName": lambda event: event.name,
    "EventSource": lambda _: SOURCE,
    "ResourceName": lambda event: event.zone,
    "Username": lambda event: event.caller.name,
}


@dataclass
class RefusalError(Exception):
    """CloudTrail says no."""

    code: str
    message: str


class CloudTrail:
    """WSGI application over a log of AWS calls."""

    def __init__(self, log: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._log = log
        self._now = now

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serves one request."""
        body = read_body(environ)
        try:
            answer = self._answer(action_of(environ, body), json.loads(body), _region(environ))
        except RefusalError as refusal:
            return AwsError(refusal.code, refusal.message, 400).answer("cloudtrail", start_response)
        content = json.dumps(answer).encode()
        kind = ("Content-Type", "application/x-amz-json-1.1")
        start_response("200 OK", [kind, ("Content-Length", str(len(content)))])
        return [content]

    def _answer(self, action: str, asked: _Asked, region: str) -> dict[str, object]:
        if action != "LookupEvents":
            raise _unsupported(f"does not emulate {action}")
        wanted, limit, after = _attribute(asked), _limit(asked), _place(asked)
        start, end = self._window(asked)
        found = [
            event
            for event in (events.read(self._log) if region == HOME else ())
            if wanted(event) and start <= event.time <= end
        ]
        found.sort(key=_place_of, reverse=True)
        left = [event for event in found if after is None or _place_of(event) < after]
        page = left[:limit]
        answer: dict[str, object] = {"Events": [event.as_json() for event in page]}
        if len(left) > limit:
            answer["NextToken"] = _token(asked, page)
        return answer

    def _window(self, asked: _Asked) -> tuple[datetime, datetime]:
        now = self._now()
        first = now - timedelta(days=KEPT_DAYS)
        start, end = (
            datetime.fromtimestamp(float(asked[key]), UTC) if asked.get(key) is not None else other
            for key, other in (("StartTime", first), ("EndTime", now))
        )
        if start > end:
            raise RefusalError("InvalidTimeRangeException", "Start time is after end time.")
        return max(start, first), end


def _attribute(asked: _Asked) -> Callable[[Event], bool]:
    """Whether an event has what is looked up."""
    if asked.get("EventCategory") is not None:
        raise _unsupported(f"has no events of the category {asked['EventCategory']}")
    attributes: Sequence[Mapping[str, str]] = asked.get("LookupAttributes") or ()
    if len(attributes) > 1:
        raise RefusalError("InvalidLookupAttributesException", "You can only specify one attribute")
    if not attributes:
        raise _unsupported(f"looks up by one of {', '.join(_ATTRIBUTES)}")
    key, value = attributes[0]["AttributeKey"], attributes[0]["AttributeValue"]
    if key not in _ATTRIBUTES:
        raise _unsupported(f"does not look up by {key}")
    if key == "EventSource" and value != SOURCE:
        raise _unsupported(f"has no events of {value}")
    if key == "EventName" and value not in _operations():
        raise _unsupported(f"has events of Route 53 alone, which has no {value}")
    return lambda event: _ATTRIBUTES[key](event) == value


def _limit(asked: _Asked) -> int:
    limit = asked.get("MaxResults", MOST_EVENTS)
    if not 1 <= limit <= MOST_EVENTS:
        raise RefusalError(
            "InvalidMaxResultsException", f"MaxResults is {limit}, not 1 to {MOST_EVENTS}."
        )
    return limit


def _operations() -> Iterable[str]:
    return botocore.loaders.Loader().load_service_model("route53", "service-2")["operations"]


def _place_of(event: Event) -> _Place:
    return event.time.isoformat(), event.line


def _place(asked: _Asked) -> _Place | None:
    """After which event a page begins."""
    token = asked.get("NextToken")
    if token is None:
        return None
    try:
        digest, time, line = json.loads(base64.urlsafe_b64decode(token))
    except (TypeError, ValueError):
        digest, time, line = "", "", 0
    if digest != _digest(asked):
        raise RefusalError(
            "InvalidNextTokenException", "The token is not one of a lookup with these parameters."
        )
    return time, line


def _token(asked: _Asked, page: Sequence[Event]) -> str:
    said = json.dumps([_digest(asked), *_place_of(page[-1])])
    return base64.urlsafe_b64encode(said.encode()).decode()


def _digest(asked: _Asked) -> str:
    same = {key: value for key, value in asked.items() if key not in ("NextToken", "MaxResults")}
    return hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()


def _region(environ: "WSGIEnvironment") -> str:
    scope = str(environ.get("HTTP_AUTHORIZATION", "")).partition("Credential=")[2]
    return scope.split("/")[2]  # KEY/DATE/REGION/SERVICE


def _unsupported(what: str) -> RefusalError:
    return RefusalError("UnsupportedOperationException", f"The local CloudTrail {what}")
