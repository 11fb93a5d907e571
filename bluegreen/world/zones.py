"""Hosted zones of Route 53 by name, and the name servers that their parents name."""

from collections.abc import Iterable, Mapping, Sequence

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from bluegreen.preflight.looks import Look, Unseen
from bluegreen.preflight.zones import FoundZone
from bluegreen.world.aws import Aws
from bluegreen.world.resolver import Server
from settings.names import PROJECT

_TIMEOUT = 3.0  # seconds for one answer
_OURS = f"({PROJECT})"
"""Ends the comment of a zone that the platform made, see `components.dns`."""


def find_zones(aws: Aws, names: Iterable[str]) -> Mapping[str, Sequence[FoundZone]]:
    """Hosted zones of the account, by name. Raises ClientError, BotoCoreError."""
    found: dict[str, list[FoundZone]] = {name: [] for name in names}
    for page in aws.route53.get_paginator("list_hosted_zones").paginate():
        for zone in page["HostedZones"]:
            if (name := zone["Name"].rstrip(".")) in found:
                found[name].append(_zone(aws, zone["Id"]))
    return found


def _zone(aws: Aws, zone_id: str) -> FoundZone:
    answer = aws.route53.get_hosted_zone(Id=zone_id)
    config = answer["HostedZone"].get("Config", {})
    private = bool(config.get("PrivateZone"))
    servers = () if private else answer.get("DelegationSet", {}).get("NameServers", ())
    return FoundZone(
        id=zone_id.rpartition("/")[2],
        private=private,
        servers=tuple(servers),
        vpcs=tuple(it.get("VPCId", "") for it in answer.get("VPCs", ())),
        ours=config.get("Comment", "").endswith(_OURS),
    )


def silent_servers(name: str, servers: Sequence[Server]) -> list[str]:
    """Of some servers those that do not answer for a zone, and what they said instead."""
    query = dns.message.make_query(name, dns.rdatatype.SOA)
    silent: list[str] = []
    for server in servers:
        answer = _ask(query, server)
        if isinstance(answer, str):
            silent.append(answer)
        elif not any(rrset.rdtype == dns.rdatatype.SOA for rrset in answer.answer):
            silent.append(f"{server}: {dns.rcode.to_text(answer.rcode())}, no answer")
    return silent


def known_servers(name: str, resolvers: Sequence[Server]) -> Look[Sequence[str]]:
    """Name servers that the first resolver which answers knows for a zone."""
    query = dns.message.make_query(name, dns.rdatatype.NS)
    silent: list[str] = []
    for resolver in resolvers:
        answer = _ask(query, resolver)
        if isinstance(answer, str):
            silent.append(answer)
            continue
        if answer.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            return [
                record.to_text()
                for rrset in answer.answer
                if rrset.rdtype == dns.rdatatype.NS
                for record in rrset
            ]
        silent.append(f"{resolver}: {dns.rcode.to_text(answer.rcode())}")
    return Unseen(f"no resolver answers for {name}: {'; '.join(silent) or 'there is none'}")


def _ask(query: dns.message.Message, server: Server) -> dns.message.Message | str:
    """What a server answers, or why it does not."""
    try:
        answer, _ = dns.query.udp_with_fallback(
            query, server.address, timeout=_TIMEOUT, port=server.port
        )
    except (dns.exception.DNSException, OSError) as error:
        return f"{server}: {error or type(error).__name__}"
    return answer
