"""What host names mean in the local cloud: Route 53, load balancers, cluster endpoints."""

import hashlib
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.elbv2.models import elbv2_backends
from moto.route53.models import route53_backends

from localcloud.server.identity import PARTITION
from localcloud.server.route53.propagation import Propagation, normalized
from localcloud.state import ACCOUNT_ID

ELB_SUFFIX = ".elb.amazonaws.com"
_TTL = 60  # seconds, for what AWS answers itself
_LONGEST_CHAIN = 8


@dataclass(frozen=True)
class Record:
    """One answer.

    Attributes:
        name: lower case, without a final dot.
        type: for example ``A``.
        ttl: seconds.
        value: as Route 53 writes it; an address, a host name, a quoted text.
    """

    name: str
    type: str
    ttl: int
    value: str


class NameBook:
    """Answers questions about names from what is known at that moment.

    Attributes:
        endpoints: host name of each cluster's endpoint, lower case → port of its API server.
    """

    def __init__(
        self, region: str, endpoints: Callable[[], Mapping[str, int]], propagation: Propagation
    ) -> None:
        self._region = region
        self._propagation = propagation
        self.endpoints = endpoints

    def answer(self, name: str, kind: str) -> list[Record] | None:
        """Records of a name, aliases and CNAMEs followed; None when there is no such name."""
        wanted = name.rstrip(".").lower()
        answers: list[Record] = []
        for _ in range(_LONGEST_CHAIN):
            found = self._records(wanted)
            if found is None:
                return answers or None
            answers += [record for record in found if record.type == kind]
            aliases = [record for record in found if record.type == "CNAME"]
            if kind == "CNAME" or not aliases or any(r.type == kind for r in found):
                return answers
            answers += aliases
            wanted = aliases[0].value.rstrip(".").lower()
        return answers

    def zone_of(self, name: str) -> str | None:
        """The hosted zone that a name lies in, or None: then the answer is nobody's."""
        wanted = name.rstrip(".").lower()
        zones = [zone.name.rstrip(".").lower() for zone in self._zones()]
        fitting = [zone for zone in zones if wanted == zone or wanted.endswith(f".{zone}")]
        if fitting:
            return max(fitting, key=len)
        return "amazonaws.com" if wanted.endswith(".amazonaws.com") else None

    def _zones(self) -> list[Any]:
        return list(route53_backends[ACCOUNT_ID][PARTITION].zones.values())

    def _records(self, name: str) -> list[Record] | None:
        """All records of one name, aliases resolved; None when the name does not exist."""
        if name in self.endpoints():
            return [Record(name, "A", _TTL, "127.0.0.1")]
        if name.endswith(ELB_SUFFIX):
            address = self._load_balancer_address(name)
            return [Record(name, "A", _TTL, address)] if address else None
        apex = self.zone_of(name)
        zones = [zone for zone in self._zones() if normalized(zone.name) == apex]
        known = [self._propagation.answers(zone) for zone in zones]
        sets = [entry for answers in known for entry in answers.record_sets_for(name)]
        found = [record for entry in sets for record in self._from_set(name, entry)]
        # A name below which others exist does exist itself, without records.
        exists = bool(sets) or any(name in answers.inner_names for answers in known)
        return found if exists else None

    def _from_set(self, name: str, entry: Any) -> list[Record]:  # noqa: ANN401 - moto's own
        if entry.alias_target:
            target = str(entry.alias_target["DNSName"]).rstrip(".").lower()
            if entry.type != "A":
                return []  # the load balancers here have no IPv6 addresses
            found = self._records(target.removeprefix("dualstack.")) or []
            return [Record(name, "A", _TTL, r.value) for r in found if r.type == "A"]
        return [Record(name, entry.type, int(entry.ttl), str(value)) for value in entry.records]

    def _load_balancer_address(self, name: str) -> str | None:
        balancers = list(elbv2_backends[ACCOUNT_ID][self._region].load_balancers.values())
        exists = any(balancer.dns_name.lower() == name for balancer in balancers)
        return load_balancer_address(name) if exists else None


def load_balancer_address(host: str) -> str:
    """The loopback address of the load balancer with this host name, lower case."""
    digest = hashlib.sha256(host.encode()).digest()
    # 127.1.0.0 to 127.254.255.255: loopback, and none that programs listen on.
    first = 1 + digest[0] % 254
    return str(ipaddress.IPv4Address(bytes((127, first, digest[1], digest[2]))))
