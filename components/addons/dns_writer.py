"""What one ExternalDNS writes, as plain values: its names, its arguments, its permissions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from components.addons.live_names import EVERY_NAME, LiveNames
from components.policy import Statement
from settings.names import COLOURS, Colour, cluster_name

_NAMES = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
_TYPES = "route53:ChangeResourceRecordSetsRecordTypes"

# What an ExternalDNS makes for a load balancer, and the TXT record that says whose it is.
_RECORD_TYPES = ("A", "AAAA", "CNAME", "TXT")

# All writers of both colours share the account's 5 requests a second: see bench/live_names.py.
_ROUTE53_QUOTA = (
    # A writer's zone never changes; without it every pass asks for all zones, three times.
    "--aws-zones-cache-duration=1h",
    # Quiet passes read no zone, which at 1,000 live names is 14 requests or more. It is emptied
    # before every change, so a failed one is tried again at the next pass; --txt-cache-interval
    # would take it for done. Damage from outside is mended when it runs out.
    "--provider-cache-time=5m",
    # A batch that is refused falls apart into one request for each of its names, so a throttled
    # one is rather tried for a while: from 3 to 10 times.
    "--aws-api-retries=10",
    # Batches keep ExternalDNS's size (Route 53's limits) and pause (1 s): two live writers
    # take 2 of the 5 requests a second. The pages of a listing have no pause, and no argument
    # gives them one: whether some are refused is decided by how fast Route 53 answers, see
    # docs/switch.md.
)

_ANNOTATIONS = {"private": "PrivateDNSName", "public": "PublicDNSName"}


@dataclass(frozen=True)
class ZoneRef:
    """A hosted zone.

    Attributes:
        id: Route 53 id, without ``/hostedzone/``.
        name: DNS name, without a final dot.
        arn: ARN, for policies.
    """

    id: str
    name: str
    arn: str


@dataclass(frozen=True, kw_only=True)
class Writer:
    """One ExternalDNS: it writes one kind of name in one zone.

    Attributes:
        colour: the cluster it runs on.
        visibility: kind of its zone.
        zone: the only zone it writes.
        live: it writes ``NAME.ZONE``; otherwise ``NAME.eks-COLOUR.ZONE``.
        names: which live names of its zone it writes; with none it must not run.
    """

    colour: Colour
    visibility: Literal["private", "public"]
    zone: ZoneRef
    live: bool
    names: LiveNames = EVERY_NAME

    @property
    def name(self) -> str:
        """Name of its Kubernetes objects, and its label ``app``."""
        return f"{'live-' if self.live else ''}external-dns-{self.visibility}"

    @property
    def domain(self) -> str:
        """What follows the name that an application asked for."""
        return self.zone.name if self.live else _cluster_domain(self.colour, self.zone)

    @property
    def owner_id(self) -> str:
        """TXT owner id. That of a live writer names no colour, so either one can take over."""
        return f"ingress.{self.domain}" if self.live else f"ingress-{self.domain}"

    @property
    def annotation(self) -> str:
        """Annotation of Services and Ingresses that asks for a name."""
        return _ANNOTATIONS[self.visibility]

    @property
    def foreign_domains(self) -> tuple[str, ...]:
        """Domains in its zone that belong to other writers, whatever an annotation says."""
        if not self.live:
            return ()
        return tuple(_cluster_domain(colour, self.zone) for colour in COLOURS)


def writers(
    colour: Colour,
    *,
    private_zone: ZoneRef,
    public_zone: ZoneRef,
    live: bool,
    names: LiveNames = EVERY_NAME,
) -> tuple[Writer, Writer]:
    """The private and the public writer of a pair.

    Args:
        colour: the cluster that they run on.
        private_zone: zone of the one.
        public_zone: zone of the other.
        live: they write ``NAME.ZONE``.
        names: which live names they write, of both zones; only for live ones.
    """

    def writer(visibility: Literal["private", "public"], zone: ZoneRef) -> Writer:
        return Writer(
            colour=colour,
            visibility=visibility,
            zone=zone,
            live=live,
            names=names.below(zone.name),
        )

    return writer("private", private_zone), writer("public", public_zone)


def arguments(writer: Writer, *, interval_seconds: int, log_level: str) -> list[str]:
    """Arguments of the container, in a fixed order.

    Args:
        writer: what it writes.
        interval_seconds: seconds between two full passes.
        log_level: debug, info, warning or error.
    """
    return [
        "--source=service",
        "--source=ingress",
        *_filters(writer),
        # A public and a private zone may share a name; the id cannot be mistaken.
        f"--zone-id-filter={writer.zone.id}",
        f"--aws-zone-type={writer.visibility}",
        f"--fqdn-template={{{{ .Annotations.{writer.annotation} }}}}.{writer.domain}",
        # Without it, objects that ask for no name would get the name "<no value>".
        f"--annotation-filter={writer.annotation}",
        "--ignore-hostname-annotation",
        "--provider=aws",
        # Never deletes: a name whose Ingress is on its way to the other colour stays.
        "--policy=upsert-only",
        "--registry=txt",
        f"--txt-owner-id={writer.owner_id}",
        f"--interval={interval_seconds}s",
        "--events",
        "--min-event-sync-interval=5s",
        *_ROUTE53_QUOTA,
        f"--log-level={log_level}",
        "--log-format=json",
    ]


def _filters(writer: Writer) -> list[str]:
    """What limits it to its own names: endpoint/domain_filter.go in ExternalDNS.

    ``--exclude-domains=web.ZONE`` would also exclude the names below web.ZONE. Only a regular
    expression means one name, and it replaces the plain filters. As both colours get the same
    one, which the one includes and the other excludes, no name is written by both or by none.
    TXT records are not filtered: they follow their record.
    """
    zone, chosen = writer.zone.name, writer.names.chosen
    if not chosen:
        foreign = [f"--exclude-domains={domain}" for domain in writer.foreign_domains]
        return [f"--domain-filter={zone}", *foreign]
    canary = f"^({'|'.join(map(_literal, chosen))})$"
    if not writer.names.others:
        # No filter lets the zone itself through; the flag looks at it nevertheless.
        return [f"--regex-domain-filter={canary}", "--aws-zone-match-parent"]
    foreign = "|".join(map(_literal, writer.foreign_domains))
    return [
        rf"--regex-domain-filter=(^|\.){_literal(zone)}$",
        rf"--regex-domain-exclusion={canary}|(^|\.)({foreign})$",
    ]


def _literal(name: str) -> str:
    return name.replace(".", r"\.")


def statements(writer: Writer) -> Sequence[Statement]:
    """What its role may do: change its own names in its own zone, and read that zone.

    A TXT record's name is that of its record with a prefix to the first label
    (``cname-web.eks-blue.ZONE``), so one pattern holds for both. A live writer's role holds for
    all live names, canary or not: one that changed would refuse new pods their first passes, as
    IAM takes its time.
    """
    return (
        Statement(
            actions=["route53:ChangeResourceRecordSets"],
            resources=[writer.zone.arn],
            conditions=_own_records(writer),
        ),
        Statement(
            actions=["route53:ListResourceRecordSets", "route53:ListTagsForResources"],
            resources=[writer.zone.arn],
        ),
        Statement(
            actions=["route53:ListHostedZones"],
            resources=["*"],
            reason="Route 53 knows no resources for a list: who asks for it filters it",
        ),
    )


def _own_records(writer: Writer) -> Mapping[str, Mapping[str, list[str]]]:
    operator = "ForAllValues:StringNotLike" if writer.live else "ForAllValues:StringLike"
    domains = writer.foreign_domains if writer.live else (writer.domain,)
    return {
        "ForAllValues:StringEquals": {_TYPES: list[str](_RECORD_TYPES)},
        operator: {_NAMES: [f"*.{domain}" for domain in domains]},
    }


def _cluster_domain(colour: Colour, zone: ZoneRef) -> str:
    return f"{cluster_name(colour)}.{zone.name}"
