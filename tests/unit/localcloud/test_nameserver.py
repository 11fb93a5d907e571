"""The DNS server, asked over UDP on loopback."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

import dns.exception
import dns.message
import dns.query
import dns.rcode
import pytest

from localcloud import names
from localcloud.processes import free_port
from localcloud.server.names import NameBook, Record
from localcloud.server.nameserver import serve


class Book:
    """Knows one name; one question is too much for it."""

    def zone_of(self, name: str) -> str | None:
        return "devinfra.fr" if name.endswith("devinfra.fr.") else None

    def answer(self, name: str, kind: str) -> list[Record] | None:
        if name.startswith("odd."):
            raise RuntimeError("dictionary changed size during iteration")
        return [Record("web.devinfra.fr", kind, 60, "127.0.2.1")] if name[:3] == "web" else None


@contextmanager
def serving() -> Generator[int]:
    port = free_port()
    servers = serve(cast("NameBook", Book()), port)
    try:
        yield port
    finally:
        for server in servers:
            server.stop()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("web.devinfra.fr", dns.rcode.NOERROR),
        ("none.devinfra.fr", dns.rcode.NXDOMAIN),
        ("pulumi.com", dns.rcode.REFUSED),
        ("odd.devinfra.fr", dns.rcode.SERVFAIL),
    ],
)
def test_every_question_gets_an_answer(name: str, code: dns.rcode.Rcode) -> None:
    query = dns.message.make_query(name, "A")
    with serving() as port:
        answers = [
            ask(query, "127.0.0.1", timeout=60, port=port) for ask in (dns.query.udp, dns.query.tcp)
        ]
    assert [answer.rcode() for answer in answers] == [code, code]


def test_a_question_that_fails_is_not_taken_for_a_name_without_records() -> None:
    with serving() as port:
        assert names.resolve("none.devinfra.fr", "A", port) == []
        with pytest.raises(dns.exception.DNSException, match=r"failed at odd\.devinfra\.fr"):
            names.resolve("odd.devinfra.fr", "A", port)


def test_a_question_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with serving() as port, caplog.at_level(logging.ERROR):
        dns.query.udp(
            dns.message.make_query("odd.devinfra.fr", "A"), "127.0.0.1", timeout=60, port=port
        )
    assert "odd.devinfra.fr" in caplog.text
    assert "dictionary changed size" in caplog.text
