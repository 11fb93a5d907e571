"""Empties a colour as the hook of its stack does, by the same steps (`teardown`)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import teardown
from bluegreen.report import Report
from bluegreen.snapshot import Snapshot
from bluegreen.updates import Patience
from handover.writers import writers
from settings.names import Colour, cluster_name
from teardown import ClusterApi, Deadline, GoneCluster, OwnZone, Target, TeardownError
from teardown.kube import KubernetesApi


class TearDown(Protocol):
    """`teardown.tear_down`, or what stands in for it."""

    def __call__(
        self,
        target: Target,
        *,
        log: Callable[[str], None],
        deadline: Deadline,
        cluster: Callable[[Target], ClusterApi],
    ) -> None:
        """See there."""
        ...


class Teardown(Protocol):
    """What a retirement removes besides the stack."""

    def empty_cluster(self, target: Target, *, begun: bool) -> None:
        """Removes what the cluster's controllers made, and the colour's own records.

        Args:
            target: the colour.
            begun: whether its stack is being destroyed already, so that its API server may be
                gone; what that would have deleted was deleted before.

        Raises:
            TeardownError: something is left at the deadline, or the cluster or AWS does not
                answer.
        """
        ...

    def count_records(self, target: Target) -> int:
        """How many record sets the colour's own DNS writers own, TXTs included.

        Raises:
            TeardownError: AWS refuses.
        """
        ...

    def remove_records(self, target: Target) -> None:
        """Removes these; never a live name. Raises TeardownError."""
        ...


class ReportedTeardown:
    """The `Teardown` that does the steps of the package `teardown`, and tells of each.

    Args:
        report: told of each step.
        patience: how long things may take to go.
        tear_down: empties a cluster.
    """

    def __init__(
        self, report: Report, patience: Patience, tear_down: TearDown = teardown.tear_down
    ) -> None:
        self._report = report
        self._patience = patience
        self._tear_down = tear_down

    def empty_cluster(self, target: Target, *, begun: bool) -> None:
        """See `Teardown`."""
        end = Deadline(self._patience.emptying_seconds)
        with self._report.step(f"empty {target.cluster_name}"):
            cluster = _cluster_api(target, begun=begun)
            self._tear_down(
                target, log=self._print_progress, deadline=end, cluster=lambda _: cluster
            )

    def count_records(self, target: Target) -> int:
        """See `Teardown`."""
        return teardown.count_records(target)

    def remove_records(self, target: Target) -> None:
        """See `Teardown`."""
        with self._report.step(f"remove the records that {target.colour} owned"):
            teardown.remove_records(target, log=self._print_progress)

    def _print_progress(self, line: str) -> None:
        self._report.print_line(f"  {line}", style="dim")


def teardown_target(
    snapshot: Snapshot, colour: Colour, *, region: str, kubeconfig: object = None
) -> Target:
    """What is to be emptied of a colour.

    Args:
        snapshot: the platform; without zones there are no records.
        colour: the colour.
        region: AWS region.
        kubeconfig: of its cluster, None where there is none.
    """
    return Target(
        colour=colour,
        cluster_name=cluster_name(colour),
        region=region,
        kubeconfig=kubeconfig if isinstance(kubeconfig, Mapping) else {},
        zones=tuple(_own_zones(snapshot, colour)),
    )


def _own_zones(snapshot: Snapshot, colour: Colour) -> Sequence[OwnZone]:
    zones = snapshot.shared.zones
    return [
        OwnZone(zone_id=writer.zone.id, domain=writer.domain, owner_id=writer.owner_id)
        for writer in (writers(colour, zones, live=False) if zones else ())
    ]


def _cluster_api(target: Target, *, begun: bool) -> ClusterApi:
    """The cluster's API; of one that is being deleted and does not answer, an empty one."""
    if not target.kubeconfig:
        return GoneCluster()
    try:
        cluster = KubernetesApi(target.kubeconfig)
        cluster.balanced()
    except TeardownError:
        if not begun:
            raise
        return GoneCluster()
    return cluster
