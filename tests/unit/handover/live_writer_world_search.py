"""Search of the model: every reachable state, and what plain commands lead to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from settings.names import COLOURS
from tests.unit.handover.live_writer_world import REST, SHOP, WEB, Named, Side, State
from tests.unit.handover.live_writer_world_commands import up_colour, up_shared
from tests.unit.handover.live_writer_world_steps import World

MOST_STATES = 400_000
"""Twice what the program's rules need: with more, terms come to differ without end."""


@dataclass(frozen=True)
class Explored:
    """Every reachable state, or those until the first unsafe one.

    Attributes:
        origins: what led to each state first, and from which one; None for the start.
        unsafe: the first state in which both colours' writers exist.
    """

    origins: Mapping[State, tuple[str, State] | None]
    unsafe: State | None

    def trace(self, state: State) -> str:
        """The shortest way to a state, a line for each step. Terms count from the oldest."""
        lines: list[str] = []
        origin = self.origins[state]
        while origin is not None:
            what, before = origin
            lines.append(f"{what:<50} {_shown(state)}")
            state, origin = before, self.origins[before]
        return "\n".join(reversed(lines))


@cache
def explore(world: World, *, exact: bool = False) -> Explored:
    """Follows every step, nearest first, from a world in which nothing has come up yet.

    Args:
        world: the rules.
        exact: keep states apart that the program's rules cannot tell apart, as broken rules may.
            There is no end of those: only for what is unsafe.
    """
    start = State()
    origins: dict[State, tuple[str, State] | None] = {start: None}
    queue = [start]
    for state in queue:
        assert len(queue) <= MOST_STATES, "\n" + Explored(origins, None).trace(state)
        for what, step in world.steps(state):
            after = step if exact else step.canonical()
            if after not in origins:
                origins[after] = (what, state)
                if after.unsafe:
                    return Explored(origins, after)
                queue.append(after)
    return Explored(origins, None)


def stuck(world: World, goal: Callable[[State], bool]) -> Iterator[State]:
    """Quiet states from which no sequence of plain `pulumi up`s leads to the goal.

    Every other state becomes a quiet one, as updates end or are killed and pods end.
    """
    before = _ways_back(world)
    reached = [state for state in before if goal(state)]
    seen = set(reached)
    for state in reached:
        for earlier in before[state]:
            if earlier not in seen:
                seen.add(earlier)
                reached.append(earlier)
    return (state for state in before if state not in seen)


@cache
def _ways_back(world: World) -> Mapping[State, Sequence[State]]:
    """Quiet states from which one plain `pulumi up` leads to each quiet state."""
    quiet = [state for state in explore(world).origins if state.quiet]
    before: dict[State, list[State]] = {state: [] for state in quiet}
    for state in quiet:
        for after in _plain_ups(world, state):
            # A plain command goes no way that the exploration did not go.
            before[after.canonical()].append(state)
    return before


def _plain_ups(world: World, state: State) -> Iterator[State]:
    told = world.settings(state.named, state.empty, lost=state.lost)
    ups = [up_shared(world, state, settings) for settings in told]
    ups += [up_colour(world, state, colour) for colour in COLOURS]
    if state.lost:
        # Terms that are given twice can hide what a killed update changed.
        ups += [up_colour(world, state, colour, refreshes=True) for colour in COLOURS]
    for after in ups:
        if isinstance(after, State):
            yield after


def _shown(state: State) -> str:
    sides = [f"{colour}: {_shown_side(state.side(colour))}" for colour in COLOURS]
    return " | ".join([f"named: {_shown_named(state.named)}", *sides])


def _shown_named(named: Named | None) -> str:
    if named is None:
        return "no output"
    doubt = f", unconfirmed {' '.join(named.unconfirmed)}" if named.unconfirmed else ""
    canary = f", {' '.join(named.names)}: {named.canary}" if named.names else ""
    return f"{named.colour}{canary} (term {named.term}{doubt})"


def _shown_side(side: Side) -> str:
    report, update = side.report, ", updating" if side.update else ""
    said = f"{_shown_names(report.writes)} (term {report.term})" if report else "nothing"
    ending = f", ending {_shown_names(side.ending)}" if side.ending else ""
    return f"writes {_shown_names(side.writes)}{ending}, reported {said}{update}"


def _shown_names(writes: int) -> str:
    names = [word for bit, word in ((WEB, "web"), (SHOP, "shop"), (REST, "rest")) if writes & bit]
    return "+".join(names) or "none"
