"""Whatever is interrupted, the next steps lead to one writer, and never past two.

The world below decides as the program does (`handover.live_writer`): a step that the program would
refuse raises here too.
"""

from dataclasses import dataclass, field
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.snapshot import Lock, StackState
from bluegreen.switch_state import switch_state_of
from handover.assignment import NOBODY, Assignment, assign
from handover.live_names import EVERY_NAME, LiveNames
from handover.live_writer import LiveWriter, WriterReport, name_writer, next_report
from handover.steps import (
    FINISHED,
    Act,
    NotReadyError,
    Step,
    SwitchState,
    canary_assignment,
    is_halfway,
    next_step,
    state_after,
    steps_to,
)
from settings.names import COLOURS, Colour
from tests.unit.bluegreen.snapshots import snapshot

NAMES = ("a.example.com", "b.example.com")
BLUE, GREEN = Assignment(active="blue"), Assignment(active="green")
TARGETS = (
    BLUE,
    GREEN,
    assign("blue", "green", NAMES[:1]),
    assign("blue", "green", NAMES),
    assign("green", "blue", NAMES[1:]),
)
OUTCOMES = ("done", "killed before", "killed midway", "killed at the end")
LONGEST = 8
"""Steps that the longest way takes: what was begun, dismissed again, both colours twice."""


def writes(names: LiveNames, name: str | None) -> bool:
    return (name in names.chosen) != names.others


@dataclass
class World:
    """Two colours and the shared stack, as the engine and the clusters hold them."""

    configured: Assignment = BLUE
    named: LiveWriter = field(default_factory=lambda: LiveWriter(colour="blue", term=2))
    reports: dict[Colour, WriterReport | None] = field(
        default_factory=lambda: {
            "blue": WriterReport(running=True, term=2, names="every name"),
            "green": WriterReport(running=False, term=2, names="no name"),
        }
    )
    writing: dict[Colour, LiveNames] = field(default_factory=lambda: {"blue": EVERY_NAME})
    unfinished: set[str] = field(default_factory=set)

    def stand(self) -> SwitchState:
        return SwitchState(
            configured=self.configured,
            listed=COLOURS,
            forgotten=(),
            named=self.named,
            reports=dict(self.reports),
            unfinished=frozenset(self.unfinished),
        )

    def do(self, step: Step, outcome: str = "done") -> None:
        if step.wanted is not None:
            self.configured = step.wanted
        if outcome == "killed before":
            return
        self.unfinished.add(step.stack)
        if step.stack == "shared":
            self._up_shared(outcome)
        else:
            self._up_colour("blue" if step.stack == "blue" else "green", outcome)
        if outcome == "done":
            self.unfinished.discard(step.stack)

    def _up_shared(self, outcome: str) -> None:
        named = name_writer(
            wanted=self.configured,
            listed=COLOURS,
            forgotten=(),
            previous=self.named,
            reports=self.reports,
        )
        if outcome != "killed midway":
            self.named = named

    def _up_colour(self, colour: Colour, outcome: str) -> None:
        report = next_report(colour, named=self.named, previous=self.reports[colour])
        self.writing[colour] = self.named.assignment.names_of(colour)
        for name in (*NAMES, None):
            assert len([c for c, names in self.writing.items() if writes(names, name)]) <= 1
        if outcome != "killed midway":
            self.reports[colour] = report

    def command(self, to: Assignment, outcome: str) -> None:
        """One step of a switch, and how it ended."""
        step = next_step(self.stand(), to)
        if step != FINISHED:
            self.do(step, outcome)

    def switch(self, to: Assignment) -> list[Step]:
        """A whole switch without interruption."""
        done: list[Step] = []
        while (step := next_step(self.stand(), to)) != FINISHED:
            self.do(step)
            done.append(step)
            assert len(done) <= LONGEST, done
        return done


def settled(world: World, to: Assignment) -> None:
    planned = steps_to(world.stand(), to)
    assert world.switch(to) == planned
    for name in (*NAMES, None):
        writing = [c for c, names in world.writing.items() if writes(names, name)]
        assert writing == [to.writer(name)]
    assert world.named.assignment == world.configured == to
    assert not world.named.unconfirmed or to.names
    assert not world.unfinished
    assert not is_halfway(world.stand())


def test_a_switch_takes_four_updates_in_the_documented_order() -> None:
    assert World().switch(GREEN) == [
        Step(Act.DISMISS, "shared", NOBODY),
        Step(Act.STOP, "blue"),
        Step(Act.NAME, "shared", GREEN),
        Step(Act.START, "green"),
    ]


def test_a_canary_goes_through_nobody_for_its_names_alone() -> None:
    target = canary_assignment(BLUE, "green", NAMES[:1])
    world = World()
    assert world.switch(target) == [
        Step(Act.DISMISS, "shared", assign("blue", None, NAMES[:1])),
        Step(Act.STOP, "blue"),
        Step(Act.NAME, "shared", target),
        Step(Act.START, "green"),
        Step(Act.START, "blue"),
    ]
    assert canary_assignment(target, "blue", NAMES[:1]) == BLUE
    settled(world, BLUE)


def test_without_an_active_colour_no_name_moves_alone() -> None:
    with pytest.raises(NotReadyError, match="complete the switch"):
        canary_assignment(NOBODY, "green", NAMES)


def test_at_rest_nothing_is_to_be_done() -> None:
    assert steps_to(World().stand(), BLUE) == []
    assert not is_halfway(World().stand())


@pytest.mark.parametrize("last", TARGETS)
def test_every_sequence_of_three_interrupted_steps_can_be_ended(last: Assignment) -> None:
    for story in product(product((BLUE, GREEN), OUTCOMES), repeat=3):
        world = World()
        for to, outcome in story:
            world.command(to, outcome)
        settled(world, last)


commands = st.tuples(st.sampled_from(TARGETS), st.sampled_from(OUTCOMES))


@given(st.lists(commands, max_size=40), st.sampled_from(TARGETS))
def test_any_story_can_be_ended_either_way(
    story: list[tuple[Assignment, str]], last: Assignment
) -> None:
    world = World()
    for to, outcome in story:
        world.command(to, outcome)
    settled(world, last)


@given(st.lists(commands, min_size=1, max_size=20), st.sampled_from(TARGETS), st.data())
def test_older_outputs_of_shared_put_back_are_noticed(
    story: list[tuple[Assignment, str]], last: Assignment, data: st.DataObject
) -> None:
    world = World()
    seen = [world.named]
    for to, outcome in story:
        world.command(to, outcome)
        seen.append(world.named)
    older = data.draw(st.sampled_from(seen))
    known = max(report.term for report in world.reports.values() if report)
    if older.term >= known:
        return  # nothing tells it from the newest
    world.named = older
    settled(world, last)


def test_a_stand_between_is_told_from_one_at_rest() -> None:
    for outcome in OUTCOMES:
        world = World()
        world.command(GREEN, outcome)
        assert is_halfway(world.stand()), outcome


def test_before_the_first_colour_is_active_nothing_is_halfway() -> None:
    world = World(
        configured=NOBODY,
        named=LiveWriter(term=1),
        reports={"blue": WriterReport(running=False, term=1), "green": None},
        writing={},
    )
    assert not is_halfway(world.stand())
    assert [step.act for step in world.switch(BLUE)] == [Act.NAME, Act.START]


def test_a_colour_that_is_not_listed_cannot_become_active() -> None:
    stand = SwitchState(
        configured=BLUE,
        listed=("blue",),
        forgotten=(),
        named=LiveWriter(colour="blue", term=2),
        reports={"blue": WriterReport(running=True, term=2), "green": None},
    )
    with pytest.raises(NotReadyError, match="bluegreen bootstrap --colour green"):
        next_step(stand, GREEN)


def test_a_doubted_colour_that_is_not_listed_is_an_error_that_says_what_to_do() -> None:
    stand = SwitchState(
        configured=NOBODY,
        listed=("green",),
        forgotten=(),
        named=LiveWriter(colour=None, term=3, unconfirmed=("blue",)),
        reports={"green": WriterReport(running=False, term=2), "blue": None},
    )
    with pytest.raises(NotReadyError, match="forgetColours"):
        next_step(stand, GREEN)


def test_an_interrupted_update_of_the_old_colour_is_completed_too() -> None:
    world = World()
    world.switch(GREEN)
    world.unfinished.add("blue")
    assert world.switch(GREEN) == [Step(Act.STOP, "blue")]


def test_after_follows_what_the_program_decides() -> None:
    world = World()
    stand = world.stand()
    for step in steps_to(stand, GREEN):
        stand = state_after(stand, step)
        world.do(step)
        assert stand == world.stand()


@pytest.mark.parametrize(
    ("dead", "unfinished"),
    [((), True), ((True,), True), ((False,), False), ((True, False), False)],
)
def test_a_stack_that_somebody_updates_is_not_unfinished(
    dead: tuple[bool, ...], unfinished: bool
) -> None:
    held = tuple(Lock(holder="ann@host (pid 7)", since="now", dead=it) for it in dead)
    state = StackState(name="blue", exists=True, pending=("creating web",), locks=held)
    stand = switch_state_of(snapshot(blue={"state": state}))
    assert stand.unfinished == ({"blue"} if unfinished else set())
    assert is_halfway(stand) is unfinished
