"""The longest chain, up and down."""

from development.bench.chain import longest, reverse

WAITS = {"role": set[str](), "cluster": {"role"}, "nodes": {"cluster"}, "key": set[str]()}
SECONDS = {"role": 2.0, "cluster": 540.0, "nodes": 90.0, "key": 600.0}


def test_what_is_slow_alone_does_not_lengthen_a_chain_that_is_longer() -> None:
    assert [it.key for it in longest(WAITS, SECONDS)] == ["role", "cluster", "nodes"]
    assert [it.end for it in longest(WAITS, SECONDS)] == [2.0, 542.0, 632.0]


def test_a_thing_alone_may_be_the_longest() -> None:
    assert [it.key for it in longest(WAITS, {**SECONDS, "key": 700.0})] == ["key"]


def test_on_the_way_down_all_goes_in_reverse() -> None:
    assert [it.key for it in longest(reverse(WAITS), SECONDS)] == ["nodes", "cluster", "role"]


def test_of_nothing_there_is_no_chain() -> None:
    assert longest({}, {}) == []
