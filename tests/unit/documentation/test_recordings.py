"""What the pages show of a terminal: real output, that today's code would still print."""

import re
import sys
from pathlib import Path

import pytest

from bluegreen.switch_state import switch_state_of
from development.docsite import operator_samples, terminal_picture
from development.docsite.terminal_picture import draw, last_screen, speed
from development.recordings import samples
from development.recordings.samples import Sample
from development.recordings.terminal import Cast, RecordedCommandError, record
from development.recordings.thinning import ROWS, thinned
from handover.steps import steps_to
from localcloud.demo import UPDATES

STALE = "is not in the recording any more: run `make record-walk`"
RED = "\x1b[31mred\x1b[0m"


def screen(path: Path) -> str:
    return last_screen(Cast.read(path))


@pytest.mark.parametrize("update", UPDATES, ids=[f"{it.stack}: {it.why}" for it in UPDATES])
def test_the_demo_is_played_as_it_is(update: object) -> None:
    number = UPDATES.index(update) + 1  # pyright: ignore[reportArgumentType]
    told = f"{number}/{len(UPDATES)} pulumi up -s {UPDATES[number - 1].stack}:"
    assert f"{told} {UPDATES[number - 1].why}" in screen(samples.DEMO), STALE


def test_the_switch_is_played_as_it_is() -> None:
    sample = Sample.read(samples.BEFORE)
    assert sample.plan is not None
    shown = " ".join(screen(samples.SWITCH).split())
    steps = steps_to(switch_state_of(sample.snapshot), sample.plan.target)
    for number, step in enumerate(steps, start=1):
        told = f"step {number} of {len(steps)}: {step.title}"
        assert f"✓ pulumi up -s {step.stack}: {told}" in shown, STALE
    assert "Not answered: 0." in shown


def test_the_recorded_plan_has_the_rules_of_today() -> None:
    plan = operator_samples.planned_anew(Sample.read(samples.BEFORE))
    recorded = Sample.read(samples.BEFORE).plan
    assert recorded is not None
    assert {it.rule for it in plan.findings} == {it.rule for it in recorded.findings}, STALE
    assert {it.verdict for it in plan.findings} <= {"pass", "note"}


def test_a_sample_has_the_command_and_what_it_prints() -> None:
    text = operator_samples.render("sample-drain.md")
    assert "```text\n$ bluegreen drain --colour blue\n" in text
    assert "Not drained" in text


def test_what_a_terminal_shows_is_recorded(tmp_path: Path) -> None:
    program = "import sys, os; print('é', sys.stdout.isatty(), os.get_terminal_size().columns)"
    cast = record("make x", [sys.executable, "-c", program], {"COLUMNS": "7"}, tmp_path)
    cast.write(tmp_path / "x.cast")
    assert last_screen(Cast.read(tmp_path / "x.cast")) == "é True 100\n"


def test_a_command_that_fails_is_no_recording(tmp_path: Path) -> None:
    program = "print('because'); raise SystemExit(3)"
    with pytest.raises(RecordedCommandError, match=r"make x ended with 3: because"):
        record("make x", [sys.executable, "-c", program], {}, tmp_path)


def test_a_thinned_recording_ends_as_the_whole_does() -> None:
    spinner = [(0.1 * number, f"\r{number} {RED}") for number in range(40)]
    cast = Cast("make x", [*spinner, (4.0, "\r\nend\r\n")])
    thin = thinned(cast)
    assert len(thin.events) < len(cast.events) / 4
    assert last_screen(thin) == last_screen(cast)
    assert thin.rows == ROWS
    assert last_screen(thinned(thin)) == last_screen(cast)


def test_a_picture_shows_each_screen_for_its_time_and_ends_with_the_last() -> None:
    cast = Cast("make <x>", [(0.0, "one"), (1.0, f"\r\n{RED}"), (2.0, "\r\nthree & more")])
    svg = draw(cast, title="A title")
    assert "$ make &lt;x&gt;" in svg
    assert svg.count('<g class="m"') == 3
    assert "white-space:pre" in svg
    assert ">three &amp; more</tspan>" in svg
    assert terminal_picture.speed(cast) == 1.0
    assert "faster" not in svg
    assert "prefers-reduced-motion" in svg
    assert not re.search(r"https?://(?!www\.w3\.org)", svg)


def test_a_long_recording_plays_faster_and_says_so() -> None:
    cast = Cast("make x", [(0.0, "one"), (240.0, "two")])
    assert speed(cast) == 8.0
    assert "# 8 times faster" in draw(cast, title="A title")


def test_a_picture_scrolls_as_a_terminal_does() -> None:
    lines = "".join(f"line {number}\r\n" for number in range(40))
    svg = draw(Cast("make x", [(0.0, lines)], rows=ROWS), title="A title")
    assert ">line 39</tspan>" in svg
    assert ">line 5</tspan>" not in svg
