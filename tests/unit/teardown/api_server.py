"""An API server of a few objects, over HTTP: what the Kubernetes client really asks and reads."""

import json
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Json = Mapping[str, Any]


class FakeApiServer:
    """Lists objects by the path of their list, and deletes them by their own.

    Attributes:
        objects: path of a list → objects.
        deleted: path and query of every deletion, in order.
        status: HTTP status of every answer, if it is not 200.
        refused: path of a list → HTTP status of its answer.
    """

    def __init__(self, objects: Mapping[str, Sequence[Json]]) -> None:
        self.objects = dict(objects)
        self.deleted: list[tuple[str, str]] = []
        self.status = 200
        self.refused: dict[str, int] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Ends."""
        self._server.shutdown()
        self._server.server_close()

    def kubeconfig(self) -> dict[str, Any]:
        """A kubeconfig of it, as an object."""
        server = f"http://127.0.0.1:{self._server.server_port}"
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "it", "cluster": {"server": server}}],
            "users": [{"name": "it", "user": {"token": "secret"}}],
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
            "current-context": "it",
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                if path not in outer.objects:
                    return self._answer(404, {"reason": f"no {path}"})
                kind = {"kind": "List", "apiVersion": "v1", "metadata": {}}
                status = outer.refused.get(path, outer.status)
                return self._answer(status, {**kind, "items": outer.objects[path]})

            def do_DELETE(self) -> None:
                url = urlsplit(self.path)
                outer.deleted.append((url.path, url.query))
                self._answer(outer.status, {"kind": "Status", "apiVersion": "v1"})

            def _answer(self, status: int, body: Json) -> None:
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Says nothing."""

        return Handler
