"""Asks the local cloud's DNS server for names."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from localcloud.fair_clock import FairClock

SERVER = "127.0.0.1"
"""Where it listens."""

PATIENCE = 180.0
"""Seconds for load balancers and ExternalDNS, whose passes may be a minute apart."""

_PAUSE = 0.5
_TOLD_EVERY = 10.0
_TRIES = 12
_TIMEOUT = 5.0  # seconds for one answer; datagrams get lost, and a busy server is late


def resolve(name: str, kind: str, port: int) -> list[str]:
    """The answer's records of that type as text, without quotes; empty when there is none.

    Raises:
        dns.exception.DNSException: the server does not answer, or says that it failed.
    """
    wanted = dns.rdatatype.from_text(kind)
    found = query(name, wanted, port)
    if found.rcode() == dns.rcode.SERVFAIL:
        raise dns.exception.DNSException(f"the DNS server failed at {name}")
    return [
        record.to_text().strip('"')
        for rrset in found.answer
        if rrset.rdtype == wanted
        for record in rrset
    ]


def query(name: str, kind: dns.rdatatype.RdataType, port: int) -> dns.message.Message:
    """What the DNS server answers to one question. Raises as `resolve`."""
    question = dns.message.make_query(name, kind)

    def once() -> dns.message.Message:
        return dns.query.udp_with_fallback(question, SERVER, timeout=_TIMEOUT, port=port)[0]

    for _ in range(_TRIES - 1):
        with suppress(dns.exception.Timeout):
            return once()
    return once()


def wait_for(
    names: Iterable[str],
    port: int,
    patience: float = PATIENCE,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, list[str]]:
    """Addresses of all `names`, asked until each one resolves.

    Args:
        names: host names.
        port: loopback port of the DNS server.
        patience: seconds of a `FairClock` after which waiting ends, counted from the last name
            that was found.
        say: told every ten seconds what is waited for.

    Raises:
        TimeoutError: some name has no address yet; the message lists all of these.
    """
    clock, began = FairClock(), time.monotonic()
    told = began
    found: dict[str, list[str]] = {}
    missing = list(names)
    while missing:
        for name in missing:
            addresses = resolve(name, "A", port)
            if addresses:
                found[name] = addresses
                clock.restart()
        missing = [name for name in missing if name not in found]
        waited = time.monotonic() - began
        if missing and clock.seconds > patience:
            raise TimeoutError(f"no address after {waited:.0f} s for {', '.join(missing)}")
        if missing and time.monotonic() - told >= _TOLD_EVERY:
            told = time.monotonic()
            say(f"waiting for {', '.join(missing)} since {waited:.0f} s")
        if missing:
            time.sleep(_PAUSE)
    return found
