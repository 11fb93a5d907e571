"""The DNS writers, as plain values: which names each writes, in which zone, as whom."""

from dataclasses import dataclass

from eks_platform_contract.names import COLOURS, Colour, cluster_name
from eks_platform_contract.outputs import Zone, Zones
from handover.live_names import EVERY_NAME, LiveNames
from handover.name_annotation import ANNOTATIONS, Visibility


def cluster_domain(colour: Colour, zone: str) -> str:
    """Domain of a cluster's own names in a zone, such as ``eks-blue.devinfra.fr``."""
    return f"{cluster_name(colour)}.{zone}"


def owner_id(domain: str, *, live: bool) -> str:
    """TXT owner id of the writer of a domain.

    That of a live writer names no colour, so either one can take its records over.

    Args:
        domain: the zone's name for a live writer, else `cluster_domain`.
        live: whether it writes live names.
    """
    return f"ingress.{domain}" if live else f"ingress-{domain}"


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
    zone: Zone
    live: bool
    names: LiveNames = EVERY_NAME

    @property
    def name(self) -> str:
        """Name of its Kubernetes objects, and its label ``app``."""
        return f"{'live-' if self.live else ''}external-dns-{self.visibility}"

    @property
    def domain(self) -> str:
        """What follows the name that an application asked for."""
        return self.zone.name if self.live else cluster_domain(self.colour, self.zone.name)

    @property
    def owner_id(self) -> str:
        """TXT owner id. That of a live writer names no colour, so either one can take over."""
        return owner_id(self.domain, live=self.live)

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
        own = (cluster_domain(colour, self.zone.name) for colour in COLOURS)
        return (*own, *self.zone.delegated)


def writers(
    colour: Colour,
    zones: Zones,
    *,
    live: bool,
    names: LiveNames = EVERY_NAME,
) -> tuple[Writer, Writer]:
    """The private and the public writer of a pair.

    Args:
        colour: the cluster that they run on.
        zones: hosted zones of the platform.
        live: they write ``NAME.ZONE``.
        names: which live names they write, of both zones; only for live ones.
    """

    def writer(visibility: Visibility, zone: Zone) -> Writer:
        return Writer(
            colour=colour,
            visibility=visibility,
            zone=zone,
            live=live,
            names=names.below(zone.name),
        )

    return writer("private", zones.private), writer("public", zones.public)
