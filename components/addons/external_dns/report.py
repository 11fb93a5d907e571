"""What a colour says of its live DNS writers, once it is so."""

from collections.abc import Callable, Mapping, Sequence

import pulumi

from components.addon_stack.site import Site
from components.addons.external_dns import waiting
from components.addons.external_dns.deployment import ExternalDns
from components.addons.external_dns.probe import Probe
from components.addons.keda.work_probe import WORK, WorkProbe
from components.control_plane import ControlPlane
from handover.live_names import EVERY_NAME, LiveNames
from handover.writers import Writer


def live_writers_report(
    site: Site,
    cluster: ControlPlane,
    made: Sequence[pulumi.Resource],
    *,
    probe: Probe,
    work: WorkProbe,
    installed: Sequence[pulumi.Output[str]],
    deadline: float,
) -> pulumi.Output[dict[str, object]]:
    """``{"running": …, "term": …, "names": …}``, the contract's `WriterReport`.

    It comes once the live writers' Deployments have been updated; and, unless they write every
    name, once nothing is left of those that write others than they are to; and, unless the colour
    is active, once nothing takes live work. Its error is a pulumi.RunError if something still is
    left at the deadline.

    Args:
        site: the cluster as add-ons see it.
        cluster: the cluster.
        made: all that was made of the DNS writers.
        probe: looks for live writers that are left.
        work: looks for live work that is left, where the cluster has what keeps it to one colour.
        installed: ids of what keeps it so; empty where it has none.
        deadline: seconds that they get to go.
    """
    live = [it for it in made if isinstance(it, ExternalDns) and it.writer.live]
    names, term = site.live_names, site.live_term
    # Older pods of one that writes every name write none that it may not.
    wanted = {it.writer.name: it.writer.names for it in live if it.writer.names != EVERY_NAME}

    async def report(known: Sequence[object]) -> dict[str, object]:
        # A preview has changed nothing, so there is nothing to wait for.
        if wanted and not pulumi.runtime.is_dry_run():
            left = _left(probe, known[0], wanted)
            colour = site.settings.colour
            await waiting.wait_until_gone(left, colour=colour, deadline=deadline)
        if installed and not names.others and not pulumi.runtime.is_dry_run():
            await waiting.wait_until_gone(
                lambda: work(known[0]),
                colour=site.settings.colour,
                awaited=WORK,
                deadline=deadline,
            )
        return {"running": names.any, "term": term, "names": str(names)}

    waited = pulumi.Output.all(cluster.kubeconfig, *(it.deployment.id for it in live), *installed)
    # A kubeconfig may be a secret; what is said here holds nothing of it.
    return pulumi.Output.unsecret(waited.apply(report))


def _left(
    probe: Probe, kubeconfig: object, wanted: Mapping[str, LiveNames]
) -> Callable[[], Sequence[str]]:
    return lambda: tuple(probe(kubeconfig, wanted))


def domains(own: Sequence[Writer], live: Sequence[Writer]) -> dict[str, pulumi.Input[object]]:
    """Domains of the cluster's own names (``public``, ``private``), all TXT owner ids."""
    owners = {writer.visibility: writer.owner_id for writer in own}
    owners |= {f"live{writer.visibility.title()}": writer.owner_id for writer in live}
    return {**{writer.visibility: writer.domain for writer in own}, "ownerIds": owners}
