"""The log of every changing AWS call."""

import json
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from localcloud.server.identity import access_key_of, name_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_READING = ("Describe", "Get", "List", "Simulate")
_LONGEST_BODY = 20_000


class CallLog:
    """WSGI middleware that writes one JSON line for each call that may change something."""

    def __init__(self, app: "WSGIApplication", path: Path) -> None:
        self._app = app
        self._path = path
        self._lock = threading.Lock()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serves a request and logs it with its status."""
        size = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(size) if size else b""
        environ["wsgi.input"] = BytesIO(body)
        entry = describe(environ, body)

        def started(status: str, *rest: Any) -> Callable[[bytes], object]:  # noqa: ANN401 - WSGI's own
            if entry is not None:
                self._write({**entry, "status": int(status.split(maxsplit=1)[0])})
            return start_response(status, *rest)

        return self._app(environ, started)

    def _write(self, entry: dict[str, Any]) -> None:
        with self._lock, self._path.open("a") as file:
            file.write(json.dumps(entry) + "\n")


def describe(environ: "WSGIEnvironment", body: bytes) -> dict[str, Any] | None:
    """The log entry of a call, or None for one that only reads."""
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    service = _service(authorization)
    action = _action(environ, body)
    if environ["REQUEST_METHOD"] == "GET" or action.startswith(_READING):
        return None
    return {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "service": service,
        "action": action,
        "caller": name_of(access_key_of(authorization)),
        "user_agent": environ.get("HTTP_USER_AGENT", ""),
        **_details(action, environ, body),
    }


def _service(authorization: str) -> str:
    scope = authorization.partition("Credential=")[2].split(",")[0].split("/")
    return scope[3] if len(scope) > 3 else "sts"  # noqa: PLR2004 - KEY/DATE/REGION/SERVICE


def _action(environ: "WSGIEnvironment", body: bytes) -> str:
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return str(target).rsplit(".", 1)[-1]
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return parse_qs(body.decode()).get("Action", [""])[0]
    path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
    if path.startswith("/2013-04-01/hostedzone/") and path.rstrip("/").endswith("/rrset"):
        return "ChangeResourceRecordSets" if method == "POST" else "ListResourceRecordSets"
    return f"{method} {path}"


def _details(action: str, environ: "WSGIEnvironment", body: bytes) -> dict[str, Any]:
    if action == "ChangeResourceRecordSets":
        zone = environ["PATH_INFO"].split("/")[3]
        return {"zone": zone, "changes": record_changes(body)}
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        fields = parse_qs(body.decode())
        return {
            "parameters": {
                key: values[0]
                for key, values in fields.items()
                if key not in ("Action", "Version", "WebIdentityToken")
            }
        }
    return {"body": body[:_LONGEST_BODY].decode(errors="replace")}


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
