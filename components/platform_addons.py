"""The add-ons of a cluster that come after its nodes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components import addons
from components.addon_stack.addon import Phase
from components.addon_stack.args import MakeArgs
from components.addon_stack.installation import Installation
from components.addon_stack.phases import install_phases
from components.addon_stack.site import Site
from components.addons import external_dns, keda
from components.addons.external_dns import report, waiting
from components.addons.external_dns.probe import Probe
from components.addons.keda import work_probe
from components.addons.keda.work_probe import WorkProbe
from components.base import Component, ComponentArgs
from components.control_plane import ControlPlane
from components.teardown_marker import TeardownMarker, TeardownMarkerArgs


@dataclass(frozen=True, kw_only=True)
class PlatformAddonsArgs(ComponentArgs):
    """What `PlatformAddons` needs.

    Attributes:
        cluster: the cluster.
        site: the cluster as add-ons see it.
        groups: names of the Auto Scaling groups, by their names in the settings.
        nodes: what add-ons wait for: without nodes they never become ready.
    """

    cluster: ControlPlane
    site: Site
    groups: Mapping[str, pulumi.Input[str]]
    nodes: Sequence[pulumi.Resource]


class PlatformAddons(Component):
    """Pulumi type ``eks-platform:addons:PlatformAddons``.

    Creates, after the nodes, all add-ons in the order that they say (docs/addons/order.md), and
    last a marker, before whose deletion the cluster is emptied.

    Args:
        name: Pulumi name.
        args: what it needs.
        opts: resource options.
        probe: looks for live writers that are left.
        work: looks for live work that is left.
        probe_deadline: seconds that each of them gets to go.

    Attributes:
        live_writers: see `report.live_writers_report`.
        dns: see `report.domains`.
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
        probe: Probe = waiting.remaining,
        work: WorkProbe = work_probe.remaining,
        probe_deadline: float = waiting.DEADLINE,
    ) -> None:
        super().__init__(name, opts)
        given = MakeArgs(
            tags=args.tags,
            cluster=args.cluster,
            site=args.site,
            after=args.nodes,
            opts=self.child(),
        )
        phases = (Phase.BASE, Phase.EDGE, Phase.SERVICES)
        made = install_phases(phases, addons.load(), given, args.groups)
        own, live = external_dns.own_writers(args.site), external_dns.live_writers(args.site)
        TeardownMarker(
            "teardown",
            TeardownMarkerArgs(
                tags=args.tags,
                cluster=args.cluster,
                site=args.site,
                after=[it for resources in made.values() for it in resources],
                writers=own,
            ),
            self.child(),
        )
        self.live_writers = report.live_writers_report(
            args.site,
            args.cluster,
            made[external_dns.ADDON.name],
            probe=probe,
            work=work,
            installed=[it for made_ in made.get(keda.NAME, ()) for it in _ids(made_)],
            deadline=probe_deadline,
        )
        self.dns = report.domains(own, live)
        self.register_outputs({"liveWriters": self.live_writers, "dns": self.dns})


def _ids(made: pulumi.Resource) -> Sequence[pulumi.Output[str]]:
    return made.last_ids if isinstance(made, Installation) else ()
