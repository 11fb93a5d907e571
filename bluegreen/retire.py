"""Empties and destroys a colour that production has left. Every step may be run again."""

from collections.abc import Callable, Collection
from datetime import timedelta

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen import retirement_rules
from bluegreen.drain import Drain
from bluegreen.errors import HalfwayError, OperatorError, RefusedError
from bluegreen.finding import Finding, describe_refused, refused
from bluegreen.report import Report
from bluegreen.snapshot import JsonModel, Snapshot
from bluegreen.teardown import Teardown, teardown_target
from bluegreen.updates import Updates
from bluegreen.waivers import WAIVERS, Waivers, unmatched
from bluegreen.world.content import PROTECTION, has_marker, is_protected
from bluegreen.world.observe import Observer
from bluegreen.world.stacks import Stacks
from eks_platform_contract.outputs import ColourOutput
from settings.names import COLOURS, SHARED, Colour
from teardown import TeardownError


class Retired(JsonModel):
    """What a retirement removed.

    Attributes:
        colour: the colour.
        resources: resources of its stack.
        records: record sets, TXTs included.
        kept_logs: log groups that stay, for the days that their settings say.
    """

    colour: Colour
    resources: int
    records: int
    kept_logs: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """What has gone, in one sentence."""
        return f"{self.colour} is gone: {self.resources} resources, {self.records} record sets."

    def in_full(self, region: str) -> str:
        """The same, and what has not gone.

        Args:
            region: AWS region, for a command.
        """
        if not self.kept_logs:
            return self.in_words
        return (
            f"{self.in_words}\nIts logs stay for the days of logging.retentionDays, in"
            f" {' and '.join(self.kept_logs)}; the next cluster of {self.colour} goes on with them."
            f" To delete one: aws logs delete-log-group --region {region} --log-group-name GROUP"
        )


class Retirement:
    """Checks and retires."""

    def __init__(
        self,
        *,
        observer: Observer,
        stacks: Stacks,
        updates: Updates,
        drain: Drain,
        teardown: Teardown,
        region: str,
        report: Report,
        charts: Callable[[Colour], Finding],
    ) -> None:
        """Puts its parts together.

        Args:
            observer: takes snapshots.
            stacks: the project's stacks.
            updates: updates them.
            drain: watches traffic.
            teardown: empties clusters.
            region: AWS region.
            report: tells of progress.
            charts: judges whether a colour's charts can be had.
        """
        self._charts = charts
        self._observer = observer
        self._stacks = stacks
        self._updates = updates
        self._drain = drain
        self._teardown = teardown
        self._region = region
        self._report = report

    def check(
        self, colour: Colour, window: timedelta, ignored: Collection[str] = ()
    ) -> tuple[Snapshot, list[Finding]]:
        """Every rule that forbids it.

        Args:
            colour: colour to be deleted.
            window: how long nothing must have come.
            ignored: load balancers and objects whose traffic is accepted.

        Raises:
            OperatorError: the platform cannot be seen.
        """
        with self._report.step("look at stacks, records, load balancers and traffic"):
            snapshot = self._observer.everything()
            look = self._drain.read_traffic(snapshot, colour, window)
        waivers = Waivers(ignored)
        findings = retirement_rules.before_retirement(
            snapshot, colour, look.drained.traffic, waivers
        )
        if is_protected(self._observer.content(colour).resources):
            # Turning the protection off is an update, and would stop at the first chart.
            findings = [*findings, self._charts(colour)]
        return snapshot, [*findings, *unmatched(waivers, complete=not refused(findings))]

    def run(self, colour: Colour, window: timedelta, ignored: Collection[str] = ()) -> Retired:
        """Retires a colour; arguments as of `check`.

        Raises:
            RefusedError: a rule forbids it and nothing has been changed.
            HalfwayError: a step failed; running it again goes on.
        """
        snapshot, findings = self.check(colour, window, ignored)
        failing = refused(findings)
        if failing:
            lines = [f"{colour} cannot be retired:", describe_refused(failing)]
            lines += [f"  {it}" for note in findings if note.rule == WAIVERS for it in note.details]
            raise RefusedError("\n".join(lines))
        try:
            return self._retire(snapshot, colour)
        except (OperatorError, TeardownError, BotoCoreError, ClientError) as error:
            words = ["bluegreen retire --colour", colour]
            words += [word for name in ignored for word in ("--ignore-traffic", name)]
            raise HalfwayError(
                f"{error}\nThe retirement of {colour} stands halfway. Run"
                f" `{' '.join(words)}` again to go on"
            ) from error

    def _retire(self, snapshot: Snapshot, colour: Colour) -> Retired:
        content = self._observer.content(colour, clear=True)  # the kubeconfig is secret
        config = content.outputs.get(ColourOutput.KUBECONFIG)
        target = teardown_target(snapshot, colour, region=self._region, kubeconfig=config)
        records = self._teardown.count_records(target)
        kept: tuple[str, ...] = ()
        if content.state.resources:
            # Before the stack's own hook does the same: here each thing is shown that is waited
            # for, and nothing has been changed yet if it does not go.
            self._teardown.empty_cluster(target, begun=not has_marker(content.resources))
            kept = self._destroy(colour)
        self._teardown.remove_records(target)
        self._unlist_colour(colour)
        return Retired(
            colour=colour, resources=content.state.resources, records=records, kept_logs=kept
        )

    def _destroy(self, colour: Colour) -> tuple[str, ...]:
        """Destroys the stack; gives the log groups that stay."""
        # An update of a colour that is half destroyed would build it anew.
        if is_protected(self._observer.content(colour).resources):
            self._stacks.set_config(colour, {PROTECTION: "false"})
            self._updates.up(colour, "deletion protection is turned off")
        kept = self._observer.content(colour).kept_logs
        self._updates.destroy(colour, "its cluster, nodes and roles go")
        # The next cluster of this colour is protected again.
        self._stacks.set_config(colour, {PROTECTION: None})
        return kept

    def _unlist_colour(self, colour: Colour) -> None:
        """Takes the colour from the shared stack; only now, as it must first be gone."""
        shared = self._observer.read_stacks().shared
        writer = shared.live_writer
        doubted = writer is not None and colour in writer.unconfirmed
        listed = [c for c in COLOURS if c in shared.listed and c != colour]
        if colour not in shared.listed:
            return
        values: dict[str, object] = {"colours": listed}
        if doubted:
            # It never said that its writers ended, and now it never will.
            values["forgetColours"] = [*shared.forgotten, colour]
        self._stacks.set_config(SHARED, values)
        self._updates.up(SHARED, f"{colour} is no longer known")
