"""Keeps a record of a command that moves production, and tells of it, whatever it ends with.

That a record cannot be kept, or nobody be told, is said and stops nothing.
"""

import getpass
import os
import socket
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.errors import Exit, OperatorError
from bluegreen.notifications import NotifyError, Webhook
from bluegreen.report import Report
from bluegreen.switch_record import OUTCOMES, Outcome, SwitchRecord
from bluegreen.world.journal import Journal
from settings.names import Colour


class Recorder:
    """Keeps and tells.

    Args:
        open_journal: gives where records are kept; may raise OperatorError.
        webhooks: who is told.
        report: says what could not be done.
        read_caller: who AWS says that the operator is.
        environment: of the process: names the run of a pipeline.
    """

    def __init__(
        self,
        open_journal: Callable[[], Journal],
        webhooks: Sequence[Webhook],
        report: Report,
        read_caller: Callable[[], str],
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._open_journal = open_journal
        self._webhooks = webhooks
        self._report = report
        self._read_caller = read_caller
        self._environment = environment

    @contextmanager
    def recorded(self, record: SwitchRecord | None) -> Generator[Callable[[str], None]]:
        """Keeps `record` as begun, and with its end; the value takes the last words.

        Args:
            record: None where nothing is about to be changed: nothing is kept then.
        """
        said: list[str] = []
        if record is None:
            yield said.append
            return
        self._keep(record)
        try:
            yield said.append
        except KeyboardInterrupt:
            self._keep(_ended(record, "interrupted", ""))
            raise
        except Exception as error:
            code = error.code if isinstance(error, OperatorError) else Exit.FAILED
            self._keep(_ended(record, OUTCOMES.get(code, "failed"), str(error)))
            raise
        self._keep(_ended(record, "done", " ".join(said)))

    def begin(
        self,
        command: Literal["switch", "retire"],
        colour: Colour,
        *,
        only: Sequence[str] = (),
        waived: Sequence[str] = (),
    ) -> SwitchRecord:
        """The record of a command that begins now."""
        return SwitchRecord(
            command=command,
            colour=colour,
            only=tuple(only),
            waived=tuple(waived),
            by=self._who(),
            on=self._where(),
            begun=datetime.now(UTC),
        )

    def _who(self) -> str:
        """ARN of the operator, or why it is not known."""
        try:
            return self._read_caller()
        except (BotoCoreError, ClientError) as error:
            return f"not known: {error}"

    def _where(self) -> str:
        """Address of the pipeline's run, or user and host."""
        known = self._environment
        if known.get("GITHUB_RUN_ID"):
            server, repository = known["GITHUB_SERVER_URL"], known["GITHUB_REPOSITORY"]
            return f"{server}/{repository}/actions/runs/{known['GITHUB_RUN_ID']}"
        return known.get("CI_JOB_URL") or f"{_user()}@{socket.gethostname()}"

    def _keep(self, record: SwitchRecord) -> None:
        try:
            self._open_journal().write(record)
        except OperatorError as error:
            self._report.print_line(str(error), mark="no record:", style="yellow")
        for webhook in self._webhooks:
            try:
                webhook.tell(record)
            except NotifyError as error:
                self._report.print_line(str(error), mark="not notified:", style="yellow")


def _ended(record: SwitchRecord, outcome: Outcome, says: str) -> SwitchRecord:
    return record.model_copy(update={"ended": datetime.now(UTC), "outcome": outcome, "says": says})


def _user() -> str:
    try:
        return getpass.getuser()
    except OSError:
        return "somebody"
