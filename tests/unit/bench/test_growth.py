"""The exponent that is fitted, and that the rules of a switch are linear, by their steps."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

import pytest

from development.bench.cost import CommandError
from development.bench.growth import GROWTHS, exponent

if TYPE_CHECKING:
    from _typeshed import TraceFunction


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_the_exponent_is_that_of_what_grows_whatever_stands_at_the_begin(power: float) -> None:
    least = 2
    seconds = {it: 3.0 + 0.5 * (it - least) ** power for it in (least, 10, 25, 50)}
    assert exponent(seconds) == pytest.approx(power)


def test_what_does_not_grow_above_noise_has_no_exponent() -> None:
    with pytest.raises(CommandError, match="10 and 50 took no longer than 2, so"):
        exponent({2: 3.0, 10: 2.9, 25: 3.4, 50: 3.0})


def steps(work: Callable[[], object]) -> int:
    """Lines of Python that it runs: of the same work always the same, whatever the machine does."""
    found = 0

    def count(_frame: FrameType, event: str, _what: object) -> "TraceFunction":
        nonlocal found
        found += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return found


def test_one_live_name_more_costs_what_the_one_before_cost() -> None:
    prepare = GROWTHS["live-names"].prepare
    prepare(10)()
    few, more, most = (steps(prepare(number)) for number in (50, 100, 200))
    assert (most - more) / (more - few) == pytest.approx(2.0, rel=0.1)
