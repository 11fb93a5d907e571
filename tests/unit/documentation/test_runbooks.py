"""What runbooks promise of live DNS writers, asked of the program's own decisions."""

import pytest

from bluegreen.render.findings import commands
from bluegreen.switch_state import switch_state_of
from development.docsite import switch_story
from development.docsite.switch_story import decide
from handover.assignment import Assignment, assign
from handover.live_writer import LiveWriter, LiveWriterError, WriterReport
from handover.steps import state_after, steps_to
from settings.names import Colour
from tests.unit.bluegreen.snapshots import snapshot
from tests.unit.documentation.commands import in_section

CANARY = "web.devinfra.fr"

Reports = dict[Colour, WriterReport | None]


def report(term: int, *, running: bool = False) -> WriterReport:
    return WriterReport(running=running, term=term)


def test_in_no_row_of_the_picture_do_both_colours_write() -> None:
    for moment in switch_story.moments():
        assert sum(report.running for report in moment.reports.values()) <= 1
    first, *_, last = switch_story.moments()
    assert (first.named.colour, last.named.colour) == ("blue", "green")
    assert last.reports["green"].running


def test_lost_active_colour_a_forgotten_colour_does_not_hold_green_back() -> None:
    previous = LiveWriter(colour="blue", term=7)
    reports: Reports = {"green": report(7)}
    named = decide("green", previous, reports, listed=("green",), forgotten=("blue",))
    assert (named.colour, named.term, named.unconfirmed) == ("green", 8, ())
    with pytest.raises(LiveWriterError, match="forgetColours"):
        decide("green", previous, reports, listed=("green",))


def test_retire_a_colour_that_has_spoken_may_be_taken_off_the_list() -> None:
    *_, switched = switch_story.moments()
    reports: Reports = {"green": switched.reports["green"]}
    assert decide("green", switched.named, reports, listed=("green",)) == switched.named


def test_roll_back_halfway_blue_is_named_again_at_once() -> None:
    _, nobody, stopped, *_ = switch_story.moments()
    for moment in (nobody, stopped):
        back = switch_story.up_shared(moment, "blue")
        assert back.named.colour == "blue"
        assert back.named.unconfirmed == ()
        assert switch_story.up_colour(back, "blue").reports["blue"].running


@pytest.mark.parametrize("previous", [None, LiveWriter(colour="blue", term=5)])
def test_restore_lost_outputs_doubt_every_listed_colour(previous: LiveWriter | None) -> None:
    reports: Reports = {"blue": report(7, running=True), "green": None}
    with pytest.raises(LiveWriterError, match="green may still run live DNS writers"):
        decide("blue", previous, reports)
    named = decide(None, previous, reports)
    assert (named.colour, named.term, named.unconfirmed) == (None, 8, ("blue", "green"))


def planned(*targets: Assignment) -> list[str]:
    """Plain commands that `bluegreen plan` gives for moves from blue at rest, one after another."""
    state = switch_state_of(snapshot())
    found: list[str] = []
    for target in targets:
        steps = steps_to(state, target)
        found = [line for lines in commands(steps, state.configured) for line in lines]
        for step in steps:
            state = state_after(state, step)
    return found


def test_switch_the_runbook_and_the_plan_have_the_same_commands_in_the_same_order() -> None:
    page = "docs/runbooks/switch.md"
    steps = [*in_section(page, "Stop blue's writers"), *in_section(page, "Start green's")]
    assert [it for it in steps if "output" not in it] == planned(Assignment(active="green"))


def test_canary_the_runbook_and_the_plan_have_the_same_commands_in_the_same_order() -> None:
    there, back = assign("blue", "green", (CANARY,)), Assignment(active="blue")
    assert in_section("docs/runbooks/canary.md", "To green")[:7] == planned(there)
    assert in_section("docs/runbooks/canary.md", "The way back") == planned(there, back)
