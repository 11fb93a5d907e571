"""The Automation API without what it does beside: each of it runs the CLI once more."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from pulumi import automation

# The class methods of Stack make a Stack, whatever class they are called on.
from pulumi.automation._stack import StackInitMode

from bluegreen.world.engine_command import EngineCommand


class Workspace(automation.LocalWorkspace):
    """A project in which no stack is selected: every command names its own.

    To select one would also change which stack the operator's own `pulumi up` means.

    Args:
        folder: folder of the project.
        environment: variables of the engine beside this process's own.
        command: the CLI; by default one that leaves a witness of each engine.
    """

    def __init__(
        self,
        folder: Path,
        *,
        environment: Mapping[str, str] | None = None,
        command: automation.PulumiCommand | None = None,
    ) -> None:
        if command is None:
            command = EngineCommand()
            command.backend_url = lambda: self.backend_url
        self._backend_url: str | None = None
        self._asked = Lock()
        super().__init__(
            work_dir=str(folder), env_vars=dict(environment or {}), pulumi_command=command
        )

    @property
    def backend_url(self) -> str:
        """URL of the backend; the CLI is asked once, however many threads want to know."""
        with self._asked:
            if self._backend_url is None:
                self._backend_url = str(self.who_am_i().url or "")
            return self._backend_url

    def select_stack(self, stack_name: str) -> None:
        """Does nothing; whoever uses a stack that does not exist is told so."""

    def create_stack(self, stack_name: str, secrets_provider: str | None = None) -> None:
        """Makes an empty stack.

        Args:
            stack_name: its name.
            secrets_provider: who encrypts its secrets; None leaves it to the backend.
        """
        words = ["stack", "init", stack_name, "--no-select"]
        if secrets_provider:
            words += ["--secrets-provider", secrets_provider]
        self.pulumi_command.run(words, self.work_dir, self.env_vars)

    def named_stack(self, name: str) -> "NamedStack":
        """A stack of the project, which need not exist.

        Args:
            name: stack name.
        """
        return NamedStack(name, self)


class NamedStack(automation.Stack):
    """A stack of a workspace.

    After each update the Automation API asks for outputs and history. They are not asked for
    here: nobody reads them, and a remote backend takes seconds for each.

    Args:
        name: stack name.
        workspace: of the project.
    """

    def __init__(self, name: str, workspace: Workspace) -> None:
        super().__init__(name, workspace, StackInitMode.SELECT)

    def outputs(self) -> automation.OutputMap:
        """None; see `Stacks.read`."""
        return {}

    def info(self, show_secrets: bool = True) -> automation.UpdateSummary:
        """Says nothing of the update, but that it has ended."""
        return automation.UpdateSummary(
            kind="", start_time=datetime.now(UTC), message="", environment={}, config={}, result=""
        )
