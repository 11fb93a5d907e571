"""How many Route 53 calls, and how long, live writers need to take many names over.

The real ExternalDNS runs with the arguments that the platform gives it, against a real API server
and the local cloud's Route 53. First all names are made (a pass of CREATEs), then every name gets
another load balancer (the switch: a pass of UPSERTs), then nothing changes.

ExternalDNS asks for the pages of a listing one after the other, without a pause: how many it asks
for in a second is told by how fast Route 53 answers. So the measurement answers as slowly as Route
53 does: see `ANSWER_SECONDS`.
"""

import argparse
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

from components.addons.external_dns.arguments import arguments
from development.bench.world import ZONE, World, running
from handover.writers import Writer, writers
from localcloud.processes import Process
from localcloud.server.route53.batch import MAX_CHARACTERS, MAX_RECORDS
from localcloud.server.route53.extension import PAGE
from localcloud.server_settings import RateLimit, Route53Settings
from settings.colour import ExternalDns

SETS_PER_NAME = 4
"""Record sets of a live name: alias A, alias AAAA, and a TXT for each."""

ANSWER_SECONDS = 0.3
"""How long an answer of Route 53 takes, in seconds, to be on the safe side.

Where it is known it was longer: passes over 427,000 record sets, 100 to a page, took 35 minutes,
half a second a page (https://github.com/kubernetes-sigs/external-dns/issues/1784)."""

_QUIET_PASSES = 2
_UP_TO_DATE = "All records are already up to date"


@dataclass(frozen=True)
class Measurement:
    """What is measured, and how.

    Attributes:
        names: live names.
        route53: how the local cloud's Route 53 answers.
        writers: which live writers run.
        interval: seconds between passes of a writer.
        quiet: passes without a change that are waited for after each stage, to count their calls.
        replaced: arguments of ExternalDNS in the place of the platform's, as ``--flag=value``.
    """

    names: int
    route53: Route53Settings
    writers: Literal["public", "private", "both"] = "both"
    interval: int = 30
    quiet: int = _QUIET_PASSES
    replaced: Sequence[str] = ()


@dataclass(frozen=True)
class Stage:
    """What one writer did in one stage of the measurement.

    Attributes:
        name: of the stage.
        writer: IAM user.
        zones: calls that list zones.
        lists: calls of ListResourceRecordSets that were answered.
        changes: calls of ChangeResourceRecordSets that were answered.
        refused: refused calls, by error code.
        seconds: from the first change until the last one is INSYNC.
        least: fewest calls that list and change so many records within Route 53's limits.
        batches: fewest of these that change; a listing comes before the first of them.
    """

    name: str
    writer: str
    zones: int
    lists: int
    changes: int
    refused: dict[str, int]
    seconds: float
    least: int
    batches: int

    @property
    def calls(self) -> int:
        """All calls, refused ones included."""
        return self.zones + self.lists + self.changes + sum(self.refused.values())


def main(words: Sequence[str] | None = None) -> int:
    """Measures and prints; 1 when a switch was throttled or made more calls than --most allows."""
    options = _parser().parse_args(words)
    limit = RateLimit(per_second=options.rate, burst=options.burst)
    what = Measurement(
        names=options.names,
        route53=Route53Settings(limit=limit, latency_seconds=options.latency),
        writers=options.writers,
        interval=options.interval,
        quiet=options.quiet,
        replaced=options.set,
    )
    with running(what.route53) as world:
        stages = measure(world, what, _log)
        if options.logs:
            _keep_logs(world, options.logs)
    if options.json:
        print(json.dumps([vars(p) for p in stages], indent=2))
    else:
        _print(stages, options)
    switches = [stage for stage in stages if stage.name == "switch"]
    return int(any(it.refused or it.calls > options.most * it.least for it in switches))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="development.bench.live_names", description=__doc__)
    parser.add_argument("--names", type=int, default=1000, help="live names (default: %(default)s)")
    parser.add_argument(
        "--rate", type=float, default=5.0, help="Route 53 requests a second (default: %(default)s)"
    )
    parser.add_argument(
        "--burst", type=int, default=5, help="requests at once (default: %(default)s)"
    )
    parser.add_argument(
        "--latency",
        type=float,
        default=ANSWER_SECONDS,
        help="seconds that an answer of Route 53 takes on its way (default: %(default)s)",
    )
    parser.add_argument(
        "--writers",
        choices=("public", "private", "both"),
        default="both",
        help="which live writers run; they share the account's quota (default: %(default)s)",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="--FLAG=VALUE",
        help="an argument of ExternalDNS to use in the place of the platform's",
    )
    parser.add_argument(
        "--most", type=float, default=1.5, help="times the least calls (default: %(default)s)"
    )
    parser.add_argument("--interval", type=int, default=30, help="seconds between quiet passes")
    parser.add_argument(
        "--quiet",
        type=int,
        default=_QUIET_PASSES,
        help="passes without a change whose calls are counted (default: %(default)s)",
    )
    parser.add_argument("--logs", type=Path, help="folder to keep the logs in")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def measure(world: World, what: Measurement, tell: Callable[[str], None]) -> list[Stage]:
    """What each writer did: first with all names new, then in the switch, then with no change.

    Args:
        world: a new one, which was started with the measurement's Route 53.
        what: is measured.
        tell: is told what is done.
    """
    names = [f"app-{number:04}" for number in range(what.names)]
    pair = writers("green", world.zones, live=True)
    chosen = [it for it in pair if what.writers in (it.visibility, "both")]
    tell(f"{len(names)} Ingresses with the load balancer of blue")
    world.offer(names, "blue")
    stages: list[Stage] = []
    for stage in ("first", "switch"):
        if stage == "switch":
            tell(f"{len(names)} Ingresses with the load balancer of green")
            world.offer(names, "green")
        tell(f"{stage}: {len(chosen)} live writers")
        started = _start(world, stage, chosen, what)
        passed = [_until_quiet(process, 1) for process in started.values()]
        quiet = max(passed)
        for process in started.values():
            _until_quiet(process, 1 + what.quiet)
        world.processes.stop(list(started.values()))
        stages += [_measure_changes(world, stage, user, len(names)) for user in started]
        if stage == "switch" and what.quiet:
            stages += [_measure_quiet(world, user, quiet, what.quiet) for user in started]
    return stages


def _start(
    world: World, stage: str, chosen: Sequence[Writer], what: Measurement
) -> dict[str, Process]:
    """One process for each writer, by its IAM user: a switch starts new ones as well."""
    started: dict[str, Process] = {}
    for writer in chosen:
        given = arguments(writer, ExternalDns.model_validate({"intervalSeconds": what.interval}))
        user = f"{stage}-{writer.visibility}"
        started[user] = world.start_writer(user, _replaced(given, what.replaced))
    return started


def _replaced(given: Sequence[str], others: Sequence[str]) -> list[str]:
    flags = {other.partition("=")[0] for other in others}
    return [*(word for word in given if word.partition("=")[0] not in flags), *others]


def _until_quiet(process: Process, passes: int) -> float:
    """Waits for so many passes without a change; gives the time of the last one."""

    def quiet() -> bool:
        return process.log.read_text(errors="replace").count(_UP_TO_DATE) >= passes

    process.wait_until(quiet)
    return time.time()


def _entries(world: World, user: str) -> list[dict[str, Any]]:
    lines = world.state.aws_calls.read_text().splitlines()
    entries = [json.loads(line) for line in lines]
    return [e for e in entries if e["service"] == "route53" and e["caller"].endswith(f"/{user}")]


def _measure_changes(world: World, name: str, user: str, names: int) -> Stage:
    """What a writer did until its last change."""
    entries = _entries(world, user)
    changing = [n for n, e in enumerate(entries) if e["action"] == "ChangeResourceRecordSets"]
    entries = entries[: changing[-1] + 1] if changing else entries
    done = [e for e in entries if e["action"] == "ChangeResourceRecordSets" and e["happened"]]
    known = world.api.propagation.seconds
    times = [datetime.fromisoformat(e["time"]) for e in done]
    taken = (max(times) - min(times) + timedelta(seconds=known)).total_seconds() if times else 0.0
    # The zone's own NS and SOA are listed, too; before the first pass there is nothing else.
    listed = 2 + (names * SETS_PER_NAME if name == "switch" else 0)
    least = math.ceil(listed / PAGE), _least_changes(done)
    return _stage(name, user, entries, seconds=round(taken, 1), least=least)


def _measure_quiet(world: World, user: str, since: float, passes: int) -> Stage:
    """What a quiet pass takes: the calls after the first quiet pass, over the passes."""
    after = [
        e for e in _entries(world, user) if datetime.fromisoformat(e["time"]).timestamp() > since
    ]
    return _stage(f"{passes} quiet", user, after, seconds=0.0, least=(0, 0))


def _stage(
    name: str,
    user: str,
    entries: Sequence[dict[str, Any]],
    *,
    seconds: float,
    least: tuple[int, int],
) -> Stage:
    """Counts answered calls by action, and refused ones by error.

    Args:
        name: of the stage.
        user: of the writer.
        entries: its calls.
        seconds: that it took.
        least: pages and batches that it cannot do with less.
    """
    calls = Counter(str(e["action"]) for e in entries if e["happened"])
    return Stage(
        name,
        user,
        zones=calls["ListHostedZones"],
        lists=calls["ListResourceRecordSets"],
        changes=calls["ChangeResourceRecordSets"],
        refused=dict(Counter(str(e["error"]) for e in entries if not e["happened"])),
        seconds=seconds,
        least=sum(least),
        batches=least[1],
    )


def _least_changes(done: Sequence[dict[str, Any]]) -> int:
    """Batches that the changes fit in by Route 53's own limits; only TXTs have values here."""
    values = [
        (2 if change["action"] == "UPSERT" else 1, len(change["value"]))
        for entry in done
        for change in entry["changes"]
        if change["type"] == "TXT"
    ]
    characters = sum(factor * length for factor, length in values)
    records = sum(factor for factor, _ in values)
    return max(math.ceil(records / MAX_RECORDS), math.ceil(characters / MAX_CHARACTERS))


def _print(stages: Sequence[Stage], options: argparse.Namespace) -> None:
    table = Table(
        "phase",
        "writer",
        "zones",
        "lists",
        "changes",
        "refused",
        "calls",
        "least",
        "ratio",
        "time",
        padding=(0, 0, 0, 1),
        caption="refused: with its error. time: seconds from the first change to the last INSYNC.",
        title=f"{options.names} live names of {ZONE}, {options.rate:g} requests/s, burst"
        f" {options.burst}, latency {options.latency:g} s",
    )
    for stage in stages:
        refused = ", ".join(f"{count} {code}" for code, count in stage.refused.items())
        ratio = f"{stage.calls / stage.least:.2f}" if stage.least else ""
        row = (stage.zones, stage.lists, stage.changes, refused or 0, stage.calls, stage.least)
        writer = stage.writer.rpartition("-")[2]
        table.add_row(stage.name, writer, *map(str, row), ratio, f"{stage.seconds:g}")
    Console(emoji=False).print(table)


def _keep_logs(world: World, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in world.state.logs.glob("*.*"):
        (folder / path.name).write_bytes(path.read_bytes())


def _log(text: str) -> None:
    print(f"{datetime.now().astimezone():%H:%M:%S} {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
