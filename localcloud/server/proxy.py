"""The HTTPS proxy: takes connections to AWS host names to where the local cloud serves them."""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable

from localcloud.server.faults import Strike
from localcloud.tunnel import LONGEST_HEAD, Streams, accept, read_request, refuse

_HTTPS = 443


class Proxy:
    """Serves CONNECT on a loopback port and refuses what is not of the local cloud.

    `strike` says what goes wrong with a new connection to a host, or None; `kill` kills whoever
    leads from one port to another.

    Attributes:
        port: loopback port.
    """

    def __init__(
        self,
        port: int,
        route: Callable[[str], int | None],
        strike: Callable[[str], Strike | None],
        kill: Callable[[Strike, tuple[int, int]], None],
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
        opening = asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=LONGEST_HEAD)
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
            method, target, _ = await read_request(reader)
            upstream = await self._connect(method, target)
            if isinstance(upstream, str):
                await refuse(writer, "403 Forbidden", upstream)
                return
            strike = self._strike(target.rpartition(":")[0])
            if strike is None:
                await accept((reader, writer), upstream)
            else:
                await self._go_wrong(strike, (reader, writer), upstream)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # the client went away, or speaks no HTTP
        except asyncio.CancelledError:
            return  # the proxy ends; raised on, asyncio would log a traceback for each connection
        finally:
            writer.close()

    async def _go_wrong(self, strike: Strike, client: Streams, upstream: Streams) -> None:
        fault, writer = strike.fault, client[1]
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            await accept(client, upstream)
            return
        if fault.when == "after":
            # It lives for a while, and then breaks with whatever was under way.
            try:
                await asyncio.wait_for(accept(client, upstream), fault.seconds)
                return  # it was over before
            except TimeoutError:
                upstream[1].transport.abort()
        else:
            upstream[1].close()
            if fault.kind == "error":
                await refuse(writer, "502 Bad Gateway", "a fault was asked for")
                return
        if fault.kind == "kill":
            peer, own = (writer.get_extra_info(end) for end in ("peername", "sockname"))
            ports = int(peer[1]), int(own[1])
            await asyncio.to_thread(self._kill, strike, ports)
        _break(writer)

    async def _connect(self, method: str, target: str) -> Streams | str:
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
