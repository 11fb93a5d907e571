"""What one ExternalDNS writes, as plain values: its names, its arguments, its permissions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import idna

from components.addons.live_names import EVERY_NAME, LiveNames
from components.addons.name_annotation import ANNOTATIONS, PREFIX, RELATIVE_NAME, Visibility
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


@dataclass(frozen=True)
class ZoneRef:
    """A hosted zone.

    Attributes:
        id: Route 53 id, without ``/hostedzone/``.
        name: DNS name, without a final dot.
        arn: ARN, for policies.
        delegated: full names below it that have name servers of their own.
    """

    id: str
    name: str
    arn: str
    delegated: tuple[str, ...] = ()


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
    visibility: Visibility
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
        return ANNOTATIONS[self.visibility]

    @property
    def foreign_domains(self) -> tuple[str, ...]:
        """Domains in its zone that it leaves alone, whatever an annotation says.

        They are other writers', or the zone has delegated them.
        """
        if not self.live:
            return self.zone.delegated
        own = (_cluster_domain(colour, self.zone) for colour in COLOURS)
        return (*own, *self.zone.delegated)


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

    def writer(visibility: Visibility, zone: ZoneRef) -> Writer:
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
        # Other types have no load balancer that could move: what they would publish are
        # addresses of pods and nodes.
        "--service-type-filter=LoadBalancer",
        *filters(writer),
        # A public and a private zone may share a name; the id cannot be mistaken.
        f"--zone-id-filter={writer.zone.id}",
        f"--aws-zone-type={writer.visibility}",
        # No filter lets the zone itself through; the flag looks at it nevertheless.
        "--aws-zone-match-parent",
        f"--fqdn-template={_template(writer)}",
        # Without it, objects that ask for no name would get the name "<no value>".
        f"--annotation-filter={writer.annotation}",
        # The annotation alone says the names. The template counts only where nothing else does.
        "--ignore-hostname-annotation",
        "--ignore-ingress-rules-spec",
        "--ignore-ingress-tls-spec",
        f"--annotation-prefix={PREFIX}",
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


def _template(writer: Writer) -> str:
    """Makes of ``a, b`` the text ``a.DOMAIN, b.DOMAIN``; ExternalDNS parts it, and drops spaces."""
    below = f'replace "," ".{writer.domain},"'
    return f"{{{{ .Annotations.{writer.annotation} | {below} }}}}.{writer.domain}"


def filters(writer: Writer) -> list[str]:
    """What limits it to its own names: endpoint/domain_filter.go in ExternalDNS.

    Regular expressions, for two reasons. They let names alone through that can be asked for:
    one name that Route 53 refuses has each of its batch sent by itself, at every pass. And they
    mean one name where ``--exclude-domains=web.ZONE`` would also exclude the names below. As
    both colours get the same of a canary, which the one includes and the other excludes, no
    name is written by both or by none. TXT records are not filtered: they follow their record.
    """
    chosen, foreign = writer.names.chosen, [_literal(name) for name in writer.foreign_domains]
    canary = f"^({'|'.join(map(_literal, chosen))})$" if chosen else ""
    if canary and not writer.names.others:
        return [f"--regex-domain-filter={canary}"]
    excluded = [canary] if canary else []
    if foreign:
        excluded.append(rf"(^|\.)({'|'.join(foreign)})$")
    return [
        rf"--regex-domain-filter=^{RELATIVE_NAME}\.{_literal(writer.domain)}$",
        *([f"--regex-domain-exclusion={'|'.join(excluded)}"] if excluded else []),
    ]


def _literal(name: str) -> str:
    """A name as a regular expression, decoded: ExternalDNS decodes what it compares."""
    return re.escape(decoded(name)).replace(r"\-", "-")


def decoded(name: str) -> str:
    """A name with its encoded labels as they are meant; one that means nothing stays."""
    return ".".join(
        _decoded(label) if label.startswith("xn--") else label for label in name.split(".")
    )


def _decoded(label: str) -> str:
    try:
        return idna.decode(label)
    except idna.IDNAError:
        return label


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
        Statement(actions=["route53:ListResourceRecordSets"], resources=[writer.zone.arn]),
        Statement(
            actions=["route53:ListHostedZones"],
            resources=["*"],
            reason="Route 53 knows no resources for a list: who asks for it filters it",
        ),
    )


def _own_records(writer: Writer) -> Mapping[str, Mapping[str, list[str]]]:
    types = {"ForAllValues:StringEquals": {_TYPES: list[str](_RECORD_TYPES)}}
    if not writer.live:
        return {**types, "ForAllValues:StringLike": {_NAMES: [f"*.{writer.domain}"]}}
    # The zone's own name is nobody's: a relative name is always below it.
    foreign = [writer.zone.name]
    for domain in writer.foreign_domains:
        foreign += [domain, f"*.{domain}"]
    return {**types, "ForAllValues:StringNotLike": {_NAMES: foreign}}


def _cluster_domain(colour: Colour, zone: ZoneRef) -> str:
    return f"{cluster_name(colour)}.{zone.name}"
