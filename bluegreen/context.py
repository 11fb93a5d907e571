"""Puts the parts of a command together from its options."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml
from rich.console import Console

from bluegreen.bootstrap import Bootstrap
from bluegreen.chart_rules import charts_there
from bluegreen.cleanup import Cleanup
from bluegreen.drain import Drain
from bluegreen.errors import OperatorError
from bluegreen.moved import NamesWait
from bluegreen.name_servers import NameServers
from bluegreen.notifications import Webhook
from bluegreen.preflight.preflight import Preflight
from bluegreen.recording import Recorder
from bluegreen.recovery.recovery import Recovery
from bluegreen.report import Report
from bluegreen.retire import Retirement
from bluegreen.switch import Switch
from bluegreen.teardown import ReportedTeardown
from bluegreen.updates import AskOperator, Patience, Updates
from bluegreen.warmth import Warmth
from bluegreen.world.aws import Aws
from bluegreen.world.kube import ApiServerClient
from bluegreen.world.observe import Observer
from bluegreen.world.resolver import Server
from bluegreen.world.stacks import Stacks

_PROJECT_FILE = "Pulumi.yaml"
_SHARED_FILE = "Pulumi.shared.yaml"


@dataclass(frozen=True, kw_only=True)
class Context:
    """One run of the command.

    Attributes:
        folder: folder of the Pulumi project.
        resolvers: name servers to ask; none: the authoritative ones.
        patience: how long things may take.
        as_json: print one JSON document on standard output, and all else on standard error.
        dead_locks: locks that are dead by the operator's word, as `Lock.in_words` names them.
        ask: asks the operator a question; None where nobody can be asked.
        webhooks: who is told of a switch.
    """

    folder: Path
    resolvers: Sequence[Server] = ()
    patience: Patience
    as_json: bool = False
    dead_locks: Sequence[str] = ()
    ask: AskOperator | None = None
    webhooks: Sequence[Webhook] = ()

    @cached_property
    def console(self) -> Console:
        """Where people read."""
        return Console(stderr=self.as_json, emoji=False)

    @cached_property
    def report(self) -> Report:
        """Tells of progress."""
        return Report(self.console)

    @cached_property
    def stacks(self) -> Stacks:
        """The project's stacks."""
        return Stacks(self.folder, said_dead=self.dead_locks)

    @cached_property
    def aws(self) -> Aws:
        """The account, in the region of the shared stack's file."""
        return Aws(_region(self.folder))

    @cached_property
    def observer(self) -> Observer:
        """Takes snapshots."""
        return Observer(self.stacks, self.aws)

    @cached_property
    def updates(self) -> Updates:
        """Updates stacks."""
        recovery = Recovery(self.stacks, self.aws, ApiServerClient)
        return Updates(self.stacks, recovery, self.report, self.patience, self.ask)

    @cached_property
    def switch(self) -> Switch:
        """Plans and does switches."""
        servers = NameServers(self.aws, self.resolvers)
        names = NamesWait(self.observer, servers, self.report, self.patience)
        return Switch(
            self.observer,
            self.stacks,
            self.updates,
            names,
            self.report,
            lambda waived: charts_there(self.folder, waived),
            Warmth(self.observer, self.report, self.patience),
        )

    @cached_property
    def drain(self) -> Drain:
        """Watches traffic."""
        return Drain(self.observer, self.aws)

    @cached_property
    def retirement(self) -> Retirement:
        """Retires colours."""
        return Retirement(
            observer=self.observer,
            stacks=self.stacks,
            updates=self.updates,
            drain=self.drain,
            teardown=ReportedTeardown(self.report, self.patience),
            region=self.aws.region,
            report=self.report,
            charts=lambda colour: charts_there(self.folder, (), colours=[colour]),
        )

    @cached_property
    def cleanup(self) -> Cleanup:
        """Looks for leftover records."""
        return Cleanup(self.observer, self.aws, self.report)

    @cached_property
    def preflight(self) -> Preflight:
        """Looks at the account."""
        return Preflight(
            folder=self.folder,
            aws=self.aws,
            open_stacks=lambda: self.stacks,
            resolvers=self.resolvers,
            report=self.report,
        )

    @cached_property
    def recorder(self) -> Recorder:
        """Keeps records of switches, and tells of them."""
        return Recorder(
            lambda: self.stacks.journal, self.webhooks, self.report, self.aws.read_caller
        )

    @cached_property
    def bootstrap(self) -> Bootstrap:
        """Builds colours."""
        return Bootstrap(self.observer, self.stacks, self.updates, self.switch, self.report)


def project_folder(start: Path) -> Path:
    """The nearest folder upwards that holds a Pulumi project.

    Raises:
        OperatorError: there is none, or it lacks the shared stack's file.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / _PROJECT_FILE).is_file():
            if not (folder / _SHARED_FILE).is_file():
                raise OperatorError(f"{folder} has a {_PROJECT_FILE}, and no {_SHARED_FILE}")
            return folder
    raise OperatorError(
        f"no {_PROJECT_FILE} in {start} or above: run this in the project, or give --project"
    )


def _region(folder: Path) -> str | None:
    """Region of the shared stack's file; None leaves it to the AWS configuration."""
    content = yaml.safe_load((folder / _SHARED_FILE).read_text())
    region = (content.get("config") or {}).get("aws:region")
    return str(region) if region else None
