"""Says yes for admission webhooks whose programs do not run here, and warns that nobody checked.

Only where that is asked for: for all of a local cloud (``--unchecked-webhooks``), or for one
Service by its annotation. Whatever is no admission review gets an error.
"""

import base64
import binascii
import json
import logging
import ssl
import tempfile
import threading
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

from localcloud.cluster.egress import UnservedError
from localcloud.cluster.kube import Object

_log = logging.getLogger(__name__)

ANNOTATION = "localcloud.eks-platform/unchecked-webhook"
"""Of a Service, with the value ``"true"``: its webhooks are answered without a check."""

_PAIR = ("tls.crt", "tls.key")


class Reading(Protocol):
    """Reads one object, see `Kube.get`."""

    def get(self, path: str) -> Object | None:
        """An object, or None when there is none."""
        ...


class UncheckedWebhooks:
    """One server for each Service that is asked, with the certificate that its pods would have."""

    def __init__(self, kube: Reading, *, everywhere: bool = False) -> None:
        """`everywhere`: whether Services need no annotation."""
        self._kube = kube
        self._everywhere = everywhere
        self._lock = threading.Lock()
        self._servers: dict[tuple[str, bytes], ThreadingHTTPServer] = {}

    def stop(self) -> None:
        """Ends every server."""
        with self._lock:
            for server in self._servers.values():
                server.shutdown()
                server.server_close()
            self._servers.clear()

    def are_asked_for(self, service: Object) -> bool:
        """Whether a Service is to be answered without a check."""
        annotations = service["metadata"].get("annotations") or {}
        return self._everywhere or annotations.get(ANNOTATION) == "true"

    def port_of(self, service: Object, pods: Sequence[Object]) -> int:
        """Loopback port of the server of a Service with these pods.

        Raises:
            UnservedError: no Secret of its pods has a certificate.
        """
        meta = service["metadata"]
        place = f"{meta['namespace']}/{meta['name']}"
        certificate, key = self._pair(place, pods)
        with self._lock:
            if (place, certificate) not in self._servers:
                _log.warning("webhooks of Service %s are answered unchecked", place)
                self._servers[place, certificate] = _serve(place, certificate, key)
            return int(self._servers[place, certificate].server_address[1])

    def _pair(self, place: str, pods: Sequence[Object]) -> tuple[bytes, bytes]:
        for namespace, name in _secrets(pods):
            found = self._kube.get(f"/api/v1/namespaces/{namespace}/secrets/{name}") or {}
            data: Mapping[str, str] = found.get("data") or {}
            try:
                certificate, key = (base64.b64decode(data.get(entry, "")) for entry in _PAIR)
            except binascii.Error:
                continue
            if certificate and key:
                return certificate, key
        raise UnservedError(
            f"Service {place}: its pods are simulated, and none of their Secrets has tls.crt and "
            "tls.key, with which it could be answered unchecked"
        )


def _secrets(pods: Sequence[Object]) -> list[tuple[str, str]]:
    """Namespaces and names of the Secrets that pods mount."""
    return [
        (pod["metadata"]["namespace"], volume["secret"]["secretName"])
        for pod in pods
        for volume in pod["spec"].get("volumes") or []
        if "secret" in volume
    ]


def _serve(place: str, certificate: bytes, key: bytes) -> ThreadingHTTPServer:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in _PAIR]
        for path, content in zip(files, (certificate, key), strict=True):
            path.touch(mode=0o600)
            path.write_bytes(content)
        context.load_cert_chain(files[0], files[1])

    class Handler(_Handler):
        service = place

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # The handshake belongs to the connection's own thread: one that never ends holds up no other.
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    name = f"webhooks of {place}"
    threading.Thread(target=server.serve_forever, name=name, daemon=True).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service = ""

    def do_POST(self) -> None:
        review = _review(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        if review is None:
            self._refuse()
            return
        response = {
            "uid": review["request"]["uid"],
            "allowed": True,
            "warnings": [f"not checked by the local cloud: Service {self.service} is simulated"],
        }
        version = review.get("apiVersion")
        self._answer(
            HTTPStatus.OK,
            {"apiVersion": version, "kind": "AdmissionReview", "response": response},
        )

    def do_GET(self) -> None:
        self._refuse()

    def _refuse(self) -> None:
        why = f"Service {self.service} is simulated; only admission reviews are answered for it"
        self._answer(HTTPStatus.NOT_IMPLEMENTED, {"message": why})

    def _answer(self, status: HTTPStatus, body: Mapping[str, object]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
        """Says nothing: the warning is in the answer."""


def _review(body: bytes) -> dict[str, Any] | None:
    """An AdmissionReview with a request, or None where it is something else."""
    try:
        found = json.loads(body)
        asked = found["kind"] == "AdmissionReview" and bool(found["request"]["uid"])
    except (ValueError, KeyError, TypeError):
        return None
    return found if asked else None
