"""Whatever is interrupted, the next steps lead to one writer, and never past two.

The world below decides as the program does (`stacks.live_writer`): a step that the program would
refuse raises here too.
"""

from dataclasses import dataclass, field
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.phase import (
    FINISHED,
    Act,
    NotReadyError,
    Stand,
    Step,
    after,
    between,
    next_step,
    way,
)
from settings.names import COLOURS, Colour
from stacks.live_writer import LiveWriter, WriterReport, name_writer, next_report

OUTCOMES = ("done", "killed before", "killed midway", "killed at the end")
LONGEST = 5
"""Steps that the longest way takes: dismiss, stop two colours, name, start."""


@dataclass
class World:
    """Two colours and the shared stack, as the engine and the clusters hold them."""

    configured: Colour | None = "blue"
    named: LiveWriter = field(default_factory=lambda: LiveWriter(colour="blue", term=2))
    reports: dict[Colour, WriterReport | None] = field(
        default_factory=lambda: {
            "blue": WriterReport(running=True, term=2),
            "green": WriterReport(running=False, term=2),
        }
    )
    writing: set[Colour] = field(default_factory=lambda: {"blue"})
    unfinished: set[str] = field(default_factory=set)

    def stand(self) -> Stand:
        return Stand(
            configured=self.configured,
            listed=COLOURS,
            forgotten=(),
            named=self.named,
            reports=dict(self.reports),
            unfinished=frozenset(self.unfinished),
        )

    def do(self, step: Step, outcome: str = "done") -> None:
        if step.act in (Act.DISMISS, Act.NAME):
            self.configured = step.active
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
        if report.running:
            self.writing.add(colour)
        else:
            self.writing.discard(colour)
        assert len(self.writing) <= 1
        if outcome != "killed midway":
            self.reports[colour] = report

    def command(self, to: Colour, outcome: str) -> None:
        """One step of a switch, and how it ended."""
        step = next_step(self.stand(), to)
        if step != FINISHED:
            self.do(step, outcome)

    def switch(self, to: Colour) -> list[Step]:
        """A whole switch without interruption."""
        done: list[Step] = []
        while (step := next_step(self.stand(), to)) != FINISHED:
            self.do(step)
            done.append(step)
            assert len(done) <= LONGEST + 1, done
        return done


def settled(world: World, to: Colour) -> None:
    planned = way(world.stand(), to)
    assert world.switch(to) == planned
    assert world.writing == {to}
    assert world.named.colour == world.configured == to
    assert world.reports[to] == WriterReport(running=True, term=world.named.term)
    assert not world.unfinished
    assert not between(world.stand())


def test_a_switch_takes_four_updates_in_the_documented_order() -> None:
    assert World().switch("green") == [
        Step(Act.DISMISS, "shared", None),
        Step(Act.STOP, "blue"),
        Step(Act.NAME, "shared", "green"),
        Step(Act.START, "green"),
    ]


def test_at_rest_nothing_is_to_be_done() -> None:
    assert way(World().stand(), "blue") == []
    assert not between(World().stand())


@pytest.mark.parametrize("last", COLOURS)
def test_every_sequence_of_three_interrupted_steps_can_be_ended(last: Colour) -> None:
    for story in product(product(COLOURS, OUTCOMES), repeat=3):
        world = World()
        for to, outcome in story:
            world.command(to, outcome)
        settled(world, last)


commands = st.tuples(st.sampled_from(COLOURS), st.sampled_from(OUTCOMES))


@given(st.lists(commands, max_size=40), st.sampled_from(COLOURS))
def test_any_story_can_be_ended_either_way(story: list[tuple[Colour, str]], last: Colour) -> None:
    world = World()
    for to, outcome in story:
        world.command(to, outcome)
    settled(world, last)


@given(st.lists(commands, min_size=1, max_size=20), st.sampled_from(COLOURS), st.data())
def test_older_outputs_of_shared_put_back_are_noticed(
    story: list[tuple[Colour, str]], last: Colour, data: st.DataObject
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
        world.command("green", outcome)
        assert between(world.stand()), outcome


def test_before_the_first_colour_is_active_nothing_is_halfway() -> None:
    world = World(
        configured=None,
        named=LiveWriter(term=1),
        reports={"blue": WriterReport(running=False, term=1), "green": None},
        writing=set(),
    )
    assert not between(world.stand())
    assert [step.act for step in world.switch("blue")] == [Act.NAME, Act.START]


def test_a_colour_that_is_not_listed_cannot_become_active() -> None:
    stand = Stand(
        configured="blue",
        listed=("blue",),
        forgotten=(),
        named=LiveWriter(colour="blue", term=2),
        reports={"blue": WriterReport(running=True, term=2), "green": None},
    )
    with pytest.raises(NotReadyError, match="bluegreen bootstrap --colour green"):
        next_step(stand, "green")


def test_a_doubted_colour_that_is_not_listed_is_an_error_that_says_what_to_do() -> None:
    stand = Stand(
        configured=None,
        listed=("green",),
        forgotten=(),
        named=LiveWriter(colour=None, term=3, unconfirmed=("blue",)),
        reports={"green": WriterReport(running=False, term=2), "blue": None},
    )
    with pytest.raises(NotReadyError, match="forgetColours"):
        next_step(stand, "green")


def test_an_interrupted_update_of_the_old_colour_is_completed_too() -> None:
    world = World()
    world.switch("green")
    world.unfinished.add("blue")
    assert world.switch("green") == [Step(Act.STOP, "blue")]


def test_after_follows_what_the_program_decides() -> None:
    world = World()
    stand = world.stand()
    for step in way(stand, "green"):
        stand = after(stand, step)
        world.do(step)
        assert stand == world.stand()
