"""Never two live DNS writers for one zone, in whatever order the stacks are updated."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from itertools import permutations

import pytest
from pulumi import automation

from tests.e2e.platform.conftest import COLOURS, Platform
from tests.e2e.platform.writers import writing

LIVE_WRITERS = ("live-external-dns-private", "live-external-dns-public")


def pods(platform: Platform, colour: str) -> list[str]:
    listed = platform.kube(colour).names("/api/v1/namespaces/kube-system/pods")
    return [name for name in listed if name.startswith(LIVE_WRITERS)]


@contextmanager
def watched(platform: Platform) -> Generator[list[set[str]]]:
    """Looks all the time at who writes; the list holds every set of colours that was seen."""
    seen: list[set[str]] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.05):
            colours = writing(platform)
            if not seen or seen[-1] != colours:
                seen.append(colours)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize("first_order", list(permutations(COLOURS)), ids="-".join)
def test_no_order_of_updates_has_both_running(
    platform: Platform, first_order: tuple[str, ...]
) -> None:
    """Moves the active colour there and back; each time the colours are updated in an order."""
    start = platform.outputs("shared")["activeColour"]
    (other,) = set(COLOURS) - {start}
    with watched(platform) as seen:
        platform.set_active(other)
        with pytest.raises(automation.CommandError, match=f"pulumi up -s {start}"):
            platform.up("shared")
        assert platform.outputs("shared")["activeColour"] == start

        platform.set_active(None)
        platform.up("shared")
        platform.set_active(other)
        with pytest.raises(automation.CommandError, match=f"pulumi up -s {start}"):
            platform.up("shared")

        for colour in first_order:
            platform.up(colour)
        assert writing(platform) == set()
        assert pods(platform, start) == []
        platform.up("shared")
        for colour in reversed(first_order):
            platform.up(colour)
        assert pods(platform, start) == []
        assert len(pods(platform, other)) == len(LIVE_WRITERS)
    assert not [colours for colours in seen if len(colours) > 1]
    assert {start} in seen
