"""Settles what an interrupted update of a stack left."""

from collections.abc import Mapping
from dataclasses import dataclass

from bluegreen.recovery import helm, state
from bluegreen.recovery.search import RecoveryPlan, Search
from bluegreen.recovery.tagged import COMPLETED
from bluegreen.snapshot import JsonModel
from bluegreen.world.aws import Aws
from bluegreen.world.content import Deployment
from bluegreen.world.kube import Connect
from bluegreen.world.stacks import LockedError, OnResource, Stacks


class Recovered(JsonModel):
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

    @property
    def summary(self) -> str:
        """What was found and done, a line each."""
        parts = (
            ("taken into the stack", [f"{it} ({made})" for it, made in self.adopted.items()]),
            ("not there, so the next update makes it", self.cleared),
            ("freed from its stuck installation", self.released),
            ("read anew", self.looked_at),
        )
        lines = [f"{name}: {what}" for what, names in parts for name in names]
        return "\n".join(lines) or f"no operation of stack {self.stack} was interrupted"


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

        It may end or be killed anywhere, and be run again. Until the state is written all that was
        interrupted is still pending in it, and what was changed in the world is found as it is.
        From then on the resources that are still to be read are marked in it.

        Args:
            stack: stack name.
            on_resource: told of each resource that is done.

        Raises:
            OperatorError: something exists that may be somebody else's, more than one thing may
                be what was made, or the world cannot be asked. Nothing has been changed then,
                unless it stops to answer while stuck records of Helm are removed.
            LockedError: another update holds the stack, or has just changed it.
            StackError: the engine could not write the state, or not read all from the world.
        """
        seen = self.stacks.deployment_in_clear(stack)
        if not state.pending_operations(seen):
            return Recovered(stack=stack)
        found = Search(self.aws, self.connect, seen).plan(on_resource)
        if found.stuck or found.to_complete:
            self._change(stack, seen, found)
        self._write(stack, seen, found)
        self.stacks.refresh(stack, found.to_read, on_resource)
        return _recovered(stack, found)

    def _change(self, stack: str, seen: Deployment, found: RecoveryPlan) -> None:
        """Changes the world. What is pending stays so."""
        # The update that holds the stack may be just installing.
        self.stacks.refuse_if_held(stack, state.stack_urn(seen))
        self._refuse_if_changed(stack, seen)
        for it in found.stuck:
            helm.delete(it.cluster, it.record)
        for operation, made in found.to_complete:
            COMPLETED[operation.token](self.aws, made.id)

    def _write(self, stack: str, seen: Deployment, found: RecoveryPlan) -> None:
        """Makes the state say so. Secrets stay as they are kept: none is opened to be written.

        The engine forgets all pending operations when a state is put in place of another one,
        so that this is done once, with all that is known.
        """
        kept = self.stacks.deployment(stack)
        self._refuse_if_changed(stack, seen)
        written = state.without_pending(kept, found.adopted_by_urn, found.to_read)
        if written != kept:
            self.stacks.import_state(stack, written)

    def _refuse_if_changed(self, stack: str, seen: Deployment) -> None:
        """Looking may take minutes; an update that ended meanwhile is not to be lost.

        Secrets are compared in clear: whoever writes a state encrypts them anew.
        """
        if self.stacks.deployment_in_clear(stack) != seen:
            raise LockedError(stack, (), "it has just changed the stack")


def _recovered(stack: str, found: RecoveryPlan) -> Recovered:
    return Recovered(
        stack=stack,
        adopted={str(operation): made.id for operation, made in found.adopted},
        cleared=tuple(map(str, found.cleared)),
        released=tuple(dict.fromkeys(it.release for it in found.stuck)),
        looked_at=tuple(map(str, found.reread)),
    )
