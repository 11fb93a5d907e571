"""The one more command after an interruption: the operator's, or the documented plain updates."""

import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from bluegreen.snapshot import Lock
from bluegreen.world.locks import Locks
from development.chaos.plan import Ending
from development.chaos.platform import Platform
from development.chaos.watching import Watch, wait_until_names_lead_to
from localcloud.backend import latest
from localcloud.liveness import Liveness, StalledError
from settings.names import COLOURS, PROJECT, SHARED

_PAUSE = 0.5  # seconds
_NOBODY = 2**31 - 1
_NAMES_SECONDS = 120.0
"""Of a `FairClock`, since the last name moved. As the runbook says: within a minute or two every
live name has moved."""

_UP = ("up", "--yes", "--skip-preview", "--non-interactive", "--color", "never")


class _Run(Protocol):
    """Runs a command; gives its exit code."""

    def __call__(self, *words: str) -> int: ...


def colour_after(ending: Ending, old: str, new: str) -> str:
    """The colour that must be active once the command has ended."""
    return new if ending in (Ending.AGAIN, Ending.UPS_AGAIN) else old


def run(platform: Platform, watch: Watch, ending: Ending, to: str, log: Path) -> int:
    """Runs it; gives its exit code.

    Args:
        platform: the platform.
        watch: knows the load balancers.
        ending: which one.
        to: colour that is to be active.
        log: where its output goes.
    """
    if ending in (Ending.AGAIN, Ending.BACK):
        done = platform.run("bluegreen", "switch", "--to", to, "--yes")
        log.write_text(f"{done.stdout}\n{done.stderr}")
        return done.returncode
    return _run_plain_updates(platform, watch, to, log)


def _run_plain_updates(platform: Platform, watch: Watch, to: str, log: Path) -> int:
    """The runbook's updates, each after what the runbook for stuck updates says."""
    other = next(colour for colour in COLOURS if colour != to)
    with log.open("w") as output:

        def run(*words: str) -> int:
            done = platform.run(*words)
            output.write(f"$ {' '.join(words)}\n{done.stdout}\n{done.stderr}\n")
            return done.returncode

        _unstick(platform, run)
        for words in (
            ("config", "rm", "activeColour", "-s", SHARED),
            (*_UP, "-s", SHARED),
            (*_UP, "-s", other),
            ("config", "set", "activeColour", to, "-s", SHARED),
            (*_UP, "-s", SHARED),
            (*_UP, "-s", to),
        ):
            code = run("pulumi", *words)
            if code:
                return code
        left = wait_until_names_lead_to(platform, watch.names.places, to, _NAMES_SECONDS)
        output.write(f"names that have not moved: {left}\n")
    return int(bool(left))


def _unstick(platform: Platform, run: _Run) -> None:
    """Waits for updates that still run, cancels dead ones, settles what they left pending."""
    _wait_for_updates(lambda: _locks(platform))
    for stack in (SHARED, *COLOURS):
        if Locks(platform.state.backend_url, PROJECT).read(stack):
            run("pulumi", "cancel", "--yes", "--non-interactive", "-s", stack)
        if latest(platform.state, stack).get("pending_operations"):
            run("bluegreen", "recover", "--stack", stack)


def _wait_for_updates(locks: Callable[[], Sequence[Lock]]) -> None:
    """Waits for updates that hold a lock, as long as they go on; no longer than for ever."""
    watched: dict[str, Liveness] = {}
    with suppress(StalledError):
        while living := [lock for lock in locks() if not lock.dead]:
            for lock in living:
                if lock.holder not in watched:
                    watched[lock.holder] = Liveness(_pid(lock), lock.holder, None, lambda _: None)
                watched[lock.holder].look()
            time.sleep(_PAUSE)


def _pid(lock: Lock) -> int:
    found = re.search(r"\(pid (\d+)\)", lock.holder)
    # Of one that does not say who holds it nothing is seen to go on.
    return int(found[1]) if found else _NOBODY


def _locks(platform: Platform) -> list[Lock]:
    url = platform.state.backend_url
    return [lock for stack in (SHARED, *COLOURS) for lock in Locks(url, PROJECT).read(stack) or ()]
