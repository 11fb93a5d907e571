"""The AWS APIs on one port: moto's, with our EKS, our STS checks and a call log around it."""

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

from localcloud.server.calls import CallLog
from localcloud.server.sts import TrustingSts

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class AwsApi:
    """The HTTP server of all AWS APIs."""

    def __init__(
        self, port: int, log: Path, eks: "WSGIApplication", keys_of: Callable[[str], str | None]
    ) -> None:
        moto = DomainDispatcherApplication(create_backend_app)
        self._moto = moto
        self._eks = eks
        self._sts = TrustingSts(moto, keys_of)
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1",
            port,
            CallLog(self._dispatch, log),
            threaded=True,
            request_handler=_QuietHandler,
        )
        self.port = int(self._server.server_port)
        self._thread = threading.Thread(target=self._server.serve_forever, name="aws", daemon=True)

    def start(self) -> None:
        """Begins to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Ends."""
        self._server.shutdown()

    def _dispatch(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        scope = str(environ.get("HTTP_AUTHORIZATION", "")).partition("Credential=")[2]
        service = scope.split(",")[0].split("/")[3:4]
        if service == ["eks"]:
            return self._eks(environ, start_response)
        form = str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded")
        if service == ["sts"] or (not service and form):
            return self._sts(environ, start_response)
        return self._moto(environ, start_response)


class _QuietHandler(MotoRequestHandler):
    protocol_version = "HTTP/1.1"  # clients keep their connections

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing: changing calls are in the call log."""
