"""What results say together: a table, and two pictures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import TypeAlias

from development.docsite.drawing import PADDING, PALETTES, WIDTH, Kind, Palette, Picture
from development.experiments.demand import Service
from development.experiments.policies import POLICIES
from development.experiments.results import Measures, Result
from development.experiments.traces import TRACES

BASE = "A"
"""Policy that the others are compared with."""

AIMED = ("A", "B", "C", "D")
"""Policies that are to be measured."""

SEEDS = 3
"""Runs of each that are to be compared."""

SAVED = 0.25
"""Part of A's cost that is to be saved, at no more seconds with too little room."""

_NOTHING = "Nothing has been measured yet."
_HEADS = (
    "Load",
    "Policy",
    "Seeds",
    "Waiting for nodes, pod seconds",
    "99 of 100 pods wait less than, s",
    "Too little room, s",
    "Requests without room",
    "Node hours on demand",
    "Node hours spot",
    "USD",
    "By A",
    "Evictions",
    "Interruptions",
)
_BAR, _ROW, _TOP = 14, 74, 52
_TALL, _COURSE = 80, 118


@dataclass(frozen=True)
class Group:
    """Runs of one policy on one load.

    Attributes:
        trace: name of the load.
        policy: key of the policy.
        runs: one for each seed.
    """

    trace: str
    policy: str
    runs: Sequence[Result]

    def mean(self, of: Callable[[Measures], float]) -> float:
        """Mean of a measure over the runs."""
        return mean(of(it.measures) for it in self.runs)

    def words(self, of: Callable[[Measures], float], form: str = ",.0f") -> str:
        """The mean of a measure, and the least and most of single runs where they differ."""
        values = [format(of(it.measures), form) for it in self.runs]
        ordered = sorted(self.runs, key=lambda it: of(it.measures))
        middle = format(self.mean(of), form)
        if len(set(values)) == 1:
            return middle
        least, most = (format(of(it.measures), form) for it in (ordered[0], ordered[-1]))
        return f"{middle} ({least} to {most})"


def groups(results: Sequence[Result]) -> list[Group]:
    """Results by load and policy, in the order of the table of policies."""
    found: list[Group] = []
    for trace in sorted({it.trace for it in results}):
        for key in POLICIES:
            runs = [it for it in results if (it.trace, it.policy) == (trace, key)]
            if runs:
                found.append(Group(trace, key, runs))
    return found


def table(results: Sequence[Result]) -> str:
    """All measures, as Markdown."""
    if not results:
        return f"{_NOTHING}\n"
    every = groups(results)
    lines = [
        f"| {' | '.join(_HEADS)} |",
        f"|{' --- |' * len(_HEADS)}",
        *(_row(it, _base(it, every)) for it in every),
    ]
    return "\n".join((*lines, "", *_circumstances(results), ""))


def verdict(results: Sequence[Result]) -> str:
    """Whether the aim is reached, as Markdown: for each policy that was measured beside A."""
    every = groups(results)
    lines = [line for it in every if (line := _judged(it, _base(it, every)))]
    for name in TRACES:
        measured = {it.policy for it in every if it.trace == name}
        missing = [key for key in AIMED if key not in measured]
        if missing:
            lines.append(f"- Not measured on {name}: {', '.join(missing)}.")
    return "\n".join((*lines, ""))


def _judged(it: Group, base: Group | None) -> str:
    """Empty for A itself, and where it cannot be compared."""
    if base is None or base.policy == it.policy:
        return ""
    same = {run.seed for run in it.runs} & {run.seed for run in base.runs}
    if not same or {run.factor for run in it.runs} != {run.factor for run in base.runs}:
        return (
            f"- {it.policy} on {it.trace}: not comparable with A, by other seeds or another pace."
        )
    ours, theirs = (
        Group(group.trace, group.policy, [run for run in group.runs if run.seed in same])
        for group in (it, base)
    )
    saved = 1 - ours.mean(lambda m: m.usd) / theirs.mean(lambda m: m.usd)
    more = ours.mean(lambda m: m.unserved_seconds) - theirs.mean(lambda m: m.unserved_seconds)
    reached = "reached" if saved >= SAVED and more <= 0 else "not reached"
    cost, room = "less" if saved >= 0 else "more", "more" if more > 0 else "less"
    so_far = "" if len(same) >= SEEDS else ", as far as so few runs say it"
    return (
        f"- {it.policy} on {it.trace}, {len(same)} of {SEEDS} seeds: {abs(saved):.0%} {cost} than"
        f" A, {abs(more):.0f} s {room} with too little room. The aim is {reached}{so_far}."
    )


def _base(group: Group, every: Sequence[Group]) -> Group | None:
    """The group that it is compared with: A on the same load, if that was measured."""
    return next((it for it in every if (it.trace, it.policy) == (group.trace, BASE)), None)


def _row(it: Group, base: Group | None) -> str:
    cells = (
        it.trace,
        it.policy,
        ", ".join(str(run.seed) for run in it.runs),
        it.words(lambda m: m.pending_pod_seconds),
        it.words(lambda m: m.pending_p99),
        it.words(lambda m: m.unserved_seconds),
        it.words(lambda m: m.unserved_share, ".2%"),
        it.words(lambda m: m.node_hours["on-demand"], ".1f"),
        it.words(lambda m: m.node_hours["spot"], ".1f"),
        it.words(lambda m: m.usd, ".2f"),
        _compared(it, base),
        it.words(lambda m: m.evictions),
        it.words(lambda m: m.interruptions),
    )
    return f"| {' | '.join(cells)} |"


def _compared(it: Group, base: Group | None) -> str:
    if base is None:
        return "A was not measured"
    if base.policy == it.policy:
        return "1"
    return f"{it.mean(lambda m: m.usd) / base.mean(lambda m: m.usd):.2f}"


def _circumstances(results: Sequence[Result]) -> list[str]:
    days = sorted({it.day for it in results})
    loads = [it.machine.load_before for it in results] + [it.machine.load_after for it in results]
    gaps = [it.machine.longest_gap for it in results]
    factors = ", ".join(str(it) for it in sorted({it.factor for it in results}))
    processors = ", ".join(str(it) for it in sorted({it.machine.processors for it in results}))
    when = " to ".join(dict.fromkeys((str(days[0]), str(days[-1]))))
    said = (
        f"Measured {when} on a machine with {processors} processors that others used too, at a load"
        f" of {min(loads):.0f} to {max(loads):.0f}; time {factors} times as fast; at most"
        f" {max(gaps):.0f} simulated seconds between two looks."
    )
    trees = len({it.tree for it in results})
    other = [f"Measured with {trees} states of the code."] if trees > 1 else []
    return [said, *other, *_without_price(results)]


def _without_price(results: Sequence[Result]) -> list[str]:
    kinds = sorted({kind for it in results for kind in it.measures.no_price})
    return [f"Without a price, and so not in the cost: {', '.join(kinds)}."] if kinds else []


def draw_costs(results: Sequence[Result], palette: Palette) -> str:
    """Cost, and time with too little room, of each policy, as SVG."""
    every = groups(results)
    told = "; ".join(
        f"{it.policy} on {it.trace}: {it.mean(lambda m: m.usd):.2f} USD, "
        f"{it.mean(lambda m: m.unserved_seconds):.0f} s"
        for it in every
    )
    picture = Picture(
        palette,
        title="What policies cost, and for how long they lack room",
        description=told or _NOTHING,
    )
    picture.text(PADDING, 24, "USD for nodes, and seconds with too little room", bold=True)
    picture.text(PADDING, 42, "each load has a scale of its own", size=12, muted=True)
    if not every:
        picture.text(PADDING, _TOP, _NOTHING, muted=True)
    for number, it in enumerate(every):
        # A day's costs would leave nothing to see of an evening's.
        alike = [other for other in every if other.trace == it.trace]
        usd = max(other.mean(lambda m: m.usd) for other in alike)
        seconds = max(other.mean(lambda m: m.unserved_seconds) for other in alike) or 1.0
        y = _TOP + 14 + number * _ROW
        title = f"{it.policy} on {it.trace}: {POLICIES[it.policy].title}"
        picture.text(PADDING, y, title, size=12)
        _bar(picture, y + 7, it.mean(lambda m: m.usd), usd, "blue", "{:.2f} USD")
        _bar(picture, y + 27, it.mean(lambda m: m.unserved_seconds), seconds, "ending", "{:.0f} s")
    return picture.render()


def _bar(  # noqa: PLR0917 - what a bar has
    picture: Picture, y: float, value: float, most: float, kind: Kind, form: str
) -> None:
    width = max(1.0, round((WIDTH - 2 * PADDING - 90) * value / most, 1))
    picture.box(PADDING, y, width, _BAR, kind)
    picture.text(PADDING + width + 6, y + 12, form.format(value), size=12)


def draw_courses(results: Sequence[Result], palette: Palette) -> str:
    """The load, and what ready pods had room for, of the first run of each policy, as SVG."""
    every = groups(results)
    picture = Picture(
        palette,
        title="Load, and room for it",
        description="; ".join(
            f"{it.policy} on {it.trace}: at most {it.runs[0].measures.most_pods} pods"
            for it in every
        )
        or _NOTHING,
    )
    picture.text(PADDING, 24, "requests a second, and room of ready pods (bold)", bold=True)
    if not every:
        picture.text(PADDING, _TOP, _NOTHING, muted=True)
    for number, it in enumerate(every):
        _course(picture, _TOP + number * _COURSE, it)
    return picture.render()


def _course(picture: Picture, y: float, group: Group) -> None:
    run, room = group.runs[0], Service().requests
    picture.text(PADDING, y, f"{group.policy} on {group.trace}, seed {run.seed}", size=12)
    most = max(max(it.load, it.ready * room) for it in run.course) or 1.0
    last = run.course[-1].second or 1.0
    bottom = y + 8 + _TALL

    def place(second: float, value: float) -> tuple[float, float]:
        x = PADDING + (WIDTH - 2 * PADDING) * second / last
        return round(x, 1), round(bottom - _TALL * value / most, 1)

    picture.line(PADDING, bottom, WIDTH - PADDING, bottom)
    picture.curve([place(it.second, it.load) for it in run.course], "ending")
    picture.curve([place(it.second, it.ready * room) for it in run.course], "blue", bold=True)


Draw: TypeAlias = Callable[[Sequence[Result], Palette], str]
"""Draws results in a palette, as SVG."""

PICTURES: Mapping[str, Draw] = {
    "experiments-costs": draw_costs,
    "experiments-courses": draw_courses,
}
"""By their names."""


def write(results: Sequence[Result], folder: Path) -> list[Path]:
    """Writes the table and the pictures into a folder; gives what was written."""
    made = {"table.md": table(results)} | {
        f"{name}-{palette.name}.svg": draw(results, palette)
        for name, draw in PICTURES.items()
        for palette in PALETTES
    }
    for name, text in made.items():
        (folder / name).write_text(text)
    return [folder / name for name in made]
