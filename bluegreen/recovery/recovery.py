"""Settles what an interrupted update of a stack left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bluegreen.errors import OperatorError
from bluegreen.recovery import helm, objects, state
from bluegreen.recovery.candidate import Candidate
from bluegreen.recovery.clusters import Cluster, Connect, cluster_of
from bluegreen.recovery.named import NAMED, REPEATED
from bluegreen.recovery.state import CREATING, Operation
from bluegreen.recovery.tagged import COMPLETED, TAGGED
from bluegreen.snapshot import Seen
from bluegreen.world.aws import Aws
from bluegreen.world.content import Deployment
from bluegreen.world.stacks import OnResource, Stacks

_AWS = "aws:"
_FOREIGN = (
    "%s was interrupted, and %s exists, but nothing says that this stack made it. If it is left"
    " over, delete it; if it is somebody else's, give the stack's another name. Then run this again"
)


class Recovered(Seen):
    """What was done with each interrupted create of a stack; ``TYPE NAME`` each.

    Attributes:
        stack: its name.
        adopted: those that exist, with their ids: the stack has them now.
        cleared: those that do not exist, or that may be made twice: the next update makes them.
        released: Helm releases whose stuck records were removed.
        looked_at: what other operations were interrupted on, read anew.
    """

    stack: str
    adopted: Mapping[str, str] = {}
    cleared: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    looked_at: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recovery:
    """Settles what an interrupted update of a stack left.

    Attributes:
        stacks: the project's stacks.
        aws: the account.
        connect: gives the cluster of a kubeconfig.
    """

    stacks: Stacks
    aws: Aws
    connect: Connect

    def settle(self, stack: str, on_resource: OnResource) -> Recovered:
        """Adopts what exists and is surely the stack's own, and forgets the rest.

        Then the engine reads what was adopted, and what was being changed, from the world.

        Args:
            stack: stack name.
            on_resource: told of each resource that is done.

        Raises:
            OperatorError: something exists that may be somebody else's, more than one thing may
                be what was made, or the world cannot be asked. Nothing has been changed then,
                save stuck records of Helm.
            LockedError: another update holds the stack.
        """
        kept = self.stacks.deployment(stack)
        if not state.pending(kept):
            return Recovered(stack=stack)
        opened = self.stacks.readable(stack)
        interrupted = state.pending(opened)
        adopted: dict[str, Candidate] = {}
        again: dict[str, str] = {}
        cleared: list[str] = []
        stuck = self._stuck(opened, interrupted)
        if stuck:
            # Refused, in every backend, while an update holds the stack: it may be installing.
            self.stacks.replace(stack, kept)
        for _, cluster, record in stuck:
            helm.delete(cluster, record)
        for operation in interrupted:
            on_resource(str(operation))
            found = self._find(opened, operation) if operation.kind == CREATING else None
            if found is not None:
                adopted[operation.urn] = found
            elif operation.kind != CREATING or state.holds(opened, operation.urn):
                # Changed, deleted, or taken over by a run that was interrupted itself.
                again[operation.urn] = str(operation)
            else:
                cleared.append(str(operation))
        for operation in interrupted:
            if operation.urn in adopted and operation.token in COMPLETED:
                COMPLETED[operation.token](self.aws, adopted[operation.urn].id)
        self._write(stack, kept, adopted, [*adopted, *again], on_resource)
        names = {it.urn: str(it) for it in interrupted}
        return Recovered(
            stack=stack,
            adopted={names[urn]: found.id for urn, found in adopted.items()},
            cleared=tuple(cleared),
            released=tuple(dict.fromkeys(name for name, _, _ in stuck)),
            looked_at=tuple(again.values()),
        )

    def _write(
        self,
        stack: str,
        kept: Deployment,
        adopted: Mapping[str, Candidate],
        urns: Sequence[str],
        on_resource: OnResource,
    ) -> None:
        """Makes the state say so. Secrets stay as they are kept: none is opened to be written.

        What was taken over stays pending until it has been read: interrupted before, its outputs
        are still to come, and the next run must know.
        """
        if adopted:
            self.stacks.replace(stack, state.with_adopted(kept, adopted))
        self.stacks.look(stack, urns, on_resource)
        self.stacks.replace(stack, state.without_creates(self.stacks.deployment(stack)))

    def _find(self, deployment: Deployment, operation: Operation) -> Candidate | None:
        """What an interrupted create made, or None."""
        if not operation.entry.get("custom"):
            return None
        if operation.token == helm.TOKEN:
            return self._release(deployment, operation)
        if operation.token.startswith(objects.TOKENS):
            cluster = self._cluster(deployment, operation)
            return _only(operation, [*objects.find(cluster, operation.inputs)])
        if not operation.token.startswith(_AWS) or operation.token in REPEATED:
            # Keys and certificates live in the state alone.
            return None
        find = NAMED.get(operation.token) or TAGGED.get(operation.token)
        if find is None:
            raise OperatorError(
                f"{operation} was interrupted, and how to find it is not known: see whether it"
                " exists, and run `pulumi refresh`, which asks for its id"
            )
        known = state.known_ids(deployment, operation.token)
        found = find(self.aws, operation.inputs)
        return _only(operation, [it for it in found if it.id not in known])

    def _release(self, deployment: Deployment, operation: Operation) -> Candidate | None:
        """An interrupted Helm release that was completed all the same."""
        found = helm.records(self._cluster(deployment, operation), *_place(operation))
        if not helm.stands(found):
            return None
        own = all(it.chart == helm.chart_of(operation.inputs) for it in found)
        place = "/".join(_place(operation))
        return _only(operation, [Candidate(place, own=own, what=f"Helm release {place}")])

    def _stuck(
        self, deployment: Deployment, interrupted: Sequence[Operation]
    ) -> list[tuple[str, Cluster, helm.Record]]:
        """Release, cluster and record of each record that keeps Helm from going on."""
        found: list[tuple[str, Cluster, helm.Record]] = []
        for operation in interrupted:
            if operation.token != helm.TOKEN:
                continue
            cluster = self._cluster(deployment, operation)
            for record in helm.stuck(helm.records(cluster, *_place(operation))):
                if record.chart != helm.chart_of(operation.inputs):
                    what = f"Helm release {'/'.join(_place(operation))} of chart {record.chart}"
                    raise OperatorError(_FOREIGN % (operation, what))
                found.append((str(operation), cluster, record))
        return found

    def _cluster(self, deployment: Deployment, operation: Operation) -> Cluster:
        """The cluster of the provider that an operation went through."""
        known = dict(state.providers(deployment))
        provider = known.get(str(operation.entry.get("provider")), {})
        kubeconfig = (provider.get("inputs") or {}).get("kubeconfig")
        return cluster_of(kubeconfig, self.connect)


def _place(operation: Operation) -> tuple[str, str]:
    """Namespace and name of a release."""
    return str(operation.inputs["namespace"]), str(operation.inputs["name"])


def _only(operation: Operation, found: Sequence[Candidate]) -> Candidate | None:
    foreign = [it.what for it in found if not it.own]
    if foreign:
        raise OperatorError(_FOREIGN % (operation, foreign[0]))
    if len(found) > 1:
        raise OperatorError(
            f"{operation} was interrupted, and any of {', '.join(it.what for it in found)} may be"
            " what it made: delete those that nothing uses, then run this again"
        )
    return found[0] if found else None
