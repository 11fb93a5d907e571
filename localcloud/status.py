"""What a local cloud runs, with the memory of each program."""

import re
from collections.abc import Sequence

import psutil
from rich.console import Console
from rich.table import Table

from localcloud import reaper
from localcloud.forks import server as fork_server
from localcloud.state import RunningCloud, StateFolder


def print_processes(state: StateFolder, cloud: RunningCloud, console: Console) -> None:
    """Prints a table of all its processes."""
    table = Table(title="The local cloud")
    table.add_column("process", overflow="fold")
    for title in ("pid", "memory (MiB)"):
        table.add_column(title, justify="right", no_wrap=True)
    server = psutil.Process(cloud.pid)
    total = 0.0
    for process in (server, *server.children(recursive=True)):
        try:
            # What several share counts as one part for each: so the sum is what all of them take.
            memory = process.memory_full_info().pss / 2**20
            name = describe(process.name(), process.cmdline(), state)
        except psutil.Error:
            continue
        if process.pid == cloud.pid:
            name = "server: AWS APIs, DNS, proxy, load balancers"
        total += memory
        table.add_row(name, str(process.pid), f"{memory:.0f}")
    table.add_section()
    table.add_row("all", "", f"{total:.0f}")
    console.print(table)


def describe(name: str, command: Sequence[str], state: StateFolder) -> str:
    """A process in words, for people.

    Args:
        name: of its program.
        command: its command line.
        state: folder of the local cloud.
    """
    if reaper.__file__ in command:
        return "reaper: ends the others, should the server die"
    if fork_server.__file__ in command:
        return "forks: starts plugins and programs of Pulumi"
    found = re.search(re.escape(f"{state.clusters}/") + r"([^/\s]+)", " ".join(command))
    return f"{name} of {found[1]}" if found else name
