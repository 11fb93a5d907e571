"""From the name in a kubeconfig to the EKS cluster that a token must be for."""

import os
import re
from collections.abc import Mapping

import dns.exception
import dns.name
import dns.resolver

RESOLVER = "EKS_PLATFORM_RESOLVER"
"""Environment variable: ``HOST:PORT`` of the DNS server to ask, instead of the system's."""

DEADLINE = 5.0
"""Seconds within which DNS must answer, all tries together; kubectl may ask several times."""

_DNS_PORT = 53
_CLUSTER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}")  # what EKS takes as a cluster's name


class LookupFailedError(Exception):
    """It is not known which cluster is meant; the message says why and what to do."""


def find(name: str, environment: Mapping[str, str] | None = None) -> str:
    """Cluster that a name stands for: what its TXT record says, else the name itself.

    EKS allows no dot in a cluster's name, and no record of ours has none, so a name without
    dots is taken as it is. A name that DNS knows no TXT record of is a cluster's own name too.
    But when DNS does not answer, nothing is known, and a guess would be a token for nobody.

    Args:
        name: for example ``eks.devinfra.info``.
        environment: holds `RESOLVER`, perhaps; None takes the process's own.

    Raises:
        LookupFailedError: DNS gave no answer, several, or one that is no cluster's name.
    """
    if "." not in name.rstrip("."):
        return name
    try:
        records = _ask(name, os.environ if environment is None else environment)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return name
    except (dns.exception.DNSException, OSError) as error:
        raise LookupFailedError(
            f"DNS gave no answer for the TXT record of {name}, so the active cluster is not known:"
            f" {error} Check the network (a VPN?), or choose a DNS server with {RESOLVER}=HOST:PORT"
        ) from None
    if len(records) != 1:
        raise LookupFailedError(
            f"{name} has {len(records)} TXT records, where one must name the active cluster:"
            f" {', '.join(records)}"
        )
    if _CLUSTER.fullmatch(records[0]) is None:
        raise LookupFailedError(
            f"the TXT record of {name} is {records[0]!r}, which is no cluster's name:"
            " is it the right name?"
        )
    return records[0]


def _ask(name: str, environment: Mapping[str, str]) -> list[str]:
    resolver = _resolver(environment.get(RESOLVER))
    answer = resolver.resolve(
        dns.name.from_text(name), "TXT", search=False, lifetime=DEADLINE, raise_on_no_answer=True
    )
    # A record is one or more strings that belong together.
    return [b"".join(record.strings).decode("ascii", "replace") for record in answer]


def _resolver(place: str | None) -> dns.resolver.Resolver:
    if not place:
        return dns.resolver.Resolver()
    match = re.fullmatch(r"(?:\[([0-9a-fA-F:]+)\]|([^:]+))(?::([0-9]{1,5}))?", place)
    resolver = dns.resolver.Resolver(configure=False)
    try:
        if match is None:
            raise ValueError("its form is HOST or HOST:PORT")
        resolver.nameservers = [match[1] or match[2]]
        resolver.port = int(match[3] or _DNS_PORT)
    except ValueError as error:
        raise LookupFailedError(f"{RESOLVER}={place} is no DNS server's address: {error}") from None
    return resolver
