"""Whatever is interrupted, the next steps lead to one writer, and never past two."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.assignment import NOBODY, Assignment, assign
from handover.live_writer import LiveWriter, WriterReport
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
from tests.unit.handover.switch_world import BLUE, GREEN, OUTCOMES, Outcome, SwitchWorld

NAMES = ("a.example.com", "b.example.com")
TARGETS = (
    BLUE,
    GREEN,
    assign("blue", "green", NAMES[:1]),
    assign("blue", "green", NAMES),
    assign("green", "blue", NAMES[1:]),
)
LONGEST = 8
"""Steps that the longest way takes: what was begun, dismissed again, both colours twice."""


class Commands(SwitchWorld):
    """Switches in it, step by step."""

    def do(self, step: Step, outcome: Outcome = "done") -> None:
        """A step, and how it ended; the stack file is written before."""
        if step.wanted is not None:
            self.configured = step.wanted
        self.update(step.stack, outcome)

    def command(self, to: Assignment, outcome: Outcome) -> None:
        """One step of a switch, and how it ended."""
        step = next_step(self.state(), to)
        if step != FINISHED:
            self.do(step, outcome)

    def switch(self, to: Assignment) -> list[Step]:
        """A whole switch without interruption."""
        done: list[Step] = []
        while (step := next_step(self.state(), to)) != FINISHED:
            self.do(step)
            done.append(step)
            assert len(done) <= LONGEST, done
        return done


def settled(world: Commands, to: Assignment) -> None:
    planned = steps_to(world.state(), to)
    assert world.switch(to) == planned
    for name in (*NAMES, None):
        assert world.writers_of(name) == [to.writer(name)]
    assert world.named.assignment == world.configured == to
    assert not world.named.unconfirmed or to.names
    assert not world.unfinished
    assert not is_halfway(world.state())


def test_a_switch_takes_four_updates_in_the_documented_order() -> None:
    assert Commands().switch(GREEN) == [
        Step(Act.DISMISS, "shared", NOBODY),
        Step(Act.STOP, "blue"),
        Step(Act.NAME, "shared", GREEN),
        Step(Act.START, "green"),
    ]


def test_a_canary_goes_through_nobody_for_its_names_alone() -> None:
    target = canary_assignment(BLUE, "green", NAMES[:1])
    world = Commands()
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
    assert steps_to(Commands().state(), BLUE) == []
    assert not is_halfway(Commands().state())


@pytest.mark.parametrize("last", TARGETS)
def test_every_sequence_of_three_interrupted_steps_can_be_ended(last: Assignment) -> None:
    for story in product(product((BLUE, GREEN), OUTCOMES), repeat=3):
        world = Commands()
        for to, outcome in story:
            world.command(to, outcome)
        settled(world, last)


commands = st.tuples(st.sampled_from(TARGETS), st.sampled_from(OUTCOMES))


@given(st.lists(commands, max_size=40), st.sampled_from(TARGETS))
def test_any_story_can_be_ended_either_way(
    story: list[tuple[Assignment, Outcome]], last: Assignment
) -> None:
    world = Commands()
    for to, outcome in story:
        world.command(to, outcome)
    settled(world, last)


@given(st.lists(commands, min_size=1, max_size=20), st.sampled_from(TARGETS), st.data())
def test_older_outputs_of_shared_put_back_are_noticed(
    story: list[tuple[Assignment, Outcome]], last: Assignment, data: st.DataObject
) -> None:
    world = Commands()
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


def test_a_state_between_is_told_from_one_at_rest() -> None:
    for outcome in OUTCOMES:
        world = Commands()
        world.command(GREEN, outcome)
        assert is_halfway(world.state()), outcome


def test_before_the_first_colour_is_active_nothing_is_halfway() -> None:
    world = Commands(
        configured=NOBODY,
        named=LiveWriter(term=1),
        reports={"blue": WriterReport(running=False, term=1), "green": None},
        writing={},
    )
    assert not is_halfway(world.state())
    assert [step.act for step in world.switch(BLUE)] == [Act.NAME, Act.START]


def test_a_colour_that_is_not_listed_cannot_become_active() -> None:
    state = SwitchState(
        configured=BLUE,
        listed=("blue",),
        forgotten=(),
        named=LiveWriter(colour="blue", term=2),
        reports={"blue": WriterReport(running=True, term=2), "green": None},
    )
    with pytest.raises(NotReadyError, match="bluegreen bootstrap --colour green"):
        next_step(state, GREEN)


def test_a_doubted_colour_that_is_not_listed_is_an_error_that_says_what_to_do() -> None:
    state = SwitchState(
        configured=NOBODY,
        listed=("green",),
        forgotten=(),
        named=LiveWriter(colour=None, term=3, unconfirmed=("blue",)),
        reports={"green": WriterReport(running=False, term=2), "blue": None},
    )
    with pytest.raises(NotReadyError, match="forgetColours"):
        next_step(state, GREEN)


def test_an_interrupted_update_of_the_old_colour_is_completed_too() -> None:
    world = Commands()
    world.switch(GREEN)
    world.unfinished.add("blue")
    assert world.switch(GREEN) == [Step(Act.STOP, "blue")]


def test_planned_states_are_those_that_updates_lead_to() -> None:
    world = Commands()
    state = world.state()
    for step in steps_to(state, GREEN):
        state = state_after(state, step)
        world.do(step)
        assert state == world.state()
