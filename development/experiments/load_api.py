"""The requests a second of now by HTTP on loopback, as a balancer's metrics would say them."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class LoadApi:
    """What is said; others read it.

    Attributes:
        url: where it is read.
        load: requests a second.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.load = 0.0


@contextmanager
def serving() -> Generator[LoadApi]:
    """Serves until the end of the block."""
    api = LoadApi("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = json.dumps({"requests": api.load}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Nothing: it is asked every second."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, name="load", daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
