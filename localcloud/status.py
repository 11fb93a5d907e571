"""What a local cloud runs, with the memory of each program."""

import re
from collections.abc import Sequence

import psutil
from rich.console import Console
from rich.table import Table
from rich.text import Text

from localcloud import later, reaper
from localcloud.forks import server as fork_server
from localcloud.plugins.install import installed
from localcloud.state import RunningCloud, StateFolder
from localcloud.tools import child


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
    console.print(plugins_line(state))


def plugins_line(state: StateFolder) -> str:
    """Which provider plugins are real ones, in one line."""
    found = installed(state)
    real = [f"{it.name} {it.version}" for it in found if not it.stand_in]
    ours = [f"{it.name} {it.version}" for it in found if it.stand_in]
    kinds = (("real", real), ("stand-ins", ours))
    said = (f"{kind}: {', '.join(names) or 'none'}" for kind, names in kinds)
    return f"Provider plugins: {'; '.join(said)}."


def print_coming(cloud: RunningCloud, console: Console) -> None:
    """Says which programs are obtained meanwhile, if any are."""
    coming = [f"{it.name} {it.version}" for it in later.read(cloud) if it.state != "there"]
    if coming:
        console.print(
            f"Obtained meanwhile, each before it is needed if that can be: {', '.join(coming)};"
            " `make status` says how far they are."
        )


def print_later_tools(cloud: RunningCloud, console: Console) -> None:
    """Prints a table of the programs that are not there yet, if any are not."""
    try:
        coming = [it for it in later.read(cloud) if it.state != "there"]
    except OSError as error:
        console.print(f"Which programs are still obtained was not seen: {error}", highlight=False)
        return
    if not coming:
        return
    table = Table(title="Programs that are still obtained")
    for title in ("program", "state", "since", "waited for"):
        table.add_column(title, no_wrap=True)
    table.add_column("how far, or why not", overflow="fold")
    for it in coming:
        since = f"{it.since.astimezone():%H:%M:%S}" if it.since else ""
        waited = "yes" if it.wanted else "no"
        table.add_row(f"{it.name} {it.version}", it.state, since, waited, Text(it.doing))
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
    if child.__name__ in command:
        return "tools: obtains programs that are needed later"
    if fork_server.__file__ in command:
        return "forks: starts plugins and programs of Pulumi"
    found = re.search(re.escape(f"{state.clusters}/") + r"([^/\s]+)", " ".join(command))
    return f"{name} of {found[1]}" if found else name
