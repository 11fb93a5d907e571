"""The DNS server of the local cloud."""

import logging

from dnslib import CNAME, NS, QTYPE, RCODE, RR, SOA, TXT, A, DNSRecord
from dnslib.dns import RD
from dnslib.server import BaseResolver, DNSLogger, DNSServer

from localcloud.server.names import NameBook, Record

_log = logging.getLogger(__name__)


class Resolver(BaseResolver):
    """Answers from a `NameBook`; names outside every zone are refused, not looked up.

    Every question gets an answer: one that fails is logged, and its answer is SERVFAIL.
    """

    def __init__(self, book: NameBook) -> None:
        self._book = book

    def resolve(self, request: DNSRecord, handler: object) -> DNSRecord:
        """One question, one answer."""
        try:
            return self._answer(request)
        except Exception:  # noqa: BLE001 - logged, and told to the client
            _log.exception("no answer to %s", request.q)
            reply = request.reply(ra=0)
            reply.header.rcode = RCODE.SERVFAIL
            return reply

    def _answer(self, request: DNSRecord) -> DNSRecord:
        reply = request.reply(ra=0)
        name, kind = str(request.q.qname), str(QTYPE[request.q.qtype])
        if self._book.zone_of(name) is None:
            reply.header.rcode = RCODE.REFUSED
            return reply
        found = self._book.answer(name, kind)
        if found is None:
            reply.header.rcode = RCODE.NXDOMAIN
            return reply
        for record in found:
            data = _data(record)
            if data is not None:
                kind_number = getattr(QTYPE, record.type)
                reply.add_answer(RR(record.name, kind_number, rdata=data, ttl=record.ttl))
        return reply


def _data(record: Record) -> RD | None:
    if record.type == "A":
        return A(record.value)
    if record.type == "CNAME":
        return CNAME(record.value)
    if record.type == "TXT":
        return TXT(record.value.strip('"'))
    if record.type == "NS":
        return NS(record.value)
    if record.type == "SOA":
        first, second, *times = record.value.split()
        return SOA(first, second, tuple(int(number) for number in times))
    return None


def serve(book: NameBook, port: int) -> list[DNSServer]:
    """Starts the UDP and the TCP server on one loopback port.

    Raises:
        OSError: the port is taken.
    """
    logger = DNSLogger("-request,-reply,-truncated,-error,-recv,-send,-data")
    servers = [
        DNSServer(Resolver(book), port=port, address="127.0.0.1", tcp=tcp, logger=logger)
        for tcp in (False, True)
    ]
    for server in servers:
        server.start_thread()
    return servers
