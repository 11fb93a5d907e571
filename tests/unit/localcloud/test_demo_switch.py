"""The counter of answered requests beside a switch on the local cloud."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from localcloud import backend, demo_switch
from localcloud.demo_switch import counter, summary
from localcloud.lifecycle import CloudError
from localcloud.state import RunningCloud, StateFolder
from localcloud.traffic import NO_ADDRESS, NO_ANSWER

COUNTS = {
    ("web.devinfra.fr", "blue"): 1200,
    ("web.devinfra.local", "blue"): 34,
    ("web.devinfra.fr", "green"): 5,
}
CLOUD = RunningCloud(pid=1, aws_port=1, dns_port=2, proxy_port=3, balancer_port=4)


def shown(counts: dict[tuple[str, str], int]) -> str:
    text = StringIO()
    Console(file=text, width=80).print(counter(counts))
    return text.getvalue()


def test_every_answer_is_counted_for_its_colour() -> None:
    assert summary(COUNTS, "blue", "green") == (
        "1,239 requests answered: 1,234 by blue, 5 by green. Not answered: 0."
    )
    assert "1,234" in shown(COUNTS)
    assert "no answer" not in shown(COUNTS)


def test_a_request_that_nobody_answered_is_told() -> None:
    counts = {**COUNTS, ("web.devinfra.fr", NO_ADDRESS): 2, ("web.devinfra.fr", NO_ANSWER): 1}
    assert summary(counts, "blue", "green").endswith("Not answered: 3.")
    assert "no answer" in shown(counts)


@pytest.mark.parametrize(
    ("outputs", "told"),
    [
        ({"shared": {}}, "no colour is active"),
        ({"shared": {"activeColour": "green"}, "blue": {}}, "blue does not stand"),
    ],
)
def test_without_two_colours_it_says_what_to_run(
    outputs: dict[str, dict[str, object]],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backend, "outputs", lambda _, stack: outputs.get(stack, {}))
    with pytest.raises(CloudError, match=told) as caught:
        demo_switch.run(StateFolder(tmp_path), CLOUD, Console(file=StringIO()))
    assert "make demo" in str(caught.value)
