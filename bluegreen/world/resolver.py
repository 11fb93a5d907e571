"""What name servers answer: the last word on whether a change has arrived.

ExternalDNS makes the changes, so their change ids, which Route 53's GetChange wants, are not
known here, and Route 53 has no list of changes. A change of our own to the same zone would have
an id, but would write what is not ours and, as no order is promised, prove nothing. So the zone's
authoritative servers are asked themselves: once each of them gives an address of the new load
balancer and none of the old one's, the change is INSYNC in the sense that matters. It also costs
none of the 5 requests a second that Route 53 takes from the whole account.

A private zone has no authoritative servers that answer; the VPC's resolver is asked instead,
which this machine's configuration names when it is in the VPC. ``--resolver`` replaces both.
"""

import ipaddress
import socket
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver

from bluegreen.errors import OperatorError

_TIMEOUT = 3.0  # seconds for one answer
_THREADS = 16
_PORT = 53


@dataclass(frozen=True)
class Server:
    """A name server.

    Attributes:
        address: IP address.
        port: UDP port.
        name: what to call it.
    """

    address: str
    port: int = _PORT
    name: str = ""

    def __str__(self) -> str:
        return self.name or f"{self.address}:{self.port}"


class ResolverError(OperatorError):
    """A resolver is not given as HOST or HOST:PORT, or there is none, or its name is unknown."""


def parse_server(text: str) -> Server:
    """A server from ``HOST`` or ``HOST:PORT``.

    Raises:
        ResolverError: it is neither, or the host has no address.
    """
    host, colon, port = text.rpartition(":")
    if not colon:
        host, port = text, str(_PORT)
    if not host or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise ResolverError(f"{text!r} is no resolver: expected HOST or HOST:PORT")
    return Server(_address(host), int(port), text)


def system_servers() -> list[Server]:
    """Resolvers of this machine. Raises ResolverError when it has none."""
    try:
        found = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration as error:
        raise ResolverError("this machine has no resolver; give one with --resolver") from error
    return [Server(str(address), found.port) for address in found.nameservers]


def authoritative_servers(names: Iterable[str]) -> list[Server]:
    """Servers of a delegation set. Raises ResolverError when a name has no address."""
    return [Server(_address(name), name=name) for name in names]


def query_ipv4(server: Server, name: str) -> frozenset[str] | None:
    """IPv4 addresses that a server gives for a name; None when it says nothing of use."""
    try:
        query = dns.message.make_query(name, dns.rdatatype.A)
        answer, _ = dns.query.udp_with_fallback(
            query, server.address, timeout=_TIMEOUT, port=server.port
        )
    except (dns.exception.DNSException, OSError):
        return None
    if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return None
    return frozenset(
        record.to_text()
        for rrset in answer.answer
        if rrset.rdtype == dns.rdatatype.A
        for record in rrset
    )


_ANY = "bluegreen-wildcard"
"""A label that no application asks for, it is hoped, in the place of an asterisk."""


@dataclass(frozen=True)
class Question:
    """One live name, asked of all servers of its zone.

    Attributes:
        name: DNS name.
        hosts: load balancers that it must lead to.
        old_hosts: load balancers that it may not lead to any more.
        servers: whom to ask.
    """

    name: str
    hosts: tuple[str, ...]
    old_hosts: tuple[str, ...]
    servers: tuple[Server, ...]

    @property
    def query_name(self) -> str:
        """The name that is asked for: of a wildcard, one that it stands for."""
        return self.name.replace("*", _ANY, 1)


@dataclass(frozen=True)
class Unmoved:
    """Why a name counts as not moved.

    Attributes:
        said: which server said what.
        blank: no server gave another address, but some gave none: perhaps they cannot be heard.
    """

    reason: str
    blank: bool


class Addresses:
    """Addresses of load balancers, gathered over time: one answer may hold only some of them.

    Args:
        resolvers: recursive resolvers.
    """

    def __init__(self, resolvers: Sequence[Server]) -> None:
        self._resolvers = resolvers
        self._known: dict[str, frozenset[str]] = {}

    def look_up(self, hosts: Iterable[str]) -> None:
        """Asks for hosts, all of them at once."""
        wanted = sorted(set(hosts))
        with ThreadPoolExecutor(_THREADS) as pool:
            for host, found in zip(wanted, pool.map(self._query, wanted), strict=True):
                self._known[host] = self._known.get(host, frozenset()) | found

    def known_for(self, hosts: Iterable[str]) -> frozenset[str]:
        """Known addresses of hosts."""
        return frozenset().union(*(self._known.get(host, frozenset()) for host in hosts))

    def _query(self, host: str) -> frozenset[str]:
        if _is_address(host):
            return frozenset((host,))
        for server in self._resolvers:
            found = query_ipv4(server, host)
            if found:
                return found
        return frozenset()


def find_unmoved(questions: Sequence[Question], addresses: Addresses) -> Mapping[Question, Unmoved]:
    """Names that not every server gives with an address of the new load balancers alone.

    Args:
        questions: what to ask.
        addresses: of load balancers; asked again here.

    Returns question → why its name counts as not moved.
    """
    addresses.look_up(host for q in questions for host in (*q.hosts, *q.old_hosts))
    pairs = [(question, server) for question in questions for server in question.servers]
    with ThreadPoolExecutor(_THREADS) as pool:
        answers = list(pool.map(lambda pair: query_ipv4(pair[1], pair[0].query_name), pairs))
    left: dict[Question, Unmoved] = {}
    for (question, server), answer in zip(pairs, answers, strict=True):
        new, old = addresses.known_for(question.hosts), addresses.known_for(question.old_hosts)
        if not answer:
            left.setdefault(question, Unmoved(f"{server} gives no address", blank=True))
        elif not answer & new or answer & (old - new):
            said = f"{server} gives {', '.join(sorted(answer))}"
            left[question] = Unmoved(said, blank=False)
    return left


def _address(host: str) -> str:
    try:
        return str(socket.getaddrinfo(host, None, socket.AF_INET)[0][4][0])
    except OSError as error:
        raise ResolverError(f"name server {host} has no IPv4 address: {error}") from error


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
