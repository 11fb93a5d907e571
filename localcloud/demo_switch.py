"""Moves production to the other colour on the local cloud, while visitors are counted."""

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from localcloud import backend, demo
from localcloud.lifecycle import CloudError
from localcloud.state import RunningCloud, StateFolder
from localcloud.traffic import Traffic
from settings.names import COLOURS, SHARED, Colour

RATE = 20.0
"""Requests a second."""

CLIENTS = 20
AFTERWARDS = 70.0
"""Seconds that visitors are counted after the switch: what DNS told them holds for 60 s at most."""

_LONGEST = 24 * 3600.0
_REFRESHES = 4


def run(state: StateFolder, cloud: RunningCloud, console: Console) -> int:
    """Runs ``bluegreen switch`` beside visitors of the sample application; returns its exit code.

    Raises:
        CloudError: the demo has not come up, or no colour is active.
    """
    old, new = _colours(state)
    zones = demo.read_zones(state)
    names = [f"{demo.SAMPLE_NAME}.{zones[kind]}" for kind in ("public", "private")]
    traffic = Traffic(
        names, dns_port=cloud.dns_port, balancer_port=cloud.balancer_port, clients=CLIENTS
    )
    console.print(
        f"Visitors ask for {' and '.join(names)}, {RATE:.0f} times a second. {old} is active.\n"
        f"[bold]bluegreen switch --to {new} --yes[/bold]"
    )
    with _visitors(traffic), _counter(traffic, console) as live:
        code = _switch(state, cloud, new, live.console)
        if code == 0:
            live.console.print("The last visitors forget the old address…")
            _wait_until_all_move(traffic, new)
    console.print(summary(traffic.counts, old, new))
    if code == 0:
        console.print(f"The way back is the same: `make demo-switch` once more moves it to {old}.")
    else:
        console.print(f"bluegreen ended with {code}. `make shell`, then `bluegreen status`.")
    return code


def summary(counts: Mapping[tuple[str, str], int], old: Colour, new: Colour) -> str:
    """How many requests each colour answered, and how many nobody did; one line."""
    answered = _by_colour(counts)
    missed = sum(answered.values()) - answered[old] - answered[new]
    return (
        f"{answered[old] + answered[new]:,} requests answered: {answered[old]:,} by {old},"
        f" {answered[new]:,} by {new}. Not answered: {missed:,}."
    )


def counter(counts: Mapping[tuple[str, str], int]) -> RenderableType:
    """The counter: a line for each colour, one more once a request was not answered."""
    answered = _by_colour(counts)
    table = Table.grid(padding=(0, 2))
    whole = max(sum(answered.values()), 1)
    for colour in COLOURS:
        bar = "━" * round(40 * answered[colour] / whole)
        table.add_row(colour, Text(f"{answered[colour]:>7,}"), Text(bar, style=colour))
    missed = sum(answered.values()) - sum(answered[colour] for colour in COLOURS)
    if missed:
        table.add_row("no answer", Text(f"{missed:>7,}", style="red"), "")
    return Group("[dim]requests answered by[/dim]", table)


def _by_colour(counts: Mapping[tuple[str, str], int]) -> Counter[str]:
    answered: Counter[str] = Counter()
    for (_, colour), count in dict(counts).items():
        answered[colour] += count
    return answered


def _colours(state: StateFolder) -> tuple[Colour, Colour]:
    """The active colour, and the other one."""
    active = backend.outputs(state, SHARED).get("activeColour")
    for old, new in (COLOURS, COLOURS[::-1]):
        if active == old:
            if not backend.outputs(state, new):
                raise CloudError(f"{new} does not stand. `make demo` brings both colours up.")
            return old, new
    raise CloudError(
        "no colour is active. `make demo` brings the platform up; if a switch was interrupted,"
        " `make shell` and then `bluegreen status` says how to go on."
    )


@contextmanager
def _visitors(traffic: Traffic) -> Generator[None]:
    ended = threading.Event()
    thread = threading.Thread(target=traffic.run, args=(RATE, _LONGEST, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def _counter(traffic: Traffic, console: Console) -> Generator[Live]:
    """The counter below all else that is printed; without a terminal none."""
    with Live(
        console=console,
        refresh_per_second=_REFRESHES,
        transient=True,
        get_renderable=lambda: counter(traffic.counts),
    ) as live:
        if not console.is_terminal:
            live.stop()
        yield live


def _switch(state: StateFolder, cloud: RunningCloud, new: Colour, console: Console) -> int:
    """Runs the operator command and prints its lines; returns its exit code."""
    environment = state.environment(cloud) | {"COLUMNS": str(console.width)}
    command = [sys.executable, "-m", "bluegreen", "switch", "--to", new, "--yes"]
    with subprocess.Popen(
        command,
        cwd=state.project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            console.print(Text(line.rstrip("\n")))
        return process.wait()


def _wait_until_all_move(traffic: Traffic, new: Colour) -> None:
    """Waits until a second has only the new colour's answers, or visitors must have moved."""
    until = time.monotonic() + AFTERWARDS
    before = _by_colour(traffic.counts)
    while time.monotonic() < until:
        time.sleep(1.0)
        now = _by_colour(traffic.counts)
        came = now - before
        if set(came) == {new}:
            return
        before = now
