"""Which live names must move, and which have not."""

from bluegreen.moved import not_moved, to_move
from bluegreen.phase import everything
from settings.names import COLOURS
from stacks.assignment import assign
from tests.unit.bluegreen.made import (
    api_records,
    host,
    kube,
    live_set,
    published,
    record,
    snapshot,
)

WEB = "web.example.com"
GREEN = everything("green")


def test_names_still_on_the_old_colour_have_not_moved() -> None:
    seen = snapshot()
    assert not_moved(seen, to_move(seen, GREEN, ())) == {WEB: f"AAAA leads to {host('blue')}"}


def test_names_on_the_new_colour_have() -> None:
    seen = snapshot(records=live_set(WEB, host("green")))
    move = to_move(seen, GREEN, ())
    assert move.wanted == {("public", WEB): (host("green"),)}
    assert not_moved(seen, move) == {}


def test_one_record_set_of_a_name_left_behind_is_seen() -> None:
    a, _ = live_set(WEB, host("green"))
    aaaa = record(WEB, host("blue"), kind="AAAA")
    seen = snapshot(records=[a, aaaa])
    assert list(not_moved(seen, to_move(seen, GREEN, ()))) == [WEB]


def test_a_new_name_must_get_its_record() -> None:
    view = kube("green").model_copy(
        update={"published": (published("new.example.com", host("green")),)}
    )
    seen = snapshot(green={"kube": view}, records=api_records())
    assert not_moved(seen, to_move(seen, GREEN, ())) == {"new.example.com": "has no record"}


def test_a_live_name_that_nothing_publishes_is_lost_unless_waived() -> None:
    view = kube("green").model_copy(update={"published": ()})
    seen = snapshot(green={"kube": view})
    assert to_move(seen, GREEN, ()).lost == (WEB,)
    assert not_moved(seen, to_move(seen, GREEN, ())) == {WEB: "nothing publishes it any more"}
    assert not_moved(seen, to_move(seen, GREEN, (WEB,))) == {}


def test_a_foreign_record_is_not_waited_for() -> None:
    seen = snapshot(records=[record(WEB, "203.0.113.7", owner=None)])
    assert to_move(seen, GREEN, ()).wanted == {}


def test_a_canary_moves_its_names_and_the_rest_stays() -> None:
    other_name = "shop.example.com"
    target = assign("blue", "green", (WEB,))
    views = {c: {"kube": kube(c, (WEB, other_name))} for c in COLOURS}
    seen = snapshot(
        blue=views["blue"],
        green=views["green"],
        records=[*live_set(WEB, host("green")), *live_set(other_name, host("blue"))],
    )
    move = to_move(seen, target, ())
    assert move.wanted == {
        ("public", WEB): (host("green"),),
        ("public", other_name): (host("blue"),),
    }
    assert not_moved(seen, move) == {}
    assert sorted(not_moved(seen, to_move(seen, everything("blue"), ()))) == [WEB]
