"""The log of AWS calls: every one that changes something, and every one of Route 53."""

import json
import re
import threading
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from localcloud.server.identity import access_key_of, name_of, web_identity_of
from localcloud.server.operations import action_of, read_body, service_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FAULT = "localcloud.fault"
"""Key of the WSGI environment: the fault that an answer comes from."""

HAPPENED = "localcloud.happened"
"""Key of the WSGI environment: whether the service did what was asked, whatever was answered."""

_READING = ("Describe", "Get", "List", "Lookup", "Simulate")
_COUNTED_TOO = ("route53",)
"""Services of which reading calls are logged as well: they have a quota of calls."""

_LONGEST_BODY = 20_000
_CODE = re.compile(rb"<Code>(\w+)</Code>|\"__type\": ?\"(?:[^\"#]*#)?(\w+)\"")
_GOOD = 400
"""First HTTP status of an error."""


class CallLog:
    """WSGI middleware that writes one JSON line for each call, and counts them all.

    Attributes:
        counts: calls by service, action, caller and error code (empty when it was answered).
    """

    def __init__(self, app: "WSGIApplication", path: Path) -> None:
        self._app = app
        self._path = path
        self._lock = threading.Lock()
        self._changing: Counter[str] = Counter()
        self.counts: Counter[tuple[str, str, str, str]] = Counter()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serves a request and logs it with its status."""
        body = read_body(environ)
        entry = describe(environ, body)
        status = 0

        def started(line: str, *rest: Any) -> Callable[[bytes], object]:  # noqa: ANN401 - WSGI's own
            nonlocal status
            status = int(line.split(maxsplit=1)[0])
            return start_response(line, *rest)

        try:
            answer = b"".join(self._app(environ, started))
        except ConnectionError:
            self._end(entry, environ, 0, "ConnectionReset")
            raise
        self._end(entry, environ, status, _error_code(answer) if status >= _GOOD else "")
        return [answer]

    def changing(self, *services: str) -> int:
        """How many calls may have changed something of these services; it only ever grows."""
        with self._lock:
            return sum(self._changing[service] for service in services)

    def forget(self) -> None:
        """Begins to count anew."""
        with self._lock:
            self.counts.clear()

    def _end(
        self, entry: dict[str, Any], environ: "WSGIEnvironment", status: int, error: str
    ) -> None:
        happened = environ.get(HAPPENED, 0 < status < _GOOD)
        entry |= {"status": status, "happened": happened}
        if error:
            entry["error"] = error
        if FAULT in environ:
            entry["fault"] = environ[FAULT]
        service, action = str(entry["service"]), str(entry["action"])
        reading = action.startswith(("GET ", *_READING))
        with self._lock:
            self._changing[service] += not reading
            self.counts[service, action, str(entry["caller"]), error] += 1
            if not reading or service in _COUNTED_TOO:
                with self._path.open("a") as file:
                    file.write(json.dumps(entry) + "\n")


def describe(environ: "WSGIEnvironment", body: bytes) -> dict[str, Any]:
    """The log entry of a call, without its outcome."""
    key = access_key_of(environ.get("HTTP_AUTHORIZATION", ""))
    action = action_of(environ, body)
    pod = web_identity_of(key)
    return {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "service": service_of(environ),
        "action": action,
        "caller": name_of(key),
        **({"workload": pod.as_json()} if pod else {}),
        "user_agent": environ.get("HTTP_USER_AGENT", ""),
        **_details(action, environ, body),
    }


def _error_code(answer: bytes) -> str:
    found = _CODE.search(answer)
    return (found.group(1) or found.group(2)).decode() if found else "Unknown"


def _details(action: str, environ: "WSGIEnvironment", body: bytes) -> dict[str, Any]:
    if action in ("ChangeResourceRecordSets", "ListResourceRecordSets"):
        zone = {"zone": str(environ["PATH_INFO"]).split("/")[3]}
        return {**zone, "changes": record_changes(body)} if body else zone
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        fields = parse_qs(body.decode())
        return {
            "parameters": {
                key: values[0]
                for key, values in fields.items()
                if key not in ("Action", "Version", "WebIdentityToken")
            }
        }
    return {"body": body[:_LONGEST_BODY].decode(errors="replace")} if body else {}


def record_changes(body: bytes) -> list[dict[str, str]]:
    """Changes of a ChangeResourceRecordSets call: action, type, name and value of each."""
    root = ET.fromstring(body)  # noqa: S314 - our own SDKs', on loopback
    for element in root.iter():
        element.tag = element.tag.rsplit("}", 1)[-1]
    changes: list[dict[str, str]] = []
    for change in root.iter("Change"):
        values = [v.text or "" for v in change.iter("Value")] + [
            v.text or "" for v in change.iter("DNSName")
        ]
        changes.append(
            {
                "action": change.findtext("Action", ""),
                "type": change.findtext("ResourceRecordSet/Type", ""),
                "name": change.findtext("ResourceRecordSet/Name", ""),
                "value": ", ".join(values),
            }
        )
    return changes
