"""What one who watches sees: figures, a line, a page; and that a failed look ends nothing."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bluegreen import rules
from bluegreen.drain import Drained, TrafficReading
from bluegreen.errors import OperatorError
from bluegreen.overview import ColourFigures, Overview, overview
from bluegreen.render import overview as on_terminal
from bluegreen.render.overview_page import page
from bluegreen.snapshot import KubeView, Lock, Snapshot, StackState
from bluegreen.watch import Watch, write_page
from bluegreen.world.metrics import MINUTE, Traffic
from settings.names import COLOURS, Colour
from tests.unit.bluegreen.snapshots import api_records, host, live_set, snapshot

NOW = datetime(2026, 11, 29, 12, 0, 30, tzinfo=UTC)
RECORDS = [
    *live_set("web.example.com", host("blue")),
    *live_set("shop.example.com", host("green")),
    *live_set("cdn.example.com", "edge.example.net"),
    *api_records(),
]


def reading(colour: Colour, traffic: Mapping[str, Traffic] | None = None) -> TrafficReading:
    drained = Drained(colour=colour, window_minutes=5, heard={}, named=())
    since = NOW.replace(second=0) - timedelta(minutes=5)
    return TrafficReading(drained, (), traffic or {}, since, NOW)


def figures(seen: Snapshot, traffic: Mapping[str, Traffic] | None = None) -> Overview:
    looks: dict[Colour, TrafficReading] = {c: reading(c) for c in COLOURS}
    looks["blue"] = reading("blue", traffic)
    return overview(seen, looks, rules.invariants(seen), NOW)


def of(seen: Overview, colour: Colour) -> ColourFigures:
    return next(it for it in seen.colours if it.colour == colour)


def test_names_are_counted_by_where_they_lead() -> None:
    seen = figures(snapshot(records=RECORDS))
    assert (seen.names, seen.active) == (3, "blue")
    assert (of(seen, "blue").names, of(seen, "green").names) == (1, 1)
    assert seen.elsewhere == ("cdn.example.com",)
    assert [it.role for it in seen.colours] == ["active", "idle"]


def test_requests_are_summed_by_minute_without_those_that_cloudwatch_may_still_lack() -> None:
    at = NOW.replace(second=0) - 5 * MINUTE
    traffic = {"a": {at: 3.0, at + 2 * MINUTE: 1.0}, "b": {at: 4.0, at + 4 * MINUTE: 99.0}}
    assert of(figures(snapshot(records=RECORDS), traffic), "blue").requests == (7.0, 0.0, 1.0)


def test_without_a_load_balancer_nothing_is_said_of_requests() -> None:
    seen = figures(snapshot(records=RECORDS))
    assert of(seen, "blue").requests == ()
    assert "no load balancer" in page(seen, 15)
    assert "requests a minute, " not in on_terminal.line(seen).plain


def test_a_cluster_that_does_not_answer_is_not_seen_rather_than_empty() -> None:
    silent = snapshot(
        records=RECORDS, green={"kube": KubeView(error="https://green does not answer")}
    )
    seen = figures(silent)
    assert of(seen, "green").not_seen == "https://green does not answer"
    assert any(text.startswith("not seen: ") for text in seen.broken)
    shown = printed(seen)
    assert "not seen" in shown
    assert "0 of 0" not in shown
    assert "0 of 0" not in page(seen, 15)


def test_an_update_that_runs_and_one_that_was_interrupted_are_told() -> None:
    lock = Lock(holder="ann@host (pid 7)", since="now", dead=False, alive=True)
    held = StackState(name="blue", exists=True, pending=("creating web",), locks=(lock,))
    left = StackState(name="green", exists=True, pending=("creating web",))
    seen = figures(snapshot(records=RECORDS, blue={"state": held}, green={"state": left}))
    assert seen.updating == (
        "blue is held by ann@host (pid 7) since now",
        "an update of green was interrupted",
    )


def printed(seen: Overview, trouble: str = "", width: int = 100) -> str:
    console = Console(file=StringIO(), width=width)
    console.print(on_terminal.panel(seen, trouble))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_terminal_shows_all_of_it_at_every_width(width: int) -> None:
    text = printed(figures(snapshot(records=RECORDS)), "AWS is away [now]", width)
    flat = re.sub(r"[\s│]+", " ", text)
    for told in ("blue is active", "1 of 3", "cdn.example.com", "AWS is away [now]"):
        assert told in flat
    assert all(len(line) <= width for line in text.splitlines())


def test_a_line_says_the_same_for_a_log() -> None:
    text = on_terminal.line(figures(snapshot(records=RECORDS)), "AWS is away").plain
    assert text.startswith("12:00:30 blue is active; blue: 1 of 3 names")
    assert text.endswith("not seen since then: AWS is away")
    assert "\n" not in text


class _Tags(HTMLParser):
    """Checks that tags close in order, and keeps the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "rect", "line"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_is_whole_loads_itself_anew_and_takes_no_text_for_tags() -> None:
    hostile = "<script>alert(1)</script>"
    seen = figures(snapshot(records=RECORDS)).model_copy(
        update={"broken": (hostile,), "elsewhere": (hostile,), "updating": (hostile,)}
    )
    html = page(seen, 15, hostile)
    tags = _Tags()
    tags.feed(html)
    assert tags.open == []
    assert "<script" not in html
    assert '<meta http-equiv="refresh" content="15">' in html
    assert "".join(tags.text).count(hostile) == 4
    assert not re.search(r"(?:src|href)=", html)


def test_a_page_takes_the_place_of_the_last_one_at_once(tmp_path: Path) -> None:
    file = tmp_path / "watch.html"
    for text in ("one", "two"):
        write_page(file, text)
        assert file.read_text() == text
    assert list(tmp_path.iterdir()) == [file]
    with pytest.raises(OperatorError, match=r"nowhere/watch.html cannot be written: No such file"):
        write_page(tmp_path / "nowhere" / "watch.html", "three")


class Flaky:
    """Takes snapshots, but for one that fails."""

    def __init__(self, fails: int) -> None:
        self.fails = fails
        self.looks = 0

    def everything(self) -> Snapshot:
        self.looks += 1
        if self.looks == self.fails:
            raise OperatorError("AWS is away\nfor a while")
        return snapshot(records=RECORDS)

    def read_traffic(self, _: Snapshot, colour: Colour, window: timedelta) -> TrafficReading:
        assert window == timedelta(minutes=30)
        return reading(colour)


def watched(fails: int) -> list[str]:
    world = Flaky(fails)
    told: list[str] = []
    paused: list[float] = []
    watch = Watch(world, world, paused.append)  # pyright: ignore[reportArgumentType]
    watch.run(timedelta(seconds=15), lambda _, trouble: told.append(trouble), looks=3)
    assert paused == [15.0, 15.0]
    return told


def test_a_look_that_fails_is_told_and_the_next_one_is_made() -> None:
    assert watched(fails=2) == ["", "AWS is away", ""]


def test_but_where_nothing_can_be_seen_at_first_it_ends() -> None:
    with pytest.raises(OperatorError, match="AWS is away"):
        watched(fails=1)
