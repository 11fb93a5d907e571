"""The add-ons of a cluster, in their order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.addons import catalogue, writer_probe
from components.addons.addon import AddonArgs
from components.addons.core_dns import CoreDns, CoreDnsArgs
from components.addons.dns_writer import Writer, ZoneRef, writers
from components.addons.ebs_csi import EbsCsi, EbsCsiArgs
from components.addons.external_dns import NAMESPACE, ExternalDns, ExternalDnsArgs
from components.addons.external_dns_rbac import ExternalDnsRbac, ExternalDnsRbacArgs
from components.addons.live_names import EVERY_NAME, LiveNames
from components.addons.name_policy.component import NamePolicy, NamePolicyArgs
from components.addons.phases import AddonChoice, Phases
from components.addons.spec import Phase, Site
from components.addons.storage_class import StorageClass
from components.addons.teardown_marker import TeardownMarker, TeardownMarkerArgs
from components.base import Component, ComponentArgs
from components.control_plane import ControlPlane
from settings.names import Colour
from teardown import OwnZone


@dataclass(frozen=True, kw_only=True)
class PlatformAddonsArgs(ComponentArgs):
    """What `PlatformAddons` needs.

    Attributes:
        colour: the cluster's colour.
        cluster: the cluster.
        kubernetes_version: Kubernetes minor.
        region: AWS region.
        site: the cluster as add-ons see it.
        choice: what the stack file says of add-ons.
        groups: names of the Auto Scaling groups, by their names in the settings.
        nodes: what add-ons wait for: without nodes they never become ready.
        private_zone: zone of private names.
        public_zone: zone of public names.
        interval_seconds: seconds between two full passes of a DNS writer.
        log_level: of the DNS writers: debug, info, warning or error.
        live_names: which live names this colour's live DNS writers write; without any they end.
        live_term: term that this was decided in.
    """

    colour: Colour
    cluster: ControlPlane
    kubernetes_version: str
    region: str
    site: Site
    choice: AddonChoice
    groups: Mapping[str, pulumi.Input[str]]
    nodes: Sequence[pulumi.Resource]
    private_zone: ZoneRef
    public_zone: ZoneRef
    interval_seconds: int
    log_level: str
    live_names: LiveNames
    live_term: int


class PlatformAddons(Component):
    """Pulumi type ``eks-platform:addons:PlatformAddons``.

    Creates, after the nodes, all add-ons in the order that they say (docs/addons/order.md), and
    last a marker, before whose deletion the cluster is emptied.

    Args:
        name: Pulumi name.
        args: what it needs.
        opts: resource options.
        probe: looks for live writers that are left.
        probe_deadline: seconds that they get to go.

    Attributes:
        live_writers: ``{"running": …, "term": …, "names": …}``, once the live writers'
            Deployments have been updated; and, unless they write every name, once nothing is
            left of those that write others than they are to. Its error is a pulumi.RunError
            if something still is at the deadline.
        dns: domains of the cluster's own names (``public``, ``private``) and all TXT owner
            ids (``ownerIds``).

    Raises:
        UnsupportedVersionError: the catalogue does not support the Kubernetes minor.
    """

    MODULE = "addons"

    live_writers: pulumi.Output[dict[str, object]]
    dns: dict[str, pulumi.Input[object]]

    def __init__(
        self,
        name: str,
        args: PlatformAddonsArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        probe: writer_probe.Probe = writer_probe.remaining,
        probe_deadline: float = writer_probe.DEADLINE,
    ) -> None:
        catalogue.require_supported(args.kubernetes_version)
        super().__init__(name, opts)
        self._args = args
        own, live = self._writers(live=False), self._writers(live=True)
        self._deployed: list[ExternalDns] = []
        phases = Phases(self.child(), args.tags, args.cluster, args.site, args.choice, args.groups)
        made = phases.install(
            (Phase.BASE, Phase.EDGE, Phase.SERVICES),
            {
                "coredns": self._core_dns,
                "ebs-csi": self._storage,
                "external-dns": lambda after: self._external_dns_pairs(own, live, after),
            },
            args.nodes,
        )
        self._teardown_marker(own, made)
        self.live_writers = self._report(self._deployed, live, probe, probe_deadline)
        self.dns = _domains(own, live)
        self.register_outputs({"liveWriters": self.live_writers, "dns": self.dns})

    def _writers(self, *, live: bool) -> tuple[Writer, Writer]:
        return writers(
            self._args.colour,
            private_zone=self._args.private_zone,
            public_zone=self._args.public_zone,
            live=live,
            names=self._args.live_names,
        )

    def _core_dns(self, after: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
        return [
            CoreDns(
                "coredns",
                CoreDnsArgs(
                    tags=self._args.tags,
                    cluster=self._args.cluster,
                    kubernetes_version=self._args.kubernetes_version,
                    after=after,
                ),
                self.child(),
            )
        ]

    def _storage(self, after: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
        driver = EbsCsi(
            "ebs-csi",
            EbsCsiArgs(
                tags=self._args.tags,
                cluster=self._args.cluster,
                kubernetes_version=self._args.kubernetes_version,
                after=after,
            ),
            self.child(),
        )
        storage_class = StorageClass(
            "gp3",
            AddonArgs(tags=self._args.tags, cluster=self._args.cluster, after=[driver]),
            self.child(),
        )
        return [driver, storage_class]

    def _external_dns_pairs(
        self, own: Sequence[Writer], live: Sequence[Writer], after: Sequence[pulumi.Resource]
    ) -> list[pulumi.Resource]:
        rbac = ExternalDnsRbac(
            "external-dns",
            ExternalDnsRbacArgs(
                tags=self._args.tags,
                namespace=NAMESPACE,
                service_accounts=[writer.name for writer in (*own, *live)],
                cluster=self._args.cluster,
                after=(),
            ),
            self.child(),
        )
        policy = self._name_policy()
        first = (*after, rbac, policy)
        pair = [self._external_dns(writer, first, running=True, term=None) for writer in own]
        self._deployed += [
            self._external_dns(writer, first, running=writer.names.any, term=self._args.live_term)
            for writer in live
        ]
        return [rbac, policy, *pair, *self._deployed]

    def _name_policy(self) -> NamePolicy:
        """It waits for no node: names are looked at before anything can publish them."""
        return NamePolicy(
            "dns-names",
            NamePolicyArgs(
                tags=self._args.tags,
                zones={"private": self._args.private_zone, "public": self._args.public_zone},
                cluster=self._args.cluster,
                after=(),
            ),
            self.child(),
        )

    def _teardown_marker(
        self, own: Sequence[Writer], after: Sequence[pulumi.Resource]
    ) -> TeardownMarker:
        zones = tuple(
            OwnZone(zone_id=writer.zone.id, domain=writer.domain, owner_id=writer.owner_id)
            for writer in own
        )
        return TeardownMarker(
            "teardown",
            TeardownMarkerArgs(
                tags=self._args.tags,
                cluster=self._args.cluster,
                after=after,
                colour=self._args.colour,
                region=self._args.region,
                zones=zones,
                live=self._args.live_names.any,
            ),
            self.child(),
        )

    def _external_dns(
        self, writer: Writer, after: Sequence[pulumi.Resource], *, running: bool, term: int | None
    ) -> ExternalDns:
        return ExternalDns(
            writer.name,
            ExternalDnsArgs(
                tags=self._args.tags,
                writer=writer,
                cluster=self._args.cluster,
                region=self._args.region,
                running=running,
                term=term,
                interval_seconds=self._args.interval_seconds,
                log_level=self._args.log_level,
                after=after,
            ),
            self.child(),
        )

    def _report(
        self,
        deployed: Sequence[ExternalDns],
        live: Sequence[Writer],
        probe: writer_probe.Probe,
        deadline: float,
    ) -> pulumi.Output[dict[str, object]]:
        colour, term, names = self._args.colour, self._args.live_term, self._args.live_names
        # Older pods of one that writes every name write none that it may not.
        wanted = {writer.name: writer.names for writer in live if writer.names != EVERY_NAME}

        async def report(known: Sequence[object]) -> dict[str, object]:
            # A preview has changed nothing, so there is nothing to wait for.
            if wanted and not pulumi.runtime.is_dry_run():
                left = _looker(probe, known[0], wanted)
                await writer_probe.wait_until_gone(left, colour=colour, deadline=deadline)
            return {"running": names.any, "term": term, "names": str(names)}

        waited = pulumi.Output.all(
            self._args.cluster.kubeconfig, *(writer.deployment.id for writer in deployed)
        )
        # A kubeconfig may be a secret; what is said here holds nothing of it.
        return pulumi.Output.unsecret(waited.apply(report))


def _looker(
    probe: writer_probe.Probe, kubeconfig: object, wanted: Mapping[str, LiveNames]
) -> Callable[[], Sequence[str]]:
    return lambda: tuple(probe(kubeconfig, wanted))


def _domains(own: Sequence[Writer], live: Sequence[Writer]) -> dict[str, pulumi.Input[object]]:
    owners = {writer.visibility: writer.owner_id for writer in own}
    owners |= {f"live{writer.visibility.title()}": writer.owner_id for writer in live}
    return {**{writer.visibility: writer.domain for writer in own}, "ownerIds": owners}
