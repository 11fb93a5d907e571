"""CONNECT as a server sees it: a request, an answer, then bytes in both directions."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import TypeAlias

_BUFFER = 64 * 1024

LONGEST_HEAD = 16 * 1024
"""Bytes of a request, at most: the limit of the reader that it is read from."""

Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def read_request(reader: asyncio.StreamReader) -> tuple[str, str, Mapping[str, str]]:
    """Method, target and headers (by lower-case name) of a request without body.

    Raises:
        ValueError: it is no HTTP.
        asyncio.IncompleteReadError: the client went away.
        asyncio.LimitOverrunError: it is too long.
    """
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    return method, target, {name.strip().lower(): value.strip() for name, _, value in pairs}


async def refuse(writer: asyncio.StreamWriter, status: str, why: str) -> None:
    """Answers with a status such as ``403 Forbidden``, and a sentence as the body."""
    body = f"{why}\n".encode()
    writer.write(
        b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)
    )
    await writer.drain()


async def accept(client: Streams, upstream: Streams) -> None:
    """Says that the connection stands, and carries bytes until both ends have ended."""
    client[1].write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    await carry(client, upstream)


async def carry(client: Streams, upstream: Streams) -> None:
    """Carries bytes until both ends have ended."""
    try:
        await asyncio.gather(_pump(client[0], upstream[1]), _pump(upstream[0], client[1]))
    finally:
        upstream[1].close()


async def end_all(servers: Iterable[asyncio.Server]) -> None:
    """Ends servers, and everything else that runs on this loop, which is theirs alone."""
    for server in servers:
        server.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(_BUFFER):
        sink.write(data)
        await sink.drain()
    if sink.can_write_eof():
        sink.write_eof()
    else:  # TLS has no half of an end
        sink.close()
