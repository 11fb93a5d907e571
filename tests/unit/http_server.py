"""An HTTP server on loopback, for as long as a test needs it."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class QuietHandler(BaseHTTPRequestHandler):
    """Base of handlers: it logs nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Drops what would go to standard error."""


@contextmanager
def running(handler: type[BaseHTTPRequestHandler]) -> Generator[int]:
    """Serves on a free port, which is the value, until the block ends."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
