"""Never two live DNS writers: every state that commands and interruptions can lead to."""

import re
from collections.abc import Iterator
from itertools import product

import pytest

from handover.assignment import Assignment
from handover.live_writer import (
    Canary,
    LiveWriter,
    LiveWriterError,
    WriterReport,
    name_writer,
    next_report,
)
from settings.names import COLOURS, Colour
from tests.unit.handover.live_writer_world import BITS, EVERY, Named, Report, Settings, State
from tests.unit.handover.live_writer_world_broken import ON_GREEN, SHOP, UNSAFE, WEB, Reports
from tests.unit.handover.live_writer_world_commands import follow_errors, up_colour, up_shared
from tests.unit.handover.live_writer_world_search import explore, stuck
from tests.unit.handover.live_writer_world_steps import World, all_settings

ALL_BLUE, ALL_GREEN = (Assignment(active=colour) for colour in COLOURS)
WEB_ON_GREEN = Assignment(active="blue", canary="green", names=(WEB,))
WEB_ON_BLUE = Assignment(active="green", canary="blue", names=(WEB,))

ANY_CANARY = tuple(Canary(colour=colour, names=(WEB,)) for colour in (None, *COLOURS))
TWO_NAMES = Canary(colour=None, names=(SHOP, WEB)), Canary(colour="green", names=(SHOP, WEB))
WORLDS = {
    "clusters stay": World(),
    "clusters are destroyed and made again": World(destroys=True),
    "shared stack is set back": World(loses="latest"),
    "shared outputs are lost and clusters destroyed": World(loses="outputs", destroys=True),
    "a canary": World(canaries=ANY_CANARY),
    "a canary of changing names": World(canaries=(*ON_GREEN, *TWO_NAMES)),
    "a canary, and clusters are destroyed": World(canaries=ON_GREEN, destroys=True),
    "a canary, and shared stack is set back": World(canaries=ON_GREEN, loses="latest"),
    "a canary, and shared outputs are lost": World(canaries=ON_GREEN, loses="outputs"),
}
every_world = pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
either_colour = pytest.mark.parametrize("colour", COLOURS)


def _goals(world: World) -> tuple[Assignment, ...]:
    canaries = (WEB_ON_GREEN, WEB_ON_BLUE) if world.canaries == ANY_CANARY else (WEB_ON_GREEN,)
    return (ALL_BLUE, ALL_GREEN, *(canaries if world.canaries else ()))


@every_world
def test_whatever_is_interrupted_in_whatever_order_a_name_has_one_writer_at_most(
    world: World,
) -> None:
    explored = explore(world)
    assert explored.unsafe is None, "\n" + explored.trace(explored.unsafe)
    for goal in _goals(world):  # the search has been where it matters
        assert any(state.is_done(goal) for state in explored.origins)


@every_world
def test_plain_ups_lead_from_everywhere_to_every_goal(world: World) -> None:
    for goal in _goals(world):
        left = next(stuck(world, lambda state, goal=goal: state.is_done(goal)), None)
        assert left is None, f"{goal}\n{explore(world).trace(left)}"


ADVISED = ("clusters stay", "shared stack is set back", "a canary", "a canary of changing names")


@pytest.mark.parametrize("name", ADVISED)
def test_who_runs_what_errors_name_gets_there(name: str) -> None:
    world = WORLDS[name]
    for state, goal in product(explore(world).origins, _goals(world)):
        if state.quiet:
            # Terms that are given twice can hide what a killed update changed.
            end = follow_errors(world, state, goal, refreshes=state.lost)
            assert end is None, f"{goal}: {end}\n{explore(world).trace(state)}"


@pytest.mark.parametrize("world", UNSAFE.values(), ids=UNSAFE)
def test_the_search_finds_the_hole_of_a_weaker_protocol(world: World) -> None:
    # To broken rules an old report may be more than none; lost memory says itself what is old.
    explored = explore(world, exact=world.loses == "nothing")
    assert explored.unsafe is not None
    trace = explored.trace(explored.unsafe).splitlines()
    assert _written_twice(trace[-1])
    assert not any(map(_written_twice, trace[:-1]))


def _written_twice(line: str) -> set[str]:
    """Names that pods of both colours write, by a line of a trace."""
    blue, green = (
        {
            *re.findall(
                "web|shop|rest", line.partition(f"| {colour}: ")[2].partition(", reported")[0]
            )
        }
        for colour in COLOURS
    )
    return blue & green


def test_the_search_finds_who_gets_stuck_without_terms_on_deployments() -> None:
    world = World(marks_term=False)
    quiet = [state for state in explore(world).origins if state.quiet]
    ends = {follow_errors(world, state, ALL_GREEN) for state in quiet}
    assert "blue waits for ever until its pods are gone" in ends


def test_what_is_older_than_the_memory_counts_for_nothing() -> None:
    """Nor does how far all terms have come. The search relies on both."""
    world = World()
    writes = (0, EVERY, BITS[WEB], EVERY & ~BITS[WEB])
    now: list[Report | None] = [None, *(Report(names, term=5) for names in writes)]
    old: list[Report | None] = [Report(names, term) for names in writes[:2] for term in (3, 4)]
    for named, settings in product(_memories(5), all_settings(ON_GREEN)):
        for blue, green in product([*now, *old], repeat=2):
            decision = world.decide(settings, named, blue, green)
            fresh = [None if report in old else report for report in (blue, green)]
            assert decision == world.decide(settings, named, *fresh)
            since = [report and report._replace(term=report.term + 9) for report in (blue, green)]
            later = world.decide(settings, named._replace(term=5 + 9), *since)
            if isinstance(decision, Named):
                decision = decision._replace(term=decision.term + 9)
            assert decision == later
        for colour, report in product(COLOURS, old):
            assert world.target(colour, named, report) == world.target(colour, named, None)


def _memories(term: int) -> Iterator[Named]:
    doubts: list[tuple[Colour, ...]] = [(), ("blue",), ("green",), ("blue", "green")]
    named: list[Colour | None] = [None, *COLOURS]
    for colour, doubted in product(named, doubts):
        yield Named(colour, term, doubted)
        yield Named(colour, term, doubted, "green" if colour != "green" else None, (WEB,))


def _ups(world: World, state: State, colours: tuple[Colour, ...]) -> State:
    for colour in colours:
        after = up_colour(world, state, colour)
        assert isinstance(after, State), after
        assert not after.unsafe
        state = after
    return state


ORDERS = [order for length in (1, 2, 3) for order in product(COLOURS, repeat=length)]
"""Every order in which colours are updated, with some left out and some updated again."""


@either_colour
def test_every_order_of_updates_after_the_active_colour_changed(colour: Colour) -> None:
    world, other = World(), COLOURS[colour == COLOURS[0]]

    def shared(state: State, active: Colour | None) -> State | str:
        return up_shared(world, state, Settings(active, COLOURS))

    def is_active(state: State, active: Colour) -> bool:
        return state.is_done(Assignment(active=active))

    both = _ups(world, State(named=Named(None, 1)), COLOURS)
    named = shared(both, colour)
    assert isinstance(named, State)
    before = _ups(world, named, COLOURS)
    assert is_active(before, colour)

    assert isinstance(shared(before, other), str)
    nobody = shared(before, None)
    assert isinstance(nobody, State)
    for first, second in product(ORDERS, ORDERS):
        assert is_active(_ups(world, before, first), colour)
        ended = shared(_ups(world, nobody, first), other)
        if colour not in first:
            assert isinstance(ended, str)
            continue
        assert isinstance(ended, State)
        assert is_active(_ups(world, ended, second), other) == (other in second)


def _named(colour: Colour | None, term: int, *unconfirmed: Colour) -> LiveWriter:
    return LiveWriter(colour=colour, term=term, unconfirmed=unconfirmed)


RUNS, STOPPED = (WriterReport(running=running, term=4) for running in (True, False))
OLD_STOPPED = WriterReport(running=False, term=3)
BLUE, GREEN, BOTH = ("blue",), ("green",), COLOURS


@pytest.mark.parametrize(
    ("wanted", "listed", "forgotten", "previous", "reports", "expected"),
    [
        # No memory: the first run, or a loss.
        (None, (), (), None, {}, _named(None, 1)),
        ("blue", BLUE, (), None, {"blue": None}, _named("blue", 1)),
        (None, BOTH, (), None, {"blue": STOPPED, "green": None}, _named(None, 5, "blue", "green")),
        ("blue", BLUE, GREEN, None, {"blue": RUNS}, _named("blue", 5)),
        # An older memory than the colours have.
        (None, BLUE, (), _named(None, 3), {"blue": STOPPED}, _named(None, 5, "blue")),
        (None, BOTH, (), _named("green", 3), {"blue": RUNS}, _named(None, 5, "blue", "green")),
        # Nothing changes.
        ("blue", BOTH, (), _named("blue", 4), {"blue": RUNS, "green": None}, _named("blue", 4)),
        (None, BLUE, (), _named(None, 4, "blue"), {"blue": RUNS}, _named(None, 4, "blue")),
        # A dismissal, which no report of before confirms.
        (None, BLUE, (), _named("blue", 4), {"blue": STOPPED}, _named(None, 5, "blue")),
        (None, BLUE, (), _named(None, 4, "blue"), {"blue": OLD_STOPPED}, _named(None, 4, "blue")),
        (None, BLUE, (), _named(None, 4, "blue"), {"blue": None}, _named(None, 4, "blue")),
        (None, BLUE, (), _named(None, 4, "blue"), {"blue": STOPPED}, _named(None, 4)),
        # The next one, and back to the same.
        ("green", BOTH, (), _named(None, 4, "blue"), {"blue": STOPPED}, _named("green", 5)),
        ("blue", BLUE, (), _named(None, 4, "blue"), {"blue": RUNS}, _named("blue", 5)),
        # Gone for good.
        ("green", GREEN, BLUE, _named("blue", 4), {"green": None}, _named("green", 5)),
        (None, (), BLUE, _named(None, 4, "blue"), {}, _named(None, 4)),
    ],
)
def test_whom_the_shared_stack_names(
    *,
    wanted: Colour | None,
    listed: tuple[Colour, ...],
    forgotten: tuple[Colour, ...],
    previous: LiveWriter | None,
    reports: Reports,
    expected: LiveWriter,
) -> None:
    named = name_writer(
        wanted=Assignment(active=wanted),
        listed=listed,
        forgotten=forgotten,
        previous=previous,
        reports=reports,
    )
    assert named == expected


DISMISS_BLUE = (
    "green cannot be the active colour yet: blue may still run live DNS writers. Remove"
    " eks-platform:activeColour, run `pulumi up -s shared`, then `pulumi up -s blue`, then set"
    " activeColour to green and run `pulumi up -s shared` again"
)
AWAIT_BLUE = (
    "green cannot be the active colour yet: blue may still run live DNS writers. Run"
    " `pulumi up -s blue`, then `pulumi up -s shared` again"
)
UNLISTED_BLUE = (
    "blue may still run live DNS writers, and eks-platform:colours does not list it: list it and"
    " run `pulumi up -s shared`, `pulumi up -s blue` and `pulumi up -s shared` again; or, if its"
    " cluster is gone for good, add it to eks-platform:forgetColours"
)


@pytest.mark.parametrize(
    ("wanted", "listed", "previous", "reports", "error"),
    [
        ("green", BOTH, _named("blue", 4), {"blue": RUNS}, DISMISS_BLUE),
        ("green", BOTH, _named("blue", 4), {"blue": STOPPED}, DISMISS_BLUE),
        ("green", BOTH, None, {"blue": STOPPED}, DISMISS_BLUE),
        ("green", BOTH, _named(None, 3), {"blue": STOPPED}, DISMISS_BLUE),
        ("green", BOTH, _named(None, 4, "blue"), {"blue": RUNS}, AWAIT_BLUE),
        ("green", BOTH, _named(None, 4, "blue"), {"blue": OLD_STOPPED}, AWAIT_BLUE),
        ("green", BOTH, _named(None, 4, "blue", "green"), {"green": STOPPED}, AWAIT_BLUE),
        ("green", GREEN, _named("blue", 4), {"green": None}, UNLISTED_BLUE),
        (None, (), _named("blue", 4), {}, UNLISTED_BLUE),
        (None, (), _named(None, 4, "blue"), {}, UNLISTED_BLUE),
    ],
)
def test_why_the_shared_stack_names_nobody(
    wanted: Colour | None,
    listed: tuple[Colour, ...],
    previous: LiveWriter | None,
    reports: Reports,
    error: str,
) -> None:
    with pytest.raises(LiveWriterError) as raised:
        name_writer(
            wanted=Assignment(active=wanted),
            listed=listed,
            forgotten=(),
            previous=previous,
            reports=reports,
        )
    assert str(raised.value) == error


@pytest.mark.parametrize(
    ("named", "previous", "running"),
    [
        (_named("blue", 4), None, True),
        (_named("blue", 4), OLD_STOPPED, True),
        (_named("blue", 4), RUNS, True),
        (_named("green", 4), RUNS, False),
        (_named(None, 4, "blue"), RUNS, False),
        (LiveWriter.model_validate({"term": 4}), None, False),  # the engine leaves null out
    ],
)
def test_what_a_colour_becomes(
    named: LiveWriter, previous: WriterReport | None, *, running: bool
) -> None:
    report = next_report("blue", named=named, previous=previous)
    names = "every name" if running else "no name"
    assert report == WriterReport(running=running, term=4, names=names)


LOST_MEMORY = (
    "stack shared has lost its memory of the live DNS writers (it is at term 3, this stack"
    " at 4): run `pulumi up -s shared` with blue in eks-platform:colours, then this again"
)


@pytest.mark.parametrize(
    ("named", "error"),
    [
        (None, "stack shared has no output yet: run `pulumi up -s shared` first"),
        (_named("blue", 3), LOST_MEMORY),
    ],
)
def test_why_a_colour_changes_nothing(named: LiveWriter | None, error: str) -> None:
    with pytest.raises(LiveWriterError) as raised:
        next_report("blue", named=named, previous=RUNS)
    assert str(raised.value) == error
