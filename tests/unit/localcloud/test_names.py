"""Asking the DNS server, over UDP on loopback."""

import socket
import threading

import dns.exception
import pytest
from dnslib import RR, A, DNSRecord

from localcloud import names


def answering(udp: socket.socket, lost: int) -> threading.Thread:
    """Answers the question that comes after so many that get lost."""

    def serve() -> None:
        for left in reversed(range(lost + 1)):
            data, client = udp.recvfrom(4096)
            if not left:
                reply = DNSRecord.parse(data).reply()
                reply.add_answer(RR("web.devinfra.fr", rdata=A("127.0.2.1")))
                udp.sendto(reply.pack(), client)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_TIMEOUT", 0.2)


@pytest.mark.parametrize("lost", [0, 2])
def test_a_lost_question_is_asked_again(lost: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        thread = answering(udp, lost)
        assert names.resolve("web.devinfra.fr", "A", udp.getsockname()[1]) == ["127.0.2.1"]
        thread.join()


def test_a_server_that_never_answers_is_an_error() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        with pytest.raises(dns.exception.Timeout):
            names.resolve("web.devinfra.fr", "A", udp.getsockname()[1])
