"""Snippets: what the operator command prints of a platform that was recorded.

`development.recordings.walk` records, and the command's own renderers show it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from io import StringIO

from rich.console import Console, Group, RenderableType

from bluegreen import overview, rules
from bluegreen.costs_seen import pair_costs
from bluegreen.render import findings, status, traffic
from bluegreen.render import overview as shown_overview
from bluegreen.switch import Plan
from bluegreen.switch_state import switch_state_of
from development.docsite import preflight_sample
from development.docsite.terminal_picture import last_screen
from development.recordings import samples
from development.recordings.samples import Sample
from development.recordings.terminal import Cast
from handover.steps import steps_to

_WIDTH = 100
_ASKED = frozenset(
    (
        *("removed-apis", "requested-apis", "warm-workloads", "warm-nodes", "raised"),
        *("name-servers", "charts", "drift", "unapplied"),
    )
)
"""Rules whose findings the world alone gives; all others are judged anew."""


def render(name: str) -> str:
    """The text of one of `NAMES`."""
    return NAMES[name]()


def _status() -> str:
    before = Sample.read(samples.BEFORE)
    judged = rules.invariants(before.snapshot)
    return _block("bluegreen status", status.status(before.snapshot, judged, before.traffic))


def _watch() -> str:
    before = Sample.read(samples.BEFORE)
    now = max(look.until for look in before.traffic.values())
    seen = overview.overview(
        before.snapshot, before.traffic, rules.invariants(before.snapshot), now
    )
    return _block("bluegreen watch", shown_overview.panel(seen))


def _preflight() -> str:
    return _block("bluegreen preflight --colour blue", preflight_sample.shown())


def _plan() -> str:
    plan = planned_anew(Sample.read(samples.BEFORE))
    return _block(f"bluegreen plan --to {plan.to}", findings.plan(plan))


def _switch() -> str:
    cast = Cast.read(samples.SWITCH)
    return _fenced(cast.command, last_screen(cast))


def _drain() -> str:
    after = Sample.read(samples.AFTER)
    return _block("bluegreen drain --colour blue", traffic.traffic_table(after.traffic["blue"]))


NAMES: Mapping[str, Callable[[], str]] = {
    "sample-status.md": _status,
    "sample-watch.md": _watch,
    "sample-preflight.md": _preflight,
    "sample-plan.md": _plan,
    "sample-switch.md": _switch,
    "sample-drain.md": _drain,
}
"""File of each snippet, and what makes it."""


def planned_anew(sample: Sample) -> Plan:
    """The plan that was recorded, with the steps and the words of today's code.

    Raises:
        AssertionError: no plan was recorded.
    """
    plan = sample.plan
    assert plan is not None  # noqa: S101 - the walk records one
    judged = rules.before_switch(
        sample.snapshot, plan.to, waived=(), only=plan.only, before=plan.before
    )
    asked = [finding for finding in plan.findings if finding.rule in _ASKED]
    steps = steps_to(switch_state_of(sample.snapshot), plan.target)
    costs = pair_costs(sample.snapshot)
    return replace(plan, findings=(*judged, *asked), steps=tuple(steps), costs=costs)


def _block(command: str, *shown: RenderableType) -> str:
    text = StringIO()
    Console(file=text, width=_WIDTH, color_system=None, emoji=False).print(
        Group(*shown), crop=False
    )
    return _fenced(command, text.getvalue())


def _fenced(command: str, text: str) -> str:
    lines: Sequence[str] = [line.rstrip() for line in text.strip("\n").splitlines()]
    inside = "\n".join((f"$ {command}", *lines))
    return f'<div class="terminal" markdown>\n\n```text\n{inside}\n```\n\n</div>\n'
