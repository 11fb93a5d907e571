"""A program for a pod: an admission webhook and an aggregated API in one, by HTTPS.

    python -m tests.e2e.cluster.answering_program --listen=HOST:PORT --certificates=FOLDER

The webhook refuses every ConfigMap with the label ``refused``. The API says who asked it, as the
API server's front proxy told it.
"""

import argparse
import json
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

GROUP = "answers.example.org"


class Handler(BaseHTTPRequestHandler):
    """Answers both."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request = review["request"]
        labels = request["object"]["metadata"].get("labels") or {}
        response = {"uid": request["uid"], "allowed": "refused" not in labels}
        if not response["allowed"]:
            response["status"] = {"message": "a program of a pod refuses it"}
        self._answer({**review, "response": response})

    def do_GET(self) -> None:
        if self.path.startswith(f"/apis/{GROUP}/v1/callers/me"):
            user = self.headers.get("X-Remote-User", "nobody")
            self._answer({"kind": "Caller", "apiVersion": f"{GROUP}/v1", "user": user})
        else:
            self._answer(
                {"kind": "APIResourceList", "groupVersion": f"{GROUP}/v1", "resources": []}
            )

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
        print(format % args, flush=True)

    def _answer(self, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", required=True)
    parser.add_argument("--certificates", required=True, type=Path)
    options = parser.parse_args()
    host, _, port = options.listen.partition(":")
    server = ThreadingHTTPServer((host, int(port)), Handler)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(options.certificates / "tls.crt", options.certificates / "tls.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
