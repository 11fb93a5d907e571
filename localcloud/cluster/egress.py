"""The way into a cluster's network: who connects to an address there is told what stands for it.

Addresses of Services, pods and nodes lead nowhere on this machine. The API server asks here for
each connection to one (admission webhooks, aggregated APIs, kubelets), as a control plane outside
of the network does with konnectivity, and so do the programs that run as processes of pods.
"""

import asyncio
import base64
import binascii
import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote, unquote

from localcloud.tunnel import LONGEST_HEAD, Streams, accept, end_all, read_request, refuse

_log = logging.getLogger(__name__)

SOCKET = "egress.sock"
"""Name of the API server's socket in the cluster's folder."""

Route: TypeAlias = Callable[[str, int], Sequence[int]]
"""Address and port → loopback ports of whatever stands for them, each as good as the others; raises
UnservedError."""


class UnservedError(Exception):
    """Nobody serves that address; the message says what is there instead."""


class Egress:
    """Answers CONNECT, on a Unix socket for the API server and on a loopback port for programs."""

    def __init__(self, cluster: str, folder: Path) -> None:
        """Binds the socket in `folder`; nobody is answered before `start`."""
        self._cluster = cluster
        self._route: Route = _nowhere
        self._said: set[str] = set()
        self._sockets = (_bind(folder), socket.create_server(("127.0.0.1", 0)))
        self._port = int(self._sockets[1].getsockname()[1])
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name=f"egress {cluster}", daemon=True
        )
        self._servers: list[asyncio.Server] = []

    def start(self, route: Route) -> None:
        """Begins to answer; `route` is asked about every connection."""
        self._route = route
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()

    def stop(self) -> None:
        """Ends, with every connection."""
        if not self._thread.is_alive():
            for listening in self._sockets:
                listening.close()
            return
        asyncio.run_coroutine_threadsafe(end_all(self._servers), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def proxy_url(self, who: str) -> str:
        """What a program has as HTTPS_PROXY; `who` it is stands in messages."""
        return f"http://{quote(who, safe='')}@127.0.0.1:{self._port}"

    async def _open(self) -> None:
        api, programs = self._sockets
        self._servers = [
            await asyncio.start_unix_server(
                lambda reader, writer: self._serve(reader, writer, "its API server"),
                sock=api,
                limit=LONGEST_HEAD,
            ),
            await asyncio.start_server(
                lambda reader, writer: self._serve(reader, writer, ""),
                sock=programs,
                limit=LONGEST_HEAD,
            ),
        ]

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, who: str
    ) -> None:
        try:
            method, target, headers = await read_request(reader)
            who = who or _who(headers)
            try:
                upstream = await self._connect(method, target)
            except UnservedError as error:
                why = f"nobody serves {target}: {error}"
                self._say(f"{self._cluster}: {who} asked for a connection, but {why}")
                # The API server shows the status line alone.
                await refuse(writer, f"502 {_one_line(why)}", why)
                return
            await accept((reader, writer), upstream)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # one end went away, or the client speaks no HTTP
        except asyncio.CancelledError:
            return  # it ends; raised on, asyncio would log a traceback for each connection
        finally:
            writer.close()

    async def _connect(self, method: str, target: str) -> Streams:
        host, _, port = target.rpartition(":")
        if method != "CONNECT" or not port.isdecimal():
            raise UnservedError("only CONNECT ADDRESS:PORT is answered here")
        # Of a Service's pods some may not listen: only the leader does, or one still starts.
        for local in await asyncio.to_thread(self._route, host.strip("[]"), int(port)):
            with contextlib.suppress(ConnectionRefusedError):
                return await asyncio.open_connection("127.0.0.1", local)
        raise UnservedError("its program does not listen yet")

    def _say(self, text: str) -> None:
        """Once: an aggregated API that is away is asked for again and again."""
        if text not in self._said:
            self._said.add(text)
            _log.warning("%s", text)


def _nowhere(_host: str, _port: int) -> Sequence[int]:
    raise UnservedError("the cluster only starts")


def _bind(folder: Path) -> socket.socket:
    """The listening socket; its address may have 107 bytes at most, so the folder is a number."""
    listening = socket.socket(socket.AF_UNIX)
    descriptor = os.open(folder, os.O_PATH)
    try:
        (folder / SOCKET).unlink(missing_ok=True)
        listening.bind(f"/proc/self/fd/{descriptor}/{SOCKET}")
    finally:
        os.close(descriptor)
    (folder / SOCKET).chmod(0o600)
    listening.listen(128)
    return listening


def _who(headers: Mapping[str, str]) -> str:
    """The user name of a proxy's address, which is what `Egress.proxy_url` was told."""
    _, _, encoded = headers.get("proxy-authorization", "").partition(" ")
    try:
        name = base64.b64decode(encoded, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        name = ""
    return unquote(name) or "a program"


def _one_line(text: str) -> str:
    return " ".join(text.encode("ascii", "replace").decode().split())
