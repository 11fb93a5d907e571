"""The control API of a local cloud, on the port of the AWS APIs: ``/localcloud/…``.

- ``faults``: POST a `Fault` or a list of them, GET what happened, DELETE ends them all.
- ``calls``: GET the number of calls by service, action, caller and error; DELETE counts anew.
- ``route53``: GET and PUT the account's quota and the time that changes take.
- ``capacity``: GET and PUT the zones in which EC2 has no instances left.
- ``interruptions``: POST a spot instance that EC2 takes back.
- ``tools``: GET the programs that it started without; POST the name of one that is needed now.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import TypeAdapter, ValidationError

from localcloud.control import PREFIX, CallCount
from localcloud.faults import Fault
from localcloud.scarcity import Capacity, Interruption
from localcloud.server.calls import CallLog
from localcloud.server.ec2 import market
from localcloud.server.ec2.interruptions import InterruptionError, Interruptions
from localcloud.server.faults import Faults
from localcloud.server.later import LaterTools
from localcloud.server.operations import read_body
from localcloud.server.permissions.record import Record
from localcloud.server.route53.limits import Throttled
from localcloud.server.route53.propagation import Propagation
from localcloud.server_settings import Route53Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Handler: TypeAlias = Callable[[bytes], object]
"""Takes the body; gives something for JSON. Raises ValidationError for a bad body."""


class ControlApi:
    """WSGI application.

    Attributes:
        tools: what is obtained meanwhile; None for nothing.
        interruptions: of spot instances; None where nobody makes any.
        fill_groups: starts what groups lack; None where there are none.
    """

    def __init__(
        self,
        faults: Faults,
        calls: CallLog,
        throttled: Throttled,
        propagation: Propagation,
        record: Record,
    ) -> None:
        self.tools: LaterTools | None = None
        self.interruptions: Interruptions | None = None
        self.fill_groups: Callable[[], object] | None = None
        self._faults = faults
        self._calls = calls
        self._throttled = throttled
        self._propagation = propagation
        self._handlers: Mapping[tuple[str, str], Handler] = {
            ("POST", "faults"): self._add_faults,
            ("GET", "faults"): lambda _: faults.report().model_dump(mode="json"),
            ("DELETE", "faults"): lambda _: faults.clear().model_dump(mode="json"),
            ("GET", "calls"): lambda _: self._counts(),
            ("DELETE", "calls"): lambda _: self._forget(),
            ("GET", "permissions"): lambda _: [
                use.model_dump(mode="json") for use in record.report()
            ],
            ("GET", "route53"): lambda _: self._settings().model_dump(mode="json"),
            ("PUT", "route53"): self._set,
            ("GET", "tools"): lambda _: [
                it.model_dump(mode="json") for it in (self.tools.report() if self.tools else ())
            ],
            ("POST", "tools"): self._want,
            ("GET", "capacity"): lambda _: {"without": market.empty()},
            ("PUT", "capacity"): self._set_capacity,
            ("POST", "interruptions"): self._interrupt,
        }

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serves one request."""
        path = str(environ["PATH_INFO"]).removeprefix(PREFIX)
        handler = self._handlers.get((str(environ["REQUEST_METHOD"]), path))
        body = read_body(environ)
        if handler is None:
            known = ", ".join(f"{method} {PREFIX}{name}" for method, name in self._handlers)
            return _answer(
                HTTPStatus.NOT_FOUND, {"error": f"there is only {known}"}, start_response
            )
        try:
            return _answer(HTTPStatus.OK, handler(body), start_response)
        except ValidationError as error:
            mistakes = [
                f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}"
                for e in error.errors(include_url=False)
            ]
            return _answer(HTTPStatus.BAD_REQUEST, {"error": "; ".join(mistakes)}, start_response)
        except InterruptionError as error:
            return _answer(HTTPStatus.BAD_REQUEST, {"error": str(error)}, start_response)

    def _add_faults(self, body: bytes) -> object:
        adapter: TypeAdapter[Fault | list[Fault]] = TypeAdapter(Fault | list[Fault])
        given = adapter.validate_json(body)
        return self._faults.add(given if isinstance(given, list) else [given])

    def _counts(self) -> object:
        return [
            CallCount(
                service=service, action=action, caller=caller, error=error, calls=calls
            ).model_dump()
            for (service, action, caller, error), calls in sorted(self._calls.counts.items())
        ]

    def _forget(self) -> object:
        before = self._counts()
        self._calls.forget()
        return before

    def _want(self, body: bytes) -> object:
        found = self.tools.want(body.decode()) if self.tools else None
        return [found.model_dump(mode="json")] if found else []

    def _interrupt(self, body: bytes) -> object:
        asked = Interruption.model_validate_json(body)
        if self.interruptions is None:
            raise InterruptionError("this local cloud interrupts nothing")
        self.interruptions.begin(asked)
        return asked.model_dump(mode="json")

    def _set_capacity(self, body: bytes) -> object:
        wanted = Capacity.model_validate_json(body)
        market.set_empty(wanted.without)
        if self.fill_groups is not None:
            self.fill_groups()
        return wanted.model_dump(mode="json")

    def _settings(self) -> Route53Settings:
        return Route53Settings(
            limit=self._throttled.bucket.limit,
            latency_seconds=self._throttled.latency,
            propagation_seconds=self._propagation.seconds,
        )

    def _set(self, body: bytes) -> object:
        wanted = Route53Settings.model_validate_json(body)
        self._throttled.bucket.set(wanted.limit)
        self._throttled.latency = wanted.latency_seconds
        self._propagation.seconds = wanted.propagation_seconds
        return wanted.model_dump(mode="json")


def _answer(status: HTTPStatus, content: object, start_response: "StartResponse") -> list[bytes]:
    body: bytes = json.dumps(content).encode()
    headers: list[tuple[str, Any]] = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
    ]
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]
