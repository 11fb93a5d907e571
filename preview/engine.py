"""Runs the engine for one stack and keeps its event log."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

POLICY_PACK = Path(__file__).resolve().parent.parent / "policy"
"""The policies that every preview runs."""

_EVENT_LOG = {"PULUMI_DEBUG_COMMANDS": "true"}
"""Without it the CLI does not know `--event-log`; the Automation API does the same."""


class EngineError(Exception):
    """The engine could not be run; the message says why."""


class NoStackError(EngineError):
    """The stack does not exist."""


def preview(stack: str, events: Path, *, project: Path, refresh: bool = False) -> int:
    """Runs ``pulumi preview`` with the policies; what it prints goes to standard error.

    Args:
        stack: stack name.
        events: file for the event log.
        project: folder of Pulumi.yaml.
        refresh: look first at what is really there.

    Returns:
        Exit status of the CLI: 0, or not when an error or a policy would stop the update.

    Raises:
        NoStackError: there is no such stack.
        EngineError: there is no Pulumi CLI on PATH, or it left no event log, for example without
            access to the state.
    """
    options = ["--policy-pack", str(POLICY_PACK)]
    return _run(["preview", *options, *(["--refresh"] if refresh else [])], stack, events, project)


def drift(stack: str, events: Path, *, project: Path) -> int:
    """Runs ``pulumi refresh --preview-only``: what was changed behind the program's back.

    Arguments, result and errors are those of `preview`.
    """
    return _run(["refresh", "--preview-only"], stack, events, project)


def _run(command: Sequence[str], stack: str, events: Path, project: Path) -> int:
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise EngineError(
            "pulumi is not on PATH. Install it, or run this in `make shell` for the local cloud"
        )
    events.unlink(missing_ok=True)
    arguments = [*command, "--stack", stack, "--event-log", str(events)]
    done = subprocess.run(
        [pulumi, *arguments, "--non-interactive", "--color", "never", "--suppress-progress"],
        cwd=project,
        env=os.environ | _EVENT_LOG,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",  # a plugin may say anything
        check=False,
    )
    if not events.exists():
        raise _no_log(stack, _last(done.stdout))
    return done.returncode


def _no_log(stack: str, said: str) -> EngineError:
    """What it means that the CLI left no event log."""
    if f"no stack named '{stack}'" in said:  # and not one that it refers to
        return NoStackError(said)
    return EngineError(said)


def _last(output: str) -> str:
    """The CLI's own error, without what came before."""
    lines = [line for line in output.strip().splitlines() if line.startswith("error:")]
    return "\n".join(lines) or output.strip() or "the engine said nothing"
