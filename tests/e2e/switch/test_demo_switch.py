"""`make demo-switch`, there and back, as a newcomer reads it."""

import re
import subprocess
import sys

from settings.names import COLOURS
from tests.e2e.platform.conftest import Platform
from tests.e2e.switch.operator_command import deploy_sample


def demo_switch(platform: Platform) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "localcloud", "--state", str(platform.state.root), "demo-switch"],
        env=platform.state.environment(platform.cloud),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return " ".join(done.stdout.split())


def test_both_colours_answer_on_the_way_there_and_nobody_goes_without_an_answer(
    platform: Platform,
) -> None:
    for colour in COLOURS:
        deploy_sample(platform, colour)
    old = platform.outputs("shared")["activeColour"]
    (new,) = set(COLOURS) - {old}
    for begin, end in ((old, new), (new, old)):
        said = demo_switch(platform)
        assert f"{begin} is active. bluegreen switch --to {end} --yes" in said
        assert "step 4 of 4" in said
        counted = re.search(
            r"([\d,]+) requests answered: ([\d,]+) by (\w+), ([\d,]+) by (\w+)\."
            r" Not answered: ([\d,]+)\.",
            said,
        )
        assert counted is not None, said
        total, first, _, second, _, lost = (
            int(it.replace(",", "")) if it[0].isdigit() else it for it in counted.groups()
        )
        assert (counted[3], counted[5]) == (begin, end)
        assert total == first + second  # pyright: ignore[reportOperatorIssue]
        assert first
        assert second
        assert lost == 0
        assert (
            f"The way back is the same: `make demo-switch` once more moves it to {begin}." in said
        )
        assert platform.outputs("shared")["activeColour"] == end
