"""Rules about what the stack files ask for at their most: types, quotas, addresses."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bluegreen.finding import Finding, judged, note
from bluegreen.preflight.looks import Look, judge
from bluegreen.preflight.wanted import Group, Wanted
from catalogue.instance_types import InstanceType, instance_type
from settings.names import Colour
from settings.network import ExistingVpc, OwnNetwork

Capacity = str
"""``on-demand`` or ``spot``."""

_STANDARD = frozenset("acdhimrtz")
_STANDARD_QUOTAS: Mapping[Capacity, str] = {"on-demand": "L-1216C47A", "spot": "L-34B43A08"}
_FAMILY_QUOTAS: Mapping[str, Mapping[Capacity, str]] = {
    "u": {"on-demand": "L-43DA4232"},
    "x": {"on-demand": "L-7295265B", "spot": "L-E3A00192"},
    "hpc": {"on-demand": "L-F7808C92"},
}
"""Quotas of vCPUs by the letters that begin a type's name; types of all other letters are Standard.
https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html"""

_RESERVED = 8
"""Addresses of a subnet beside those of nodes: load balancers want 8 free, EKS 6 and best 16.
https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html"""


@dataclass(frozen=True)
class Offer:
    """What EC2 says of a type in the region.

    Attributes:
        kind: what it is; None where EC2 does not know it there.
        zones: names of the zones in which it can be had.
    """

    kind: InstanceType | None
    zones: frozenset[str]


@dataclass(frozen=True)
class Subnet:
    """A private subnet.

    Attributes:
        id: its id.
        zone: name of its zone.
        free: addresses that nothing has.
    """

    id: str
    zone: str
    free: int


@dataclass(frozen=True, order=True)
class QuotaKey:
    """A quota, as Service Quotas names it.

    Attributes:
        service: such as ``ec2``.
        code: such as ``L-1216C47A``.
        name: for people.
    """

    service: str
    code: str
    name: str


VPCS = QuotaKey("vpc", "L-F678F1CE", "VPCs")
ADDRESSES = QuotaKey("ec2", "L-0263D0A3", "Elastic IP addresses")
CLUSTERS = QuotaKey("eks", "L-1194D53C", "EKS clusters")


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What of a quota is there.

    Attributes:
        vcpus: of running instances that are no nodes of the colours, by quota.
        vpcs: VPCs.
        addresses: Elastic IP addresses.
        clusters: EKS clusters that are no colour's.
        own_network: whether the platform's own network stands already.
    """

    vcpus: Mapping[str, int]
    vpcs: int
    addresses: int
    clusters: int
    own_network: bool


def vcpu_quota(name: str, capacity: Capacity) -> str | None:
    """Code of the quota that vCPUs of a type count in; None if none is known for it."""
    letters = name[: next((i for i, it in enumerate(name) if not it.isalpha()), len(name))]
    if letters in _FAMILY_QUOTAS:
        return _FAMILY_QUOTAS[letters].get(capacity)
    return _STANDARD_QUOTAS[capacity] if letters[:1] in _STANDARD else None


def quotas(wanted: Wanted) -> list[QuotaKey]:
    """Quotas that the stack files draw on."""
    of_groups = {
        QuotaKey("ec2", code, f"vCPUs of {group.settings.capacity} instances ({code})")
        for group in wanted.groups
        if (code := vcpu_quota(group.largest.name, group.settings.capacity))
    }
    of_groups |= {
        QuotaKey("ec2", code, f"vCPUs of {pool.capacity} instances ({code})")
        for pool in wanted.pools
        for code in (_STANDARD_QUOTAS[pool.capacity],)
    }
    network = [VPCS, ADDRESSES] if wanted.gateways else []
    return [*network, CLUSTERS, *sorted(of_groups)]


def instance_types(
    wanted: Wanted, look: Look[Mapping[str, Offer]], zones: Look[Sequence[str]]
) -> list[Finding]:
    """EC2 has each type, as the catalogue knows it; each group can start nodes in each zone."""
    rule, says = "instance-types", "EC2 has the types of the node groups in each zone"

    def verdict(seen: tuple[Mapping[str, Offer], Sequence[str]]) -> Finding:
        offers, there = seen
        broken = [
            *_strange(wanted, offers),
            *(line for group in wanted.groups for line in _homeless(group, offers, there)),
        ]
        return judged(
            rule, says, broken, "take other eks-platform:nodeGroups.NAME.instanceTypes or zones"
        )

    both: Look[tuple[Mapping[str, Offer], Sequence[str]]] = (
        look
        if not isinstance(look, Mapping)
        else zones
        if not isinstance(zones, Sequence)
        else (look, zones)
    )
    found = [judge(rule, says, both, verdict)]
    single = [name for name in wanted.instance_types if not instance_type(name).has_prefixes]
    return [*found, *_without_prefixes(single)]


def _strange(wanted: Wanted, offers: Mapping[str, Offer]) -> Iterator[str]:
    for name in wanted.instance_types:
        offer, known = offers.get(name), instance_type(name)
        if offer is None or offer.kind is None:
            yield f"{name}: EC2 does not have it in the region"
        elif _shape(offer.kind) != _shape(known):
            yield (
                f"{name}: EC2 says {_in_words(offer.kind)}; the catalogue says {_in_words(known)}:"
                " correct catalogue/instance_types_added.txt"
            )


def _shape(kind: InstanceType) -> tuple[str, int, int, bool]:
    return kind.architecture, kind.interfaces, kind.addresses, kind.has_prefixes


def _in_words(kind: InstanceType) -> str:
    prefixes = "prefixes" if kind.has_prefixes else "no prefixes"
    return (
        f"{kind.architecture}, {kind.interfaces} interfaces of {kind.addresses} addresses,"
        f" {prefixes}"
    )


def _homeless(group: Group, offers: Mapping[str, Offer], zones: Sequence[str]) -> Iterator[str]:
    for zone in zones:
        names = group.settings.instance_types
        if not any(zone in offers[name].zones for name in names if name in offers):
            yield f"{group.in_words}: none of its types can be had in {zone}"


def _without_prefixes(names: Sequence[str]) -> list[Finding]:
    if not names:
        return []
    says = "interfaces take prefixes of 16 addresses"
    found = [
        f"{name} takes none: Cilium gives its pods single addresses, each by a call of EC2"
        for name in names
    ]
    return [note("prefixes", says, found, "types of the Nitro system take them")]


def quotas_suffice(
    wanted: Wanted, look: Look[Mapping[QuotaKey, float]], usage: Look[Usage]
) -> Finding:
    """The account's quotas hold what the stack files ask for at their most."""
    rule, says = "quotas", "quotas hold all nodes of `max`, and the network"

    def verdict(seen: tuple[Mapping[QuotaKey, float], Usage]) -> Finding:
        values, used = seen
        lacking = {
            key: (wants, has)
            for key, (wants, has) in _needs(wanted, used).items()
            if key in values and wants + has > values[key]
        }
        broken = [
            f"{key.name}: {wants} wanted{f' beside {has} of others' if has else ''}, the quota is"
            f" {values[key]:g}"
            for key, (wants, has) in lacking.items()
        ]
        commands = [
            f"aws service-quotas request-service-quota-increase --service-code {key.service}"
            f" --quota-code {key.code} --desired-value {wants + has}"
            for key, (wants, has) in lacking.items()
        ]
        lower = "lower `max` in eks-platform:nodeGroups, or ask for more:"
        return judged(rule, says, broken, "\n".join([lower, *commands]))

    both: Look[tuple[Mapping[QuotaKey, float], Usage]] = (
        look
        if not isinstance(look, Mapping)
        else usage
        if not isinstance(usage, Usage)
        else (look, usage)
    )
    return judge(rule, says, both, verdict)


def _needs(wanted: Wanted, used: Usage) -> Mapping[QuotaKey, tuple[int, int]]:
    """What is wanted of each quota, and what of it others have."""
    vcpus: Counter[str] = Counter()
    for group in wanted.groups:
        code = vcpu_quota(group.largest.name, group.settings.capacity)
        if code:
            vcpus[code] += group.largest.vcpus * group.settings.max
    for pool in wanted.pools:
        vcpus[_STANDARD_QUOTAS[pool.capacity]] += pool.max_vcpus
    new = not used.own_network
    found = {CLUSTERS: (len(wanted.colours), used.clusters)}
    if wanted.gateways and new:
        found |= {VPCS: (1, used.vpcs), ADDRESSES: (wanted.gateways, used.addresses)}
    for key in quotas(wanted):
        if key.code in vcpus:
            found[key] = (vcpus[key.code], used.vcpus.get(key.code, 0))
    return found


def network(existing: ExistingVpc, look: Look[Mapping[str, str]]) -> Finding:
    """A VPC that is given, and its subnets, are there.

    Args:
        existing: ids that the stack file gives.
        look: by id those that are there, and in which VPC they lie.
    """
    rule, says = "network", "the VPC and the subnets that are given are there"
    ids = (existing.vpc_id, *existing.public_subnet_ids, *existing.private_subnet_ids)

    def verdict(found: Mapping[str, str]) -> Finding:
        broken = [
            f"{it} lies in {found[it]}, not in {existing.vpc_id}"
            if it in found
            else f"{it} is not there"
            for it in ids
            if found.get(it) != existing.vpc_id
        ]
        remedy = "give ids of the region and account in eks-platform:network.existing"
        return judged(rule, says, broken, remedy)

    return judge(rule, says, look, verdict)


def addresses(
    wanted: Wanted, look: Look[Sequence[Subnet]], standing: Collection[Colour]
) -> Finding:
    """The private subnets hold the nodes and pods of all groups at `max`.

    Args:
        wanted: what the stack files want.
        look: private subnets, as they stand or as they will be; at least one.
        standing: colours whose nodes have their addresses already.
    """
    rule, says = "addresses", "the private subnets hold all nodes of `max`, and their pods"
    new = [group for group in wanted.groups if group.colour not in standing]

    def verdict(subnets: Sequence[Subnet]) -> Finding:
        each = -(-sum(group.addresses for group in new) // len(subnets)) + _RESERVED
        broken = [
            f"{it.id} in {it.zone} has {it.free} free addresses; a third of the nodes with full"
            f" pods, and what EKS and load balancers want, is {each}"
            for it in subnets
            if it.free < each
        ]
        own = wanted.shared is not None and isinstance(wanted.shared.network, OwnNetwork)
        larger = "a larger eks-platform:network.cidr" if own else "larger subnets"
        remedy = f"give {larger}, or lower `max` in eks-platform:nodeGroups"
        return judged(rule, says, broken, remedy)

    return judge(rule, says, look, verdict)
