"""The switch of many live names: calls and time over the least that Route 53 allows.

Each is measured once: its limits, not the machine, say how long it takes, and calls are counted.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from development.bench import live_names
from development.bench.cost import ROOT, CommandError
from development.bench.figure import Figure, figure
from development.bench.live_names import ANSWER_SECONDS, Stage
from localcloud.server_settings import RateLimit, Route53Settings

NAME = "switch"

NAMES: Sequence[int] = (10, 100, 1000, 5000)

_CALLS_AIM = 1.5


class _Quota(NamedTuple):
    """Requests of Route 53 that an account has.

    Attributes:
        words: in titles.
        limit: a second, and at once.
    """

    words: str
    limit: RateLimit


# Since July 2026, and before: docs/switch.md, "Many names".
QUOTAS: Mapping[str, _Quota] = {
    "now": _Quota("10 requests/s", RateLimit(per_second=10, burst=50)),
    "before": _Quota("5 requests/s", RateLimit(per_second=5, burst=5)),
}


def run(_: int, tell: Callable[[str], None]) -> list[Figure]:
    """Calls and seconds of both live writers, by number of names and by quota."""
    found: list[Figure] = []
    for name, quota in QUOTAS.items():
        for number in NAMES:
            tell(f"{number} live names, {quota.words}")
            found += _figures(f"{NAME}-{number}-{name}", number, quota)
    return found


def _figures(name: str, number: int, quota: _Quota) -> tuple[Figure, Figure]:
    switched = _switched(number, quota.limit)
    title = f"switch of {number:,} live names, {quota.words}"
    return (
        figure(
            f"{name}-calls",
            f"{title}: calls",
            [(sum(it.calls for it in switched), sum(it.least for it in switched))],
            unit="calls",
            floor_from="each page of the zone once, and the fewest batches that Route 53 takes",
            aim=_CALLS_AIM,
        ),
        figure(
            f"{name}-time",
            f"{title}: time until all are `INSYNC`",
            [(max(it.seconds for it in switched), least_seconds(switched, quota.limit))],
            unit="s",
            floor_from="the fewest batches of both writers, by the quota and the time of answers",
        ),
    )


def _switched(number: int, limit: RateLimit) -> list[Stage]:
    """What each writer did, measured in a process of its own: AWS is simulated once in one."""
    words = [sys.executable, "-m", live_names.__name__, "--json", "--quiet", "0"]
    words += ["--names", str(number), "--rate", str(limit.per_second), "--burst", str(limit.burst)]
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    # 1: more calls than it should; the figure says how many.
    if done.returncode not in (0, 1) or not done.stdout:
        raise CommandError(f"{' '.join(words[1:])}: ended with {done.returncode}")
    stages = [Stage(**it) for it in json.loads(done.stdout)]
    return [it for it in stages if it.name == "switch"]


def least_seconds(switched: Sequence[Stage], limit: RateLimit) -> float:
    """Seconds from the first change to the last one's INSYNC that nobody can be quicker than.

    Batches of one writer come one after the other, each once the one before is answered; all share
    the quota, which the pages before the first change have used already, or given back.

    Args:
        switched: what each writer did.
        limit: the account's.
    """
    answers = max((it.batches - 1) * ANSWER_SECONDS for it in switched)
    batches = sum(it.batches for it in switched)
    quota = max(batches - limit.burst, 0) / limit.per_second
    return max(answers, quota) + Route53Settings().propagation_seconds
