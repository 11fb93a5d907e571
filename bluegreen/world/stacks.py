"""The stacks, through the Automation API: their states, their files, and plain updates."""

import json
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from pulumi import automation
from pulumi.automation import errors as engine

from bluegreen.errors import BusyError, OperatorError
from bluegreen.snapshot import Lock, StackState
from bluegreen.world import encryption, engine_messages, locks
from bluegreen.world.automation_api import Workspace
from bluegreen.world.content import (
    Deployment,
    Json,
    StackContent,
    content_of,
    open_secrets,
    short_name,
)
from bluegreen.world.journal import Journal
from settings.mistakes import SettingsError, file_of
from settings.names import PROJECT
from settings.stack_file import file_mistakes

OnResource: TypeAlias = Callable[[str], None]
"""Told the name of each resource that an operation has done."""

# The Automation API warns of the events that a killed engine does not send; that it was killed is
# told as an error.
warnings.filterwarnings("ignore", message="Error in event stream", category=UserWarning)

_STATE_VERSION = 3
"""Version of the form of states that are exported and imported."""

_REFERENCE_TYPE = "pulumi:pulumi:StackReference"
"""What a stack read of another one; that the other has been updated since is no drift."""

_SOMEBODY = "an update that Pulumi Cloud knows of"

_QUIET = ("same", "refresh", "read", "read-replacement")


class StackError(OperatorError):
    """An engine operation failed; the message holds what the engine said."""


class NoStackError(StackError):
    """The stack does not exist."""


class LockedError(BusyError):
    """The engine refused an operation because another one holds the stack.

    Attributes:
        stack: stack name.
        holders: locks that it named.
    """

    def __init__(self, stack: str, holders: Sequence[Lock], said: str) -> None:
        self.stack = stack
        self.holders = tuple(holders)
        who = ", ".join(lock.in_words for lock in holders)
        super().__init__(f"stack {stack} is held by another update: {who or said}")


class Stacks:
    """The three stacks of the project in a folder.

    Args:
        folder: folder of ``Pulumi.yaml`` and the stack files.
        workspace: asks the engine about them; None: by the Pulumi CLI on PATH.
        said_dead: locks that are dead by the operator's word, see `Locks`.

    Raises:
        StackError: the Pulumi CLI is not there, too old, or does not answer.
    """

    def __init__(
        self,
        folder: Path,
        workspace: Workspace | None = None,
        said_dead: Collection[str] = (),
    ) -> None:
        self._folder = folder
        self._workspace = workspace or _open_workspace(folder)
        self._said_dead = said_dead

    def read(self, stack: str, *, clear: bool = False) -> StackContent:
        """What the engine holds of a stack; also of one that does not exist.

        Args:
            stack: stack name.
            clear: open secret outputs. It takes the engine twice the time.

        Raises:
            StackError: it cannot be read.
            LocksError: its locks cannot be looked at, though those of its backend can be.
        """
        held = self._read_locks(stack)
        secrets = ("--show-secrets",) if clear else ()
        try:
            exported = json.loads(self._pulumi(stack, "stack", "export", *secrets))
        except NoStackError:
            return StackContent(
                StackState(name=stack, locks=held or (), locks_read=held is not None)
            )
        return content_of(stack, exported["deployment"] or {}, held)

    def _read_locks(self, stack: str) -> tuple[Lock, ...] | None:
        """Updates that hold a stack; None where nobody can see them."""
        if not locks.is_cloud(self._locks.backend_url):
            return self._locks.read(stack)
        with self._engine_errors("the stacks of the project cannot be listed"):
            found = self._workspace.list_stacks()
        busy = any(it.name == stack and it.update_in_progress for it in found)
        return (Lock(holder=_SOMEBODY, dead=False),) if busy else ()

    def answering_backend(self) -> str:
        """URL of the backend, which has just listed the project's stacks. Raises StackError."""
        with self._engine_errors("the backend of Pulumi does not answer"):
            self._workspace.list_stacks()
            return self._workspace.backend_url

    def config(self, stack: str) -> automation.ConfigMap:
        """Configuration of a stack: full keys, structured values as JSON text, secrets opened.

        Raises:
            StackError: the engine could not read it.
        """
        with self._engine_errors(f"the file of stack {stack} cannot be read", stack):
            return self._workspace.get_all_config(stack)

    def set_config(self, stack: str, values: Mapping[str, Json | None]) -> None:
        """Sets keys of the project's namespace in the stack file; those of None are removed.

        All values are written at once, so that the file is never half of what is meant.

        Raises:
            StackError: the engine could not write it; some of it may be written.
            OperatorError: it would change scalars of the file, or the file cannot be read.
        """
        self._refuse_changed_scalars(stack)
        space = self._workspace
        given = {f"{PROJECT}:{key}": v for key, v in values.items() if v is not None}
        gone = [f"{PROJECT}:{key}" for key, value in values.items() if value is None]
        with self._engine_errors(f"the file of stack {stack} cannot be written", stack):
            if given:
                entries = json.dumps({k: _config_value(v) for k, v in given.items()})
                space.set_all_config_json(stack, entries)
            if gone:
                space.remove_all_config(stack, gone)

    def create(self, stack: str) -> None:
        """Makes an empty stack where there is none, its secrets encrypted as its file says.

        Of one that exists nothing is asked: the CLI wants its passphrase before it looks.

        Raises:
            StackError: the engine could not.
            OperatorError: a stack file cannot be read, or the engine would change scalars of it.
        """
        if self.read(stack).state.exists:
            return
        self._refuse_changed_scalars(stack)
        provider = encryption.secrets_provider_of(self._folder, stack)
        with (
            self._engine_errors(f"stack {stack} cannot be made"),
            suppress(engine.StackAlreadyExistsError),
        ):
            self._workspace.create_stack(stack, provider)

    def _refuse_changed_scalars(self, stack: str) -> None:
        """The engine writes a file anew as it read it: 1.10 would be 1.1 in it from then on."""
        path = self._folder / file_of(stack)
        try:
            text = path.read_text(encoding="utf-8") if path.is_file() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise OperatorError(f"{path} cannot be read: {error}") from None
        if mistakes := file_mistakes(stack, text):
            raise OperatorError(str(SettingsError(stack, mistakes)))

    def up(self, stack: str, on_resource: OnResource, *, refresh: bool = False) -> None:
        """One plain ``pulumi up``.

        Args:
            stack: stack name.
            on_resource: told of each resource that is done.
            refresh: look at the world first, whatever the state says.

        Raises:
            LockedError: another update holds the stack.
            StackError: the update failed.
        """
        target = self._workspace.named_stack(stack)
        self._run(
            stack,
            lambda watch: target.up(
                on_event=watch,
                refresh=refresh,
                color="never",
                suppress_progress=True,
                show_secrets=False,  # of its summary, which nobody reads
            ),
            on_resource,
        )

    def deployment(self, stack: str) -> Deployment:
        """The whole state of a stack, secrets unopened. Raises StackError."""
        return json.loads(self._pulumi(stack, "stack", "export"))["deployment"]

    def deployment_in_clear(self, stack: str) -> Deployment:
        """The same with secrets in clear: to be read, never to be written. Raises StackError."""
        exported = json.loads(self._pulumi(stack, "stack", "export", "--show-secrets"))
        return {
            str(key): open_secrets(value) for key, value in (exported["deployment"] or {}).items()
        }

    def import_state(self, stack: str, deployment: Deployment) -> None:
        """Puts another state in place of a stack's. Raises as `up`.

        The engine leaves out all pending operations, whatever the other state says.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "state.json")
            path.write_text(json.dumps({"version": _STATE_VERSION, "deployment": deployment}))
            self._pulumi(stack, "stack", "import", "--file", str(path))

    def refuse_if_held(self, stack: str, root: str) -> None:
        """Finds out, in every backend, whether an update holds a stack. Raises as `up`.

        The engine refuses then to edit the state. The edit itself changes nothing in it (secrets
        are encrypted anew), and unlike `import_state` it keeps pending operations.

        Args:
            stack: stack name.
            root: URN of the stack in its state; it is never tainted, as nothing replaces it.
        """
        self._pulumi(stack, "state", "untaint", root, "--yes")

    def refresh(self, stack: str, urns: Sequence[str], on_resource: OnResource) -> None:
        """Reads resources of a stack from the world into its state. Raises as `up`."""
        target = self._workspace.named_stack(stack)
        if urns:
            self._run(
                stack,
                lambda watch: target.refresh(
                    on_event=watch, target=list(urns), color="never", suppress_progress=True
                ),
                on_resource,
            )

    def _pulumi(self, stack: str, *words: str) -> str:
        """Output of a command of the CLI that wants the stack."""
        space = self._workspace
        command = [*words, "--stack", stack]
        with self._engine_errors(f"stack {stack}", stack):
            return space.pulumi_command.run(command, space.work_dir, space.env_vars).stdout

    def destroy(self, stack: str, on_resource: OnResource) -> None:
        """One ``pulumi destroy``, with the program: its teardown hook empties the cluster.

        Raises as `up`. A destroy that was interrupted goes on. Of an empty stack nothing is
        asked: the engine would put the program's components into it and leave them there.
        """
        target = self._workspace.named_stack(stack)
        if not self.read(stack).resources:
            return
        self._run(
            stack,
            lambda watch: target.destroy(
                on_event=watch, color="never", suppress_progress=True, run_program=True
            ),
            on_resource,
        )

    def preview_changes(self, stack: str, *, refresh: bool) -> tuple[str, ...]:
        """What an update would change now, ``OPERATION NAME`` each. Raises as `up`.

        Args:
            stack: stack name.
            refresh: look at the world first, so that drift is among the changes.
        """
        target = self._workspace.named_stack(stack)
        seen = _EventListener()
        self._run(
            stack,
            lambda watch: target.preview(on_event=watch, refresh=refresh, color="never"),
            seen=seen,
        )
        return tuple(seen.changes)

    def find_drift(self, stack: str, urns: Sequence[str]) -> tuple[str, ...]:
        """What differs in the world from the state, ``OPERATION NAME`` each. Raises as `up`.

        Args:
            stack: stack name.
            urns: resources to look at.
        """
        target = self._workspace.named_stack(stack)
        seen = _EventListener()
        self._run(
            stack,
            lambda watch: target.preview_refresh(on_event=watch, target=list(urns), color="never"),
            seen=seen,
        )
        return tuple(seen.changes)

    def break_locks(self, stack: str, dead: Sequence[Lock]) -> None:
        """Removes locks of updates that are known to have ended.

        Only these, where locks are files that can be read: ``pulumi cancel`` takes whatever is
        there by then.

        Args:
            stack: stack name.
            dead: locks of it.

        Raises:
            StackError: the engine could not.
            LocksError: the backend does not let them be removed.
        """
        if self._locks.remove(stack, dead):
            return
        target = self._workspace.named_stack(stack)
        with self._engine_errors(f"the lock of stack {stack} cannot be removed", stack):
            target.cancel()

    def _run(
        self,
        stack: str,
        work: Callable[[automation.OnEvent], object],
        on_resource: OnResource = lambda _: None,
        seen: "_EventListener | None" = None,
    ) -> None:
        watch = seen or _EventListener()
        watch.on_resource = on_resource
        try:
            work(watch.event)
        except engine.CommandError as error:
            said = "\n".join(watch.errors) or engine_messages.describe_failed_command(error)
            raise self._operator_error(error, stack, f"stack {stack}: {said}") from error

    @property
    def journal(self) -> Journal:
        """Records of switches, beside the states. Raises StackError."""
        return Journal(self._locks.backend_url, PROJECT)

    @cached_property
    def _locks(self) -> locks.Locks:
        try:
            url = self._workspace.backend_url
        except engine.CommandError as error:
            said = engine_messages.describe_failed_command(error)
            raise StackError(f"the backend of Pulumi cannot be asked: {said}") from error
        return locks.Locks(url, PROJECT, self._said_dead)

    @contextmanager
    def _engine_errors(self, what: str, stack: str = "") -> Generator[None]:
        """Makes a failed command of the engine an error of ours."""
        try:
            yield
        except engine.CommandError as error:
            said = engine_messages.describe_failed_command(error)
            raise self._operator_error(error, stack, f"{what}: {said}") from error

    def _operator_error(self, error: engine.CommandError, stack: str, said: str) -> OperatorError:
        """What a failed command means to the operator; `said` where it is nothing special."""
        if isinstance(error, engine.ConcurrentUpdateError):
            holders = self._locks.in_refusal(stack, str(error))
            return LockedError(stack, holders, engine_messages.describe_failed_command(error))
        if f"no stack named '{stack}'" in str(error):  # and not one that it refers to
            return NoStackError(f"stack {stack} does not exist: run `bluegreen bootstrap` first")
        return StackError(said)


def _open_workspace(folder: Path) -> Workspace:
    try:
        return Workspace(folder)
    except FileNotFoundError as error:
        raise StackError("pulumi is not on PATH: install the Pulumi CLI") from error
    except (subprocess.CalledProcessError, automation.InvalidVersionError) as error:
        raise StackError(f"pulumi cannot be used: {error}") from error


class _EventListener:
    """Listens to one operation."""

    def __init__(self) -> None:
        self.on_resource: OnResource = lambda _: None
        self.changes: list[str] = []
        self.errors: list[str] = []

    def event(self, event: automation.EngineEvent) -> None:
        # A preview's resources are told before, an update's after they are done.
        before = event.resource_pre_event
        done = event.res_outputs_event
        said = event.diagnostic_event
        if done is not None:
            self.on_resource(short_name(done.metadata.urn))
        for seen in (before, done):
            if seen is None or seen.metadata.type == _REFERENCE_TYPE:
                continue
            if seen.metadata.op.value not in _QUIET:
                change = f"{seen.metadata.op.value} {short_name(seen.metadata.urn)}"
                if change not in self.changes:
                    self.changes.append(change)
        if said is not None and said.severity == "error" and said.message.strip():
            self.errors.append(engine_messages.strip_tracebacks(said.message))


def _config_value(value: Json) -> dict[str, Json]:
    """A value in the form of ``pulumi config --json``."""
    if isinstance(value, str):
        return {"value": value, "secret": False}
    return {"value": json.dumps(value), "objectValue": value, "secret": False}
