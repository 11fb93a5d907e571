"""Brings the whole platform up on the local cloud and shows what stands where."""

import subprocess
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypedDict, cast

from dns.exception import DNSException
from pulumi import automation
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from localcloud import backend, kubectl, later, names, workspace
from localcloud.kubectl import KubectlError
from localcloud.lifecycle import CloudError
from localcloud.records import alias_targets
from localcloud.state import PROJECT_ROOT, REGION, RunningCloud, StateFolder
from localcloud.telling import Telling
from localcloud.tools.catalogue import EXTERNAL_DNS
from localcloud.tools.progress import ToolError
from settings.names import COLOURS, Colour

SAMPLE = PROJECT_ROOT / "examples" / "sample-application.yaml"
SAMPLE_NAME = "web"

_LOOK_EVERY = 1.0  # seconds


@dataclass(frozen=True)
class DemoUpdate:
    """One plain ``pulumi up``, after some changes to the stack file.

    Attributes:
        stack: which stack.
        why: what a reader is told about it.
        config: configuration paths set before, each with its value.
    """

    stack: str
    why: str
    config: Mapping[str, str] = field(default_factory=dict[str, str])


UPDATES = (
    DemoUpdate("shared", "network, zones, human roles; no active colour yet"),
    DemoUpdate("blue", "the first cluster"),
    DemoUpdate(
        "shared",
        "blue becomes active: the API records",
        {"eks-platform:colours[0]": "blue", "eks-platform:activeColour": "blue"},
    ),
    DemoUpdate("blue", "its live DNS writers start"),
    DemoUpdate("green", "the second cluster, one Kubernetes minor ahead"),
    DemoUpdate(
        "shared",
        "green is known: the stable kubeconfig trusts both",
        {"eks-platform:colours[1]": "green"},
    ),
)


class _Zone(TypedDict):
    name: str


def run(state: StateFolder, cloud: RunningCloud, console: Console) -> None:
    """Runs all of `UPDATES`, deploys the sample application, waits for its names, prints tables.

    Raises:
        CloudError: an update failed; the message names it and says where its output is.
    """
    started = time.monotonic()
    with (
        Progress(
            SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console
        ) as progress,
        _waits_told(cloud, progress.console.print),
    ):
        for number, update in enumerate(UPDATES, start=1):
            _run_update(state, cloud, progress, f"{number}/{len(UPDATES)}", update)
        task = progress.add_task("sample application on both colours", total=None)
        deploy_sample(state, cloud)
        progress.update(task, total=1, completed=1)
        task = progress.add_task("names, as the local DNS server answers them", total=None)
        zones = read_zones(state)
        found = _wait_for_names(zones, cloud, progress.console.print)
        progress.update(task, total=1, completed=1)
    console.print(_stack_table(state, cloud))
    console.print(_name_table(found, zones, cloud))
    _print_next_steps(console, zones, time.monotonic() - started)


def _run_update(
    state: StateFolder, cloud: RunningCloud, progress: Progress, number: str, update: DemoUpdate
) -> None:
    title = f"[bold]{number} pulumi up -s {update.stack}[/bold]: {update.why}"
    task = progress.add_task(title, total=None)
    stack = workspace.select(state, cloud, update.stack)
    workspace.set_config(stack, update.config, structured=True)
    done = 0

    def count(_: str) -> None:
        nonlocal done
        done += 1
        progress.update(task, description=f"{title} ({done} resources)")

    try:
        workspace.up(stack, count)
    except automation.CommandError as error:
        log = state.logs / f"up-{update.stack}.log"
        log.write_text(str(error))
        raise CloudError(
            f"pulumi up -s {update.stack} failed; its output is in {log}{_lacking(cloud)}"
        ) from error
    progress.update(task, total=1, completed=1)


def _lacking(cloud: RunningCloud) -> str:
    """Which programs that something waited for cannot be had, and what to do."""
    with suppress(OSError):
        lacking = [it for it in later.read(cloud) if it.wanted and it.state == "failed"]
        if lacking:
            return "\n" + later.describe_failure(lacking[0]) + " Then run this again."
    return ""


@contextmanager
def _waits_told(cloud: RunningCloud, say: Callable[[str], None]) -> Generator[None]:
    """Meanwhile says what is waited for of that which the local cloud still obtains."""
    over = threading.Event()

    def follow() -> None:
        telling = Telling(say)
        while not over.wait(_LOOK_EVERY):
            with suppress(OSError):
                coming = [it for it in later.read(cloud) if it.wanted and it.is_coming]
                for it in coming[:1]:
                    telling.tell(str(it))

    thread = threading.Thread(target=follow, name="what is waited for", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def deploy_sample(
    state: StateFolder, cloud: RunningCloud, colours: Sequence[Colour] = COLOURS
) -> None:
    """Deploys the sample application on colours that stand; kubectl knows these then.

    Raises:
        CloudError: a command failed; the message holds what it said.
    """
    environment = state.environment(cloud)
    for colour in colours:
        command = ["aws", "eks", "update-kubeconfig", "--name", f"eks-{colour}", "--alias", colour]
        result = subprocess.run(
            [str(state.bin / command[0]), *command[1:]],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise CloudError(f"{' '.join(command)} failed: {result.stderr.strip()}")
        _kubectl(state, cloud, colour, "apply", "--server-side", "-f", str(SAMPLE))


def _kubectl(state: StateFolder, cloud: RunningCloud, colour: str, *words: str) -> str:
    program, environment = str(state.bin / "kubectl"), state.environment(cloud)
    try:
        return kubectl.run(program, environment, "--context", colour, *words)
    except KubectlError as error:
        raise CloudError(f"kubectl --context {colour} {' '.join(words)} failed: {error}") from error


def read_zones(state: StateFolder) -> dict[str, str]:
    """Names of the public, private and api zones, from the shared stack's outputs."""
    zones = cast("dict[str, _Zone]", backend.outputs(state, "shared")["zones"])
    return {kind: zone["name"] for kind, zone in zones.items()}


def sample_names(zones: Mapping[str, str]) -> list[str]:
    """Every name that the sample application must have: both colours' and the live ones."""
    return [
        f"{SAMPLE_NAME}{infix}.{zones[kind]}"
        for infix in (*(f".eks-{colour}" for colour in COLOURS), "")
        for kind in ("public", "private")
    ]


def _wait_for_names(
    zones: Mapping[str, str], cloud: RunningCloud, say: Callable[[str], None]
) -> dict[str, list[str]]:
    try:
        later.wait_for(cloud, EXTERNAL_DNS, lambda _: None)
        return names.wait_for(sample_names(zones), cloud.dns_port, say=say)
    except ToolError as error:
        raise CloudError(f"{error} Then run `make tools` and this again.") from error
    except TimeoutError as error:
        raise CloudError(f"{error}; ExternalDNS's logs are in the local cloud's folder") from error
    except DNSException as error:
        raise CloudError(
            f"{error}; logs/server.log in the local cloud's folder says more"
        ) from error


def _stack_table(state: StateFolder, cloud: RunningCloud) -> Table:
    table = Table("stack", "Kubernetes", "cluster", "nodes", "live DNS writers", title="Stacks")
    active = backend.outputs(state, "shared")["activeColour"]
    table.add_row("shared", "", "", "", f"names {active}")
    for colour in COLOURS:
        outputs = backend.outputs(state, colour)
        cluster = cast("dict[str, str]", outputs["cluster"])
        writers = cast("dict[str, bool]", outputs["liveWriters"])
        table.add_row(
            colour,
            cluster["version"],
            cluster["name"],
            str(_count_nodes(state, cloud, colour)),
            "running" if writers["running"] else "stopped",
        )
    return table


def _count_nodes(state: StateFolder, cloud: RunningCloud, colour: str) -> int:
    return len(_kubectl(state, cloud, colour, "get", "nodes", "-o", "name").split())


def _name_table(
    found: Mapping[str, list[str]], zones: Mapping[str, str], cloud: RunningCloud
) -> Table:
    targets = alias_targets(cloud, REGION)
    table = Table(title="Names")
    table.add_column("name", no_wrap=True)
    for title in ("type", "answer", "points at"):
        table.add_column(title, overflow="fold")
    for name, addresses in found.items():
        table.add_row(name, "A", ", ".join(addresses), targets.get(name, ""))
    api, txt = f"api.{zones['api']}", f"eks.{zones['api']}"
    table.add_row(api, "CNAME", ", ".join(names.resolve(api, "CNAME", cloud.dns_port)), "")
    table.add_row(txt, "TXT", ", ".join(names.resolve(txt, "TXT", cloud.dns_port)), "")
    return table


def _print_next_steps(console: Console, zones: Mapping[str, str], seconds: float) -> None:
    console.print(f"The platform stands, after {seconds:.0f} s. To look further:")
    for command, meaning in (
        ("make demo-switch", "move production to the other colour, and count who answers"),
        ("make shell", "a shell in which the commands below use the local cloud"),
        ("pulumi preview -s blue", "what an update of blue would change"),
        ("pulumi up -s green", "update green"),
        ("kubectl --context blue get pods -A", "what runs on blue"),
        (f"dig +short {SAMPLE_NAME}.{zones['public']}", "ask the local DNS server"),
        ("aws eks list-clusters", "ask the local AWS"),
        ("make down", "end everything and remove its state"),
    ):
        console.print(f"  [bold]{command:<38}[/bold] {meaning}")
