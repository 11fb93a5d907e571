"""The HTTPS proxy: takes connections to AWS host names to where the local cloud serves them."""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from typing import TypeAlias

from localcloud.server.faults import Strike

_HTTPS = 443
_BUFFER = 64 * 1024
_LONGEST_HEAD = 16 * 1024


_Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """Serves CONNECT on a loopback port and refuses what is not of the local cloud.

    `strike` says what goes wrong with a new connection to a host, or None; `kill` kills whoever
    is at a port.

    Attributes:
        port: loopback port.
    """

    def __init__(
        self,
        port: int,
        route: Callable[[str], int | None],
        strike: Callable[[str], Strike | None],
        kill: Callable[[Strike, int], None],
    ) -> None:
        self.port = port
        self._route = route
        self._strike = strike
        self._kill = kill
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
        """Ends, with every connection."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _end(self) -> None:
        if self._server is not None:
            self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
            upstream = await self._connect(method, target)
            if isinstance(upstream, str):
                await _refuse(writer, "403 Forbidden", upstream)
                return
            strike = self._strike(target.rpartition(":")[0])
            if strike is None:
                await _accept((reader, writer), upstream)
            else:
                await self._go_wrong(strike, (reader, writer), upstream)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # the client went away, or speaks no HTTP
        except asyncio.CancelledError:
            return  # the proxy ends; raised on, asyncio would log a traceback for each connection
        finally:
            writer.close()

    async def _go_wrong(self, strike: Strike, client: _Streams, upstream: _Streams) -> None:
        fault, writer = strike.fault, client[1]
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            await _accept(client, upstream)
            return
        if fault.when == "after":
            # It lives for a while, and then breaks with whatever was under way.
            try:
                await asyncio.wait_for(_accept(client, upstream), fault.seconds)
                return  # it was over before
            except TimeoutError:
                upstream[1].transport.abort()
        else:
            upstream[1].close()
            if fault.kind == "error":
                await _refuse(writer, "502 Bad Gateway", "a fault was asked for")
                return
        if fault.kind == "kill":
            port = int(writer.get_extra_info("peername")[1])
            await asyncio.to_thread(self._kill, strike, port)
        _break(writer)

    async def _connect(self, method: str, target: str) -> _Streams | str:
        """The connection behind a target, or why there is none."""
        host, _, port = target.rpartition(":")
        if method != "CONNECT" or port != str(_HTTPS):
            return f"the local cloud's proxy serves HTTPS only, not {method} {target}"
        local = self._route(host)
        if local is None:
            return f"the local cloud has no host {host}"
        return await asyncio.open_connection("127.0.0.1", local)


def _break(writer: asyncio.StreamWriter) -> None:
    """Ends a connection by RST, as one does whose other end is gone."""
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _refuse(writer: asyncio.StreamWriter, status: str, why: str) -> None:
    body = f"{why}\n".encode()
    writer.write(
        b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)
    )
    await writer.drain()


async def _accept(client: _Streams, upstream: _Streams) -> None:
    client[1].write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    try:
        await asyncio.gather(_pump(client[0], upstream[1]), _pump(upstream[0], client[1]))
    finally:
        upstream[1].close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(_BUFFER):
        sink.write(data)
        await sink.drain()
    if sink.can_write_eof():
        sink.write_eof()
