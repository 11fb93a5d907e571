"""Clients that ask live names all the time, as browsers do: each keeps what DNS told it.

A client asks the DNS server for a name, keeps the answer for its TTL, and sends its requests to
that address; so after a change of the record, traffic moves over within one TTL.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import dns.exception
import dns.message
import dns.query
import dns.rdatatype
import urllib3
from pydantic import BaseModel, ConfigDict, ValidationError

_SERVER = "127.0.0.1"
_DNS_TIMEOUT = 5.0
_HTTP_TIMEOUT = 5.0
_AT_ONCE = 32

NO_ADDRESS = "no address"
"""In the place of a colour: the name did not resolve."""

NO_ANSWER = "no answer"
"""In the place of a colour: nobody listens at the address."""


class Answer(BaseModel):
    """What a load balancer of the local cloud says.

    Attributes:
        colour: of its cluster.
        cluster: EKS cluster.
        load_balancer: its name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    colour: str
    cluster: str
    load_balancer: str


@dataclass
class Resolver:
    """A client's memory of names.

    Attributes:
        ask: addresses of a name and their TTL in seconds; asks the DNS server.
        clock: seconds.
    """

    ask: Callable[[str], tuple[Sequence[str], float]]
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[float, Sequence[str]]] = field(
        default_factory=dict[str, tuple[float, Sequence[str]]]
    )

    def addresses(self, name: str) -> Sequence[str]:
        """Addresses of a name, those from memory as long as they may be kept."""
        until, kept = self._known.get(name, (0.0, ()))
        if self.clock() < until:
            return kept
        found, ttl = self.ask(name)
        self._known[name] = (self.clock() + ttl, found)
        return found


def ask_server(name: str, port: int) -> tuple[Sequence[str], float]:
    """Addresses of a name, and how many seconds they may be kept; none for an unknown name.

    Raises:
        dns.exception.DNSException: the server does not answer.
    """
    query = dns.message.make_query(name, dns.rdatatype.A)
    answer, _ = dns.query.udp_with_fallback(query, _SERVER, timeout=_DNS_TIMEOUT, port=port)
    found = [rrset for rrset in answer.answer if rrset.rdtype == dns.rdatatype.A]
    addresses = [record.to_text() for rrset in found for record in rrset]
    return addresses, float(min((rrset.ttl for rrset in answer.answer), default=0))


class Traffic:
    """Requests to names at a steady rate, from several clients."""

    def __init__(
        self, names: Sequence[str], *, dns_port: int, balancer_port: int, clients: int
    ) -> None:
        self._names = names
        self._port = balancer_port
        self._resolvers = [
            Resolver(lambda name: ask_server(name, dns_port)) for _ in range(clients)
        ]
        self._pool = urllib3.PoolManager(retries=False, maxsize=_AT_ONCE, num_pools=1000)
        self._lock = threading.Lock()
        self.counts: Counter[tuple[str, str]] = Counter()

    def run(self, rate: float, seconds: float, ended: threading.Event) -> None:
        """Sends requests until the time is over or `ended` is set.

        Args:
            rate: requests a second, over all names.
            seconds: how long.
            ended: ends it early.
        """
        end = time.monotonic() + seconds
        due = time.monotonic()
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for number in range(int(rate * seconds)):
                if ended.wait(max(0.0, due - time.monotonic())) or time.monotonic() > end:
                    return
                pool.submit(self._count, self._names[number % len(self._names)])
                due += 1 / rate

    def _count(self, name: str) -> None:
        colour = self.send(name)
        with self._lock:
            self.counts[name, colour] += 1

    def send(self, name: str) -> str:
        """One request of one of the clients; gives the colour that answered."""
        resolver = random.choice(self._resolvers)  # noqa: S311 - no secret
        try:
            addresses = resolver.addresses(name)
        except (OSError, dns.exception.DNSException):
            addresses = ()
        if not addresses:
            return NO_ADDRESS
        try:
            # A new connection each time, as new visitors come with.
            answer = self._pool.request(
                "GET",
                f"http://{addresses[0]}:{self._port}/",
                headers={"Host": name, "Connection": "close"},
                timeout=_HTTP_TIMEOUT,
            )
            return Answer.model_validate_json(answer.data).colour
        except (urllib3.exceptions.HTTPError, ValidationError):
            return NO_ANSWER
