"""Rules about hosted zones: that they are there, answer in the VPC, are delegated, are heard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bluegreen.finding import Finding, judged, note, unseen
from bluegreen.preflight.looks import Look, Unseen, judge
from bluegreen.preflight.wanted import Wanted


@dataclass(frozen=True)
class FoundZone:
    """A hosted zone of Route 53.

    Attributes:
        id: its id.
        private: whether it answers in VPCs alone.
        servers: name servers of its delegation set; none for a private one.
        vpcs: VPCs that a private one is associated with.
        ours: whether the platform made it.
    """

    id: str
    private: bool
    servers: tuple[str, ...]
    vpcs: tuple[str, ...]
    ours: bool = False


def zones(wanted: Wanted, look: Look[Mapping[str, Sequence[FoundZone]]]) -> Finding:
    """Zones that are to be looked up are there, once; those to be made are not.

    Args:
        wanted: what the stack files want.
        look: hosted zones by name.
    """
    rule, says = "zones", "zones that are looked up are there, each once"
    shared = wanted.shared

    def verdict(found: Mapping[str, Sequence[FoundZone]]) -> Finding:
        assert shared is not None  # noqa: S101 - without it nothing is looked at
        broken: list[str] = []
        for kind in ("public", "private", "api"):
            zone = getattr(shared.zones, kind)
            alike = [it for it in found[zone.name] if it.private == (kind == "private")]
            if zone.create or len(alike) == 1:
                continue
            broken.append(
                f"zones.{kind}: Route 53 has {len(alike) or 'no'}"
                f" {'private' if kind == 'private' else 'public'} zones {zone.name}"
            )
        return judged(rule, says, broken, "create: true makes a zone; of two, delete one")

    return judge(rule, says, look, verdict)


def second_zones(wanted: Wanted, look: Look[Mapping[str, Sequence[FoundZone]]]) -> Finding | None:
    """Zones that are to be made and are there already: Route 53 makes a second one gladly.

    Args:
        wanted: what the stack files want.
        look: hosted zones by name.

    Returns None where there are none, or nothing was seen.
    """
    if wanted.shared is None or isinstance(look, Unseen):
        return None
    zones = wanted.shared.zones
    kinds = (("public", zones.public), ("private", zones.private), ("api", zones.api))
    found = [
        f"zones.{kind}: {zone.name} is there already as {it.id}, and is not the platform's"
        for kind, zone in kinds
        if zone.create
        for it in look[zone.name]
        if it.private == (kind == "private") and not it.ours
    ]
    if not found:
        return None
    says = "zones that are to be made are not there yet"
    remedy = "leave create out to use it; nobody delegates to a second one"
    return note("second-zone", says, found, remedy)


def delegation(name: str, zone: FoundZone | None, look: Look[Sequence[str]]) -> Finding:
    """The parent of a public zone names its servers.

    Args:
        name: of the zone.
        zone: as Route 53 has it; None where it is still to be made.
        look: name servers that resolvers know for it.
    """
    rule, says = f"delegation {name}", f"the parent of {name} names its name servers"
    if zone is None:
        return note(rule, says, ["the zone is still to be made"], "delegate it then: docs/aws.md")

    def verdict(known: Sequence[str]) -> Finding:
        asked, right = ({it.rstrip(".").lower() for it in them} for them in (known, zone.servers))
        if asked == right:
            return judged(rule, says, [], "")
        there = ", ".join(sorted(asked)) or "none"
        remedy = f"enter them at the registrar or in the parent zone: {', '.join(sorted(right))}"
        # Nothing but public names waits for it.
        return note(rule, says, [f"resolvers know: {there}"], remedy)

    return judge(rule, says, look, verdict)


def association(wanted: Wanted, zone: FoundZone, look: Look[str | None]) -> Finding:
    """A private zone that was there before answers in the platform's VPC: nothing here sees to it.

    Args:
        wanted: what the stack files want.
        zone: the private zone.
        look: id of the VPC; None where it is still to be made.
    """
    rule, says = "private-zone", "the private zone that is looked up answers in the VPC"
    shared = wanted.shared
    region = shared.region if shared is not None else ""

    def verdict(vpc: str | None) -> Finding:
        command = (
            f"aws route53 associate-vpc-with-hosted-zone --hosted-zone-id {zone.id} --vpc"
            f" VPCRegion={region},VPCId={vpc or 'VPC'}"
        )
        if vpc is None:
            later = f"the VPC is still to be made: {zone.id} does not answer in it by itself"
            return note(rule, says, [later], f"after the first update of shared:\n{command}")
        lacking = [] if vpc in zone.vpcs else [f"{zone.id} is not associated with {vpc}"]
        return judged(rule, says, lacking, command)

    return judge(rule, says, look, verdict)


def heard(silent: Mapping[str, Sequence[str]], private: str) -> Finding:
    """The zones' name servers answer on this machine: a switch waits for what they say.

    Args:
        silent: servers that gave no answer, by zone.
        private: the private zone: outside the VPC nobody answers for it.
    """
    rule, says = "name-servers", "the zones' name servers answer here, as a switch asks them"
    lines = {zone: [f"{zone}: {it}" for it in servers] for zone, servers in silent.items()}
    public = [line for zone, some in lines.items() if zone != private for line in some]
    inside = lines.get(private, [])
    if public:
        return unseen(rule, says, [*public, *inside])
    remedy = "switch where the VPC's resolver is asked, or waive it then: docs/bluegreen.md"
    return note(rule, says, inside, remedy)
