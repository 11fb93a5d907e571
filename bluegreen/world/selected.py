"""Stacks of the Automation API whose updates end when the engine ends."""

from datetime import UTC, datetime

from pulumi import automation

# The class methods of Stack make a Stack, whatever class they are called on.
from pulumi.automation._stack import StackInitMode


class SelectedStack(automation.Stack):
    """A stack that exists.

    After each update the Automation API runs the CLI three more times, for outputs and history.
    They are not asked for here: nobody reads them, and a remote backend takes seconds for each.

    Args:
        name: stack name.
        workspace: of the project.

    Raises:
        pulumi.automation.errors.StackNotFoundError: there is no such stack.
    """

    def __init__(self, name: str, workspace: automation.Workspace) -> None:
        super().__init__(name, workspace, StackInitMode.SELECT)

    def outputs(self) -> automation.OutputMap:
        """None; see `Stacks.read`."""
        return {}

    def info(self, show_secrets: bool = True) -> automation.UpdateSummary:
        """Says nothing of the update, but that it has ended."""
        return automation.UpdateSummary(
            kind="", start_time=datetime.now(UTC), message="", environment={}, config={}, result=""
        )
