"""Name servers are asked over real DNS, on loopback."""

from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager

import pytest
from dnslib import QTYPE, RCODE, RR, A, DNSRecord
from dnslib.server import BaseResolver, DNSLogger, DNSServer

from bluegreen.world import resolver
from bluegreen.world.resolver import Addresses, Question, ResolverError, Server, Unmoved

OLD, NEW = "old.elb.amazonaws.com", "new.elb.amazonaws.com"
HOSTS = {OLD: ["127.0.1.1"], NEW: ["127.0.2.1", "127.0.2.2"]}

Book = Mapping[str, list[str]]
Serve = Callable[[Book], AbstractContextManager[Server]]


class _Answers(BaseResolver):
    def __init__(self, book: Book) -> None:
        self._book = book

    def resolve(self, request: DNSRecord, handler: object) -> DNSRecord:
        reply = request.reply()
        name = str(request.q.qname).rstrip(".")
        if name not in self._book:
            reply.header.rcode = RCODE.NXDOMAIN
        for address in self._book.get(name, []):
            reply.add_answer(RR(name, QTYPE.A, rdata=A(address), ttl=60))
        return reply


@contextmanager
def serving(book: Book) -> Generator[Server]:
    quiet = DNSLogger("-request,-reply,-truncated,-error,-recv,-send,-data")
    server = DNSServer(_Answers(book), port=0, address="127.0.0.1", logger=quiet)
    server.start_thread()
    try:
        yield Server("127.0.0.1", server.server.server_address[1])
    finally:
        server.stop()
        server.server.server_close()


def left(name_answers: Book, hosts: tuple[str, ...] = (NEW,)) -> Mapping[str, Unmoved]:
    with serving({**HOSTS, **name_answers}) as server:
        question = Question("web.example.com", hosts, (OLD,), (server,))
        return named(resolver.find_unmoved([question], Addresses([server])))


def named(found: Mapping[Question, Unmoved]) -> Mapping[str, Unmoved]:
    return {question.name: unseen for question, unseen in found.items()}


def test_a_name_that_leads_to_the_new_load_balancer_is_seen() -> None:
    assert left({"web.example.com": ["127.0.2.2"]}) == {}


@pytest.mark.parametrize(
    ("answer", "says", "blank"),
    [
        (["127.0.1.1"], "gives 127.0.1.1", False),
        (["127.0.1.1", "127.0.2.1"], "gives 127.0.1.1, 127.0.2.1", False),
        (["192.0.2.9"], "gives 192.0.2.9", False),
        ([], "gives no address", True),
    ],
)
def test_any_other_answer_is_not(answer: list[str], says: str, blank: bool) -> None:
    (unseen,) = left({"web.example.com": answer}).values()
    assert says in unseen.reason
    assert unseen.blank == blank


@pytest.mark.parametrize("old_first", [True, False])
def test_an_old_address_weighs_more_than_a_server_that_gives_none(old_first: bool) -> None:
    with serving({**HOSTS, "web.example.com": ["127.0.1.1"]}) as old, serving(HOSTS) as none:
        servers = (old, none) if old_first else (none, old)
        question = Question("web.example.com", (NEW,), (OLD,), servers)
        found = resolver.find_unmoved([question], Addresses([old]))
    assert named(found) == {"web.example.com": Unmoved(f"{old} gives 127.0.1.1", blank=False)}


@pytest.mark.parametrize("name", ["web..example.com", f"{'x' * 64}.example.com"])
def test_a_name_that_is_no_dns_name_has_no_address(name: str) -> None:
    with serving(HOSTS) as server:
        assert resolver.query_ipv4(server, name) is None


def test_a_name_that_does_not_exist_is_not_seen() -> None:
    assert list(left({})) == ["web.example.com"]


def test_an_address_of_a_shared_load_balancer_is_no_old_one() -> None:
    assert left({"web.example.com": ["127.0.1.1"]}, (OLD,)) == {}


def test_every_server_must_agree() -> None:
    new, old = {"web.example.com": ["127.0.2.1"]}, {"web.example.com": ["127.0.1.1"]}
    with serving({**HOSTS, **new}) as first, serving({**HOSTS, **old}) as second:
        question = Question("web.example.com", (NEW,), (OLD,), (first, second))
        found = resolver.find_unmoved([question], Addresses([first]))
    assert named(found) == {"web.example.com": Unmoved(f"{second} gives 127.0.1.1", blank=False)}


def test_a_server_that_is_silent_has_not_agreed() -> None:
    with serving(HOSTS) as server:
        pass
    assert resolver.query_ipv4(server, NEW) is None


def test_addresses_are_gathered_over_time() -> None:
    book = dict(HOSTS)
    with serving(book) as server:
        addresses = Addresses([server])
        addresses.look_up([NEW])
        book[NEW] = ["127.0.2.3"]
        addresses.look_up([NEW])
    assert addresses.known_for([NEW]) == {"127.0.2.1", "127.0.2.2", "127.0.2.3"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("127.0.0.1:15353", ("127.0.0.1", 15353)), ("127.0.0.1", ("127.0.0.1", 53))],
)
def test_a_resolver_is_host_and_port(text: str, expected: tuple[str, int]) -> None:
    found = resolver.parse_server(text)
    assert (found.address, found.port) == expected


@pytest.mark.parametrize("text", ["", ":53", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:70000"])
def test_anything_else_is_an_error(text: str) -> None:
    with pytest.raises(ResolverError):
        resolver.parse_server(text)
