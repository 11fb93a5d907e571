"""Serves what registries answer, by HTTPS."""

import threading
import time
from http.server import BaseHTTPRequestHandler

from localcloud.authority import Authority
from localcloud.faults import REGISTRY
from localcloud.server import tls
from localcloud.server.faults import Faults
from localcloud.server.registries.answers import Registries, Request


class RegistryServer:
    """Serves all registries on one loopback port, by the names of their hosts.

    Attributes:
        hosts: that it answers for.
        port: loopback port.
    """

    def __init__(self, authority: Authority, registries: Registries, faults: Faults) -> None:
        self.hosts = registries.hosts
        self._registries = registries
        self._faults = faults
        self._server = tls.server(authority, "registries", sorted(self.hosts), self._handler())
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def start(self) -> None:
        """Begins to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Ends."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        registries, faults = self._registries, self._faults

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer()

            def do_HEAD(self) -> None:
                self._answer()

            def _answer(self) -> None:
                host = (self.headers.get("Host") or "").partition(":")[0].lower()
                authorization = self.headers.get("Authorization") or ""
                request = Request(self.command, host, self.path, authorization)
                strike = faults.decide(REGISTRY, registries.subject(request))
                kind = strike.fault.kind if strike else ""
                if kind == "reset":
                    self.close_connection = True
                    return
                if kind == "error":
                    self.send_error(503)
                    return
                if strike and kind == "delay":
                    time.sleep(strike.fault.seconds)
                answer = registries.answer(request, empty=kind == "empty")
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.kind)
                self.send_header("Content-Length", str(len(answer.body)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Says nothing: who asks is told."""

        return Handler
