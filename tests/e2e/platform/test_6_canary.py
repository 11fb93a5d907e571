"""A canary: one live name moves to the other colour and back, while the rest stays."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from pulumi import automation

from localcloud import names
from localcloud.records import alias_targets
from localcloud.state import REGION
from tests.e2e.platform.conftest import COLOURS, Platform
from tests.e2e.platform.writers import writing
from tests.waiting import wait_until

MOVED, STAYS = "web.devinfra.fr", "web.devinfra.local"
KEY = "eks-platform:canary"
PATIENCE = 180.0
"""Seconds that a writer gets to start and to write; its passes are a minute apart."""


def set_canary(platform: Platform, colour: str | None) -> None:
    """Writes the canary to the shared stack's file, without a colour or with one."""
    shared = platform.stack("shared")
    shared.set_config(f"{KEY}.names[0]", automation.ConfigValue(MOVED), path=True)
    if colour is None:
        shared.remove_config(f"{KEY}.colour", path=True)
    else:
        shared.set_config(f"{KEY}.colour", automation.ConfigValue(colour), path=True)


@contextmanager
def watched(platform: Platform) -> Generator[tuple[list[str], list[set[str]]]]:
    """Names that had no address, and sets of colours that wrote the moved name at one time."""
    lost: list[str] = []
    seen: list[set[str]] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.05):
            lost.extend(
                name
                for name in (MOVED, STAYS)
                if not names.resolve(name, "A", platform.cloud.dns_port)
            )
            colours = writing(platform, MOVED)
            if not seen or seen[-1] != colours:
                seen.append(colours)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield lost, seen
    finally:
        done.set()
        thread.join()


def wait_for_target(platform: Platform, name: str, colour: str) -> None:
    """Waits until a live name points at a colour's load balancer."""
    wait_until(
        f"{name} points at {colour}",
        lambda: f"(eks-{colour})" in alias_targets(platform.cloud, REGION)[name],
        PATIENCE,
        pause=1,
    )


def callers(platform: Platform, name: str, since: int) -> list[str]:
    """Colours that wrote a name's A record, in their order, from a line of the call log on."""
    found: list[str] = []
    for line in platform.state.aws_calls.read_text().splitlines()[since:]:
        call = json.loads(line)
        for change in call.get("changes") or ():
            if change["name"].rstrip(".") == name and change["type"] == "A":
                found += [colour for colour in COLOURS if f"eks-{colour}" in call["caller"]]
    return [c for i, c in enumerate(found) if i == 0 or found[i - 1] != c]


def test_one_name_moves_to_the_other_colour_and_back(platform: Platform) -> None:
    start = platform.outputs("shared")["activeColour"]
    (other,) = set(COLOURS) - {start}
    since = len(platform.state.aws_calls.read_text().splitlines())
    with watched(platform) as (lost, seen):
        set_canary(platform, other)
        with pytest.raises(automation.CommandError, match=f"{other} cannot write {MOVED} yet"):
            platform.up("shared")

        set_canary(platform, None)
        platform.up("shared")
        platform.up(start)
        assert writing(platform, MOVED) == set()
        assert writing(platform, STAYS) == {start}
        set_canary(platform, other)
        platform.up("shared")
        platform.up(other)
        wait_for_target(platform, MOVED, other)
        assert f"(eks-{start})" in alias_targets(platform.cloud, REGION)[STAYS]
        assert platform.outputs(start)["liveWriters"]["names"] == f"every name but {MOVED}"

        set_canary(platform, None)
        platform.up("shared")
        platform.up(other)
        platform.stack("shared").remove_config(KEY)
        platform.up("shared")
        platform.up(start)
        wait_for_target(platform, MOVED, start)
    assert lost == []
    assert [colours for colours in seen if len(colours) > 1] == []
    assert {other} in seen
    assert callers(platform, MOVED, since) == [other, start]
    assert callers(platform, STAYS, since) in ([], [start])
