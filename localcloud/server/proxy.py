"""The HTTPS proxy: takes connections to AWS host names to where the local cloud serves them."""

import asyncio
import threading
from collections.abc import Callable

_HTTPS = 443
_BUFFER = 64 * 1024
_LONGEST_HEAD = 16 * 1024


class Proxy:
    """Serves CONNECT on a loopback port and refuses what is not of the local cloud.

    Attributes:
        port: loopback port.
    """

    def __init__(self, port: int, route: Callable[[str], int | None]) -> None:
        self.port = port
        self._route = route
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._server: asyncio.Server | None = None

    def start(self) -> None:
        """Begins to serve. Raises OSError when the port is taken."""
        self._thread.start()
        opening = asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=_LONGEST_HEAD)
        self._server = asyncio.run_coroutine_threadsafe(opening, self._loop).result()
        self.port = int(self._server.sockets[0].getsockname()[1])

    def stop(self) -> None:
        """Ends."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
            upstream = await self._connect(method, target)
            if isinstance(upstream, str):
                body = f"{upstream}\n".encode()
                writer.write(
                    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n"
                    b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
                )
                await writer.drain()
                return
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await _join(reader, writer, *upstream)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # the client went away, or speaks no HTTP
        finally:
            writer.close()

    async def _connect(
        self, method: str, target: str
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | str:
        """The connection behind a target, or why there is none."""
        host, _, port = target.rpartition(":")
        if method != "CONNECT" or port != str(_HTTPS):
            return f"the local cloud's proxy serves HTTPS only, not {method} {target}"
        local = self._route(host)
        if local is None:
            return f"the local cloud has no host {host}"
        return await asyncio.open_connection("127.0.0.1", local)


async def _join(
    left: asyncio.StreamReader,
    left_out: asyncio.StreamWriter,
    right: asyncio.StreamReader,
    right_out: asyncio.StreamWriter,
) -> None:
    try:
        await asyncio.gather(_pump(left, right_out), _pump(right, left_out))
    finally:
        right_out.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(_BUFFER):
        sink.write(data)
        await sink.drain()
    if sink.can_write_eof():
        sink.write_eof()
