"""Looks for what interrupted operations left. Everything here only reads."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bluegreen.errors import OperatorError
from bluegreen.recovery import helm, objects, state
from bluegreen.recovery.candidate import Candidate
from bluegreen.recovery.clusters import cluster_of
from bluegreen.recovery.named import NAMED, REPEATED
from bluegreen.recovery.state import CREATING, Operation
from bluegreen.recovery.tagged import COMPLETED, TAGGED
from bluegreen.world.aws import Aws
from bluegreen.world.content import Deployment
from bluegreen.world.kube import Cluster, Connect
from bluegreen.world.stacks import OnResource

_AWS = "aws:"
_FOREIGN = (
    "%s was interrupted, and %s exists, but nothing says that this stack made it. If it is left"
    " over, delete it; if it is somebody else's, give the stack's another name. Then run this again"
)


class StuckRelease(NamedTuple):
    """A record that keeps Helm from going on.

    Attributes:
        release: ``TYPE NAME``.
        cluster: where it is.
        record: it.
    """

    release: str
    cluster: Cluster
    record: helm.ReleaseRecord


@dataclass(frozen=True)
class RecoveryPlan:
    """What is to be done with each interrupted operation.

    Attributes:
        adopted: creates that made something, with it.
        again: operations on something that the state has: it is read from the world.
        cleared: the rest: the next update does them.
        stuck: records of Helm to be removed.
    """

    adopted: list[tuple[Operation, Candidate]] = field(
        default_factory=list[tuple[Operation, Candidate]]
    )
    reread: list[Operation] = field(default_factory=list[Operation])
    cleared: list[Operation] = field(default_factory=list[Operation])
    stuck: list[StuckRelease] = field(default_factory=list[StuckRelease])

    @property
    def adopted_by_urn(self) -> dict[str, Candidate]:
        """URN of each adopted create → what it made."""
        return {operation.urn: found for operation, found in self.adopted}

    @property
    def to_read(self) -> list[str]:
        """URNs of all that is to be read from the world."""
        return [*self.adopted_by_urn, *(operation.urn for operation in self.reread)]

    @property
    def to_complete(self) -> list[tuple[Operation, Candidate]]:
        """What was adopted, and still lacks what no refresh would show."""
        return [it for it in self.adopted if it[0].token in COMPLETED]


@dataclass(frozen=True)
class Search:
    """Looks for what the interrupted operations of a stack left.

    Attributes:
        aws: the account.
        connect: gives the cluster of a kubeconfig.
        deployment: the stack's state, secrets in clear.
    """

    aws: Aws
    connect: Connect
    deployment: Deployment

    def plan(self, on_resource: OnResource) -> RecoveryPlan:
        """What is to be done.

        Args:
            on_resource: told of each operation before it is looked for.

        Raises:
            OperatorError: something exists that may be somebody else's, more than one thing may
                be what was made, or the world cannot be asked.
        """
        interrupted = state.pending_operations(self.deployment)
        found = RecoveryPlan(stuck=self._stuck(interrupted))
        for operation in interrupted:
            on_resource(str(operation))
            made = self._find_made(operation) if operation.kind == CREATING else None
            if made is not None:
                found.adopted.append((operation, made))
            elif state.can_be_read(self.deployment, operation.urn):
                # Changed or deleted; or another update has made it since, and the engine keeps
                # the create that was interrupted before.
                found.reread.append(operation)
            else:
                found.cleared.append(operation)
        return found

    def _find_made(self, operation: Operation) -> Candidate | None:
        """What an interrupted create made, or None."""
        found = self._candidates(operation)
        known = state.known_ids(self.deployment, operation.token)
        return _single(operation, [it for it in found if it.id not in known])

    def _candidates(self, operation: Operation) -> list[Candidate]:
        if not operation.entry.get("custom"):
            return []
        if operation.token == helm.TOKEN:
            return self._releases(operation)
        if operation.token.startswith(objects.TOKENS):
            return [*objects.find(self._cluster(operation), operation.inputs)]
        if not operation.token.startswith(_AWS) or operation.token in REPEATED:
            # Keys and certificates live in the state alone.
            return []
        find = NAMED.get(operation.token) or TAGGED.get(operation.token)
        if find is None:
            raise OperatorError(
                f"{operation} was interrupted, and how to find it is not known: see whether it"
                " exists, and run `pulumi refresh`, which asks for its id"
            )
        return [*find(self.aws, operation.inputs)]

    def _releases(self, operation: Operation) -> list[Candidate]:
        """An interrupted Helm release that was completed all the same."""
        found = helm.records(self._cluster(operation), *_place(operation))
        if not helm.was_deployed(found):
            return []
        own = all(it.chart == helm.chart_of(operation.inputs) for it in found)
        place = "/".join(_place(operation))
        return [Candidate(place, own=own, what=f"Helm release {place}")]

    def _stuck(self, interrupted: Sequence[Operation]) -> list[StuckRelease]:
        found: list[StuckRelease] = []
        for operation in interrupted:
            if operation.token != helm.TOKEN:
                continue
            cluster = self._cluster(operation)
            for record in helm.stuck(helm.records(cluster, *_place(operation))):
                if record.chart != helm.chart_of(operation.inputs):
                    what = f"Helm release {'/'.join(_place(operation))} of chart {record.chart}"
                    raise OperatorError(_FOREIGN % (operation, what))
                found.append(StuckRelease(str(operation), cluster, record))
        return found

    def _cluster(self, operation: Operation) -> Cluster:
        """The cluster of the provider that an operation went through."""
        known = dict(state.providers(self.deployment))
        provider = known.get(str(operation.entry.get("provider")), {})
        kubeconfig = (provider.get("inputs") or {}).get("kubeconfig")
        return cluster_of(kubeconfig, self.connect)


def _place(operation: Operation) -> tuple[str, str]:
    """Namespace and name of a release."""
    return str(operation.inputs["namespace"]), str(operation.inputs["name"])


def _single(operation: Operation, found: Sequence[Candidate]) -> Candidate | None:
    foreign = [it.what for it in found if not it.own]
    if foreign:
        raise OperatorError(_FOREIGN % (operation, foreign[0]))
    if len(found) > 1:
        raise OperatorError(
            f"{operation} was interrupted, and any of {', '.join(it.what for it in found)} may be"
            " what it made: delete those that nothing uses, then run this again"
        )
    return found[0] if found else None
