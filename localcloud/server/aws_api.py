"""The AWS APIs on one port: moto's, with our EKS, permissions, limits, faults and a log."""

import logging
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer, make_server

from localcloud.control import PREFIX
from localcloud.server.calls import CallLog
from localcloud.server.cloudtrail.lookup import CloudTrail
from localcloud.server.control import ControlApi
from localcloud.server.ec2.pricing import Pricing
from localcloud.server.faults import Faults, FaultyAws
from localcloud.server.operations import service_of
from localcloud.server.permissions.enforcement import Enforcement
from localcloud.server.permissions.record import Record
from localcloud.server.route53 import extension
from localcloud.server.route53.limits import Throttled
from localcloud.server.route53.propagation import Propagation
from localcloud.server.rpc_v2_cbor import RpcV2Cbor
from localcloud.server.sts import Issuer, TrustingSts
from localcloud.server_settings import Route53Settings
from localcloud.state import DENIED_CALLS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class AwsApi:
    """The HTTP server of all AWS APIs, and of the local cloud's control API.

    Attributes:
        port: loopback port.
        faults: those that were asked for.
        propagation: changes of Route 53 on their way to name servers.
        control: the local cloud's control API.
    """

    def __init__(
        self,
        port: int,
        log: Path,
        eks: "WSGIApplication",
        issuer_of: Callable[[str], Issuer | None],
        route53: Route53Settings,
    ) -> None:
        moto = DomainDispatcherApplication(create_backend_app)
        throttled = Throttled(moto, route53)
        self.faults = Faults()
        self.propagation = Propagation(route53.propagation_seconds)
        self._uninstall = extension.install(self.propagation)
        self._moto = moto
        self._services: dict[str, WSGIApplication] = {
            "eks": eks,
            "sts": TrustingSts(moto, issuer_of),
            "route53": throttled,
            "cloudtrail": CloudTrail(log),
            "elasticloadbalancing": OneAtATime(moto),
            "pricing": Pricing(),
        }
        record = Record(log.with_name(DENIED_CALLS))
        enforced = Enforcement(self._dispatch, record)
        self._calls = CallLog(FaultyAws(enforced, self.faults), log)
        self._api = RpcV2Cbor(self._calls)
        self.control = ControlApi(self.faults, self._calls, throttled, self.propagation, record)
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", port, self._serve, threaded=True, request_handler=_QuietHandler
        )
        self.port = int(self._server.server_port)
        self._thread = threading.Thread(target=self._server.serve_forever, name="aws", daemon=True)

    def start(self) -> None:
        """Begins to serve."""
        self._thread.start()

    def changing(self, *services: str) -> int:
        """See `CallLog.changing`."""
        return self._calls.changing(*services)

    def stop(self) -> None:
        """Ends."""
        self._server.shutdown()
        self._server.server_close()
        self._uninstall()

    def _serve(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        ours = str(environ["PATH_INFO"]).startswith(PREFIX)
        return (self.control if ours else self._api)(environ, start_response)

    def _dispatch(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        service = service_of(environ)
        form = str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded")
        if service == "sts" and not environ.get("HTTP_AUTHORIZATION") and not form:
            return self._moto(environ, start_response)  # moto's own pages
        return self._services.get(service, self._moto)(environ, start_response)


class OneAtATime:
    """An application that bears one thread alone: moto's, which two controllers call at once."""

    def __init__(self, inner: "WSGIApplication") -> None:
        self._inner = inner
        self._lock = threading.Lock()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answers one request, after those before it."""
        with self._lock:
            return list(self._inner(environ, start_response))


class _QuietHandler(MotoRequestHandler):
    protocol_version = "HTTP/1.1"  # clients keep their connections

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing: changing calls are in the call log."""
