"""The proxy leads to where hosts are served, and lets connections go wrong when asked to."""

import logging
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from localcloud.faults import KUBERNETES, Fault
from localcloud.server.faults import Faults, Strike
from localcloud.server.proxy import Proxy

HOST = "abc.gr7.eu-west-1.eks.amazonaws.com"
DEADLINE = 600.0
"""Seconds that a socket may wait: no answer at all is a failure, a late one is none."""


@dataclass
class Running:
    """A proxy with one host behind it, which says back what it hears."""

    proxy: Proxy
    faults: Faults
    killed: list[tuple[int, int]]

    def connect(self, host: str = HOST) -> tuple[socket.socket, bytes]:
        """A connection and the proxy's first answer."""
        client = socket.create_connection(("127.0.0.1", self.proxy.port), DEADLINE)
        client.sendall(f"CONNECT {host}:443 HTTP/1.1\r\n\r\n".encode())
        return client, client.recv(1000)


def echo() -> tuple[socket.socket, int]:
    """A server that says back what it hears, in threads of its own."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection:
            while data := connection.recv(1000):
                connection.sendall(data)

    def accept() -> None:
        try:
            while True:
                connection, _ = server.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()
        except OSError:
            return  # it is closed

    threading.Thread(target=accept, daemon=True).start()
    return server, int(server.getsockname()[1])


@contextmanager
def started() -> Generator[Running]:
    server, port = echo()
    faults, killed = Faults(), list[tuple[int, int]]()

    def strike(host: str) -> Strike | None:
        assert host == HOST
        return faults.decide(KUBERNETES, "eks-blue")

    proxy = Proxy(
        0,
        lambda host: port if host == HOST else None,
        strike,
        lambda _strike, peer: killed.append(peer),
    )
    proxy.start()
    yield Running(proxy, faults, killed)
    proxy.stop()
    server.close()


@pytest.fixture
def running() -> Generator[Running]:
    with started() as found:
        yield found


def is_broken(client: socket.socket) -> bool:
    """Whether the other end breaks the connection."""
    try:
        return client.recv(1000) == b""
    except ConnectionResetError:
        return True


def test_a_connection_works(running: Running) -> None:
    client, answer = running.connect()
    assert answer.startswith(b"HTTP/1.1 200 ")
    client.sendall(b"hello")
    assert client.recv(1000) == b"hello"
    _, answer = running.connect("example.com")
    assert answer.startswith(b"HTTP/1.1 403 ")


def test_a_connection_is_refused_once(running: Running) -> None:
    running.faults.add([Fault(service=KUBERNETES, action="eks-blue", kind="error", count=1)])
    assert running.connect()[1].startswith(b"HTTP/1.1 502 ")
    assert running.connect()[1].startswith(b"HTTP/1.1 200 ")


def test_a_connection_breaks_at_once(running: Running) -> None:
    running.faults.add([Fault(service=KUBERNETES, kind="reset")])
    with pytest.raises(ConnectionResetError):
        running.connect()


def test_a_connection_breaks_after_a_while(running: Running) -> None:
    running.faults.add([Fault(service=KUBERNETES, kind="reset", when="after", seconds=0.5)])
    client, answer = running.connect()
    assert answer.startswith(b"HTTP/1.1 200 ")
    client.sendall(b"hello")
    assert client.recv(1000) == b"hello"
    assert is_broken(client)


def test_who_connects_can_be_killed(running: Running) -> None:
    running.faults.add([Fault(service=KUBERNETES, kind="kill")])
    client = socket.create_connection(("127.0.0.1", running.proxy.port), DEADLINE)
    client.sendall(f"CONNECT {HOST}:443 HTTP/1.1\r\n\r\n".encode())
    assert is_broken(client)
    assert running.killed == [(client.getsockname()[1], running.proxy.port)]


def test_a_late_connection_works(running: Running) -> None:
    running.faults.add([Fault(service=KUBERNETES, kind="delay", seconds=0.1)])
    client, answer = running.connect()
    assert answer.startswith(b"HTTP/1.1 200 ")
    client.sendall(b"hello")
    assert client.recv(1000) == b"hello"


def test_it_ends_quietly_with_open_connections(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), started() as running:
        client, answer = running.connect()
        assert answer.startswith(b"HTTP/1.1 200 ")
    assert is_broken(client)
    assert caplog.text == ""
