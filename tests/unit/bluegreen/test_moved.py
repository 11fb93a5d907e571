"""Which live names must move, and which have not."""

from collections.abc import Mapping

from bluegreen.moved import expected_move, not_moved
from bluegreen.prospect import Name
from bluegreen.snapshot import RecordKey, Snapshot
from handover.assignment import Assignment, assign
from settings.names import COLOURS
from tests.unit.bluegreen.snapshots import (
    api_records,
    asked,
    host,
    kube,
    live_set,
    published,
    record,
    snapshot,
)

WEB = "web.example.com"
GREEN = Assignment(active="green")
LIVE_WEB: Name = ("public", WEB)
CDN = "d111111abcdef8.cloudfront.net"


def both(name: str, *hosts: str) -> Mapping[RecordKey, tuple[str, ...]]:
    return {("public", name, kind, ""): hosts for kind in ("A", "AAAA")}


def test_names_still_on_the_old_colour_have_not_moved() -> None:
    seen = snapshot()
    assert not_moved(seen, expected_move(seen, GREEN, ())) == {
        LIVE_WEB: f"AAAA leads to {host('blue')}"
    }


def test_names_on_the_new_colour_have() -> None:
    seen = snapshot(records=live_set(WEB, host("green")))
    move = expected_move(seen, GREEN, ())
    assert move.wanted == both(WEB, host("green"))
    assert not_moved(seen, move) == {}


def test_one_record_set_of_a_name_left_behind_is_seen() -> None:
    a, _ = live_set(WEB, host("green"))
    aaaa = record(WEB, host("blue"), kind="AAAA")
    seen = snapshot(records=[a, aaaa])
    assert list(not_moved(seen, expected_move(seen, GREEN, ()))) == [LIVE_WEB]


def test_a_new_name_must_get_its_record() -> None:
    view = kube("green").model_copy(
        update={"published": published("new.example.com", host("green"))}
    )
    seen = snapshot(green={"kube": view}, records=api_records())
    assert not_moved(seen, expected_move(seen, GREEN, ())) == {
        ("public", "new.example.com"): "has no record"
    }


def test_a_live_name_that_nothing_publishes_is_lost_unless_waived() -> None:
    view = kube("green").model_copy(update={"published": (), "asked": ()})
    seen = snapshot(green={"kube": view})
    why = {LIVE_WEB: "nothing on green asks for it"}
    assert expected_move(seen, GREEN, ()).lost == why
    assert expected_move(seen, GREEN, ()).names == {LIVE_WEB}
    assert not_moved(seen, expected_move(seen, GREEN, ())) == why
    assert not_moved(seen, expected_move(seen, GREEN, (WEB,))) == {}


def test_a_foreign_record_is_not_waited_for() -> None:
    seen = snapshot(records=[record(WEB, "203.0.113.7", owner=None)])
    assert expected_move(seen, GREEN, ()).wanted == {}


def test_a_canary_moves_its_names_and_the_rest_stays() -> None:
    other_name = "shop.example.com"
    target = assign("blue", "green", (WEB,))
    views = {c: {"kube": kube(c, (WEB, other_name))} for c in COLOURS}
    seen = snapshot(
        blue=views["blue"],
        green=views["green"],
        records=[*live_set(WEB, host("green")), *live_set(other_name, host("blue"))],
    )
    move = expected_move(seen, target, ())
    assert move.wanted == {**both(WEB, host("green")), **both(other_name, host("blue"))}
    assert not_moved(seen, move) == {}
    assert sorted(not_moved(seen, expected_move(seen, Assignment(active="blue"), ()))) == [LIVE_WEB]


def with_cdn(*, on: tuple[str, ...]) -> Snapshot:
    """A name whose objects set their own target, live and on these colours."""
    name = "cdn.example.com"
    own = tuple(it.model_copy(update={"own_target": True}) for it in published(name, CDN))
    views = {
        c: {
            "kube": kube(c).model_copy(
                update={
                    "published": (*kube(c).published, *(own if c in on else ())),
                    "asked": asked(WEB, *([name] if c in on else [])),
                }
            )
        }
        for c in COLOURS
    }
    return snapshot(
        blue=views["blue"],
        green=views["green"],
        records=[*live_set(WEB, host("green")), *live_set(name, CDN)],
    )


def test_a_name_with_a_target_of_its_own_is_neither_moved_nor_missed() -> None:
    move = expected_move(with_cdn(on=("blue", "green")), GREEN, ())
    assert move.wanted == both(WEB, host("green"))
    assert move.lost == {}
    assert not_moved(with_cdn(on=("blue", "green")), move) == {}


def test_it_is_missed_where_the_new_colour_does_not_ask_for_it() -> None:
    move = expected_move(with_cdn(on=("blue",)), GREEN, ())
    assert list(move.lost) == [("public", "cdn.example.com")]


def test_one_record_set_with_a_target_of_its_own_is_not_waited_for_beside_one_that_moves() -> None:
    """Found by generated objects: one object sets the IPv6 address of a name, another has its A."""
    a, aaaa = published(WEB, host("green"))
    own = aaaa.model_copy(update={"hosts": ("2001:db8::77",), "alias": False, "own_target": True})
    view = kube("green").model_copy(update={"published": (a, own)})
    address = record(WEB, "2001:db8::77", kind="AAAA").model_copy(update={"alias": False})
    moved, _ = live_set(WEB, host("green"))
    seen = snapshot(green={"kube": view}, records=[moved, address])
    move = expected_move(seen, GREEN, ())
    assert list(move.wanted) == [("public", WEB, "A", "")]
    assert not_moved(seen, move) == {}


def test_a_record_of_a_kind_that_the_new_colour_does_not_have_stays_and_is_lost() -> None:
    view = kube("green").model_copy(update={"published": published(WEB, host("green"))[:1]})
    seen = snapshot(green={"kube": view})
    move = expected_move(seen, GREEN, ())
    assert move.lost == {
        LIVE_WEB: "green has A for it, which leaves AAAA as it is: the DNS writers never change a"
        " record's type"
    }
    a, _ = live_set(WEB, host("green"))
    moved = snapshot(green={"kube": view}, records=[a, record(WEB, host("blue"), kind="AAAA")])
    assert not_moved(moved, expected_move(moved, GREEN, (WEB,))) == {}
