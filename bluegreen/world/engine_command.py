"""Starts the engine, and leaves a witness of each that works on a stack."""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from typing import IO

from pulumi.automation import CommandResult, OnOutput, PulumiCommand
from pulumi.automation.errors import create_command_error

from bluegreen.world import witnesses

_GO_CRASH = 2
"""Exit code of a Go program that panics. Pulumi has the same for other errors."""

_GO_STACK = "goroutine "
"""In what a Go program prints as it panics."""


class EngineCommand(PulumiCommand):
    """The Pulumi CLI, run as the Automation API runs it.

    That does not tell the process id, so it is done here again, without what is never used: a CLI
    elsewhere than on PATH.

    Attributes:
        backend_url: asked for the URL of the backend; it may run the CLI.
    """

    backend_url: Callable[[], str] = staticmethod(str)

    def __init__(self) -> None:
        super().__init__()
        witnesses.prune()

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: OnOutput | None = None,
        on_error: OnOutput | None = None,
    ) -> CommandResult:
        """Runs the CLI until it ends.

        Args:
            args: its arguments.
            cwd: folder of the project.
            additional_env: variables beside those of this process.
            on_output: told of each line of standard output.
            on_error: told of each line of standard error.

        Raises:
            CommandError: it failed.
        """
        stack = _stack_of(args)
        backend = self.backend_url() if stack else ""
        since = time.time()
        with subprocess.Popen(
            [self.command, "--non-interactive", *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env={**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"},
            encoding="utf-8",
        ) as process:
            # Before all else: whoever kills both of them leaves no more than this.
            witness = witnesses.WitnessFile(process.pid, backend, stack, since) if stack else None
            out = _Lines(process.stdout, on_output)
            err = _Lines(process.stderr, on_error)
            result = CommandResult(out.text(), err.text(), process.wait())
        if witness is not None:
            if _may_have_left_its_lock(result):
                witness.keep()
            else:
                witness.remove()
        if result.code:
            raise create_command_error(result)
        return result


class _Lines:
    """Reads a pipe to its end, beside this thread."""

    def __init__(self, pipe: IO[str] | None, callback: OnOutput | None) -> None:
        self._pipe = pipe
        self._callback = callback
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def text(self) -> str:
        """All of it, once it has ended."""
        self._thread.join()
        return "\n".join(self._lines)

    def _read(self) -> None:
        for line in self._pipe or ():
            stripped = line.rstrip()
            if self._callback is not None:
                self._callback(stripped)
            self._lines.append(stripped)


def _stack_of(args: list[str]) -> str:
    """The stack that a command names; empty where it names none."""
    place = args.index("--stack") + 1 if "--stack" in args else len(args)
    return "".join(args[place : place + 1])


def _may_have_left_its_lock(result: CommandResult) -> bool:
    """Whether the engine was killed or crashed; at every other end it gives its lock back."""
    return result.code < 0 or (result.code == _GO_CRASH and _GO_STACK in result.stderr)
