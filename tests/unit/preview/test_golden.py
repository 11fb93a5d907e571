"""Comments of previews that the real engine made on the local cloud.

`make record-previews` records them anew.
"""

from pathlib import Path

import pytest

from development.recordings.record import DAY
from preview.events import read_event_log
from preview.markdown import comment, refused
from preview.marks import LONGEST

FOLDER = Path(__file__).parent / "recorded"
STACKS = {"kubernetes-minor": "green", "node-groups": "green", "forbidden": "blue"}


def _comment(name: str) -> str:
    return comment([read_event_log(STACKS[name], FOLDER / f"{name}.jsonl")], day=DAY)


@pytest.mark.parametrize("name", STACKS)
def test_comment(name: str) -> None:
    assert _comment(name) == (FOLDER / f"{name}.md").read_text()


@pytest.mark.parametrize(("name", "stops"), [(name, name == "forbidden") for name in STACKS])
def test_only_the_forbidden_change_is_refused(name: str, stops: bool) -> None:
    assert refused(read_event_log(STACKS[name], FOLDER / f"{name}.jsonl")) is stops


def test_all_three_fit_into_one_comment_and_say_which_stack_is_which() -> None:
    found = comment(
        [read_event_log(stack, FOLDER / f"{name}.jsonl") for name, stack in STACKS.items()]
    )
    assert len(found) < LONGEST
    assert found.count("## Stack `green`") == 2
    assert found.count("## Stack `blue`") == 1
