"""The exponent that is fitted."""

import pytest

from development.bench.growth import exponent


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_the_exponent_is_that_of_what_grows_whatever_stands_at_the_begin(power: float) -> None:
    least = 2
    seconds = {it: 3.0 + 0.5 * (it - least) ** power for it in (least, 10, 25, 50)}
    assert exponent(seconds) == pytest.approx(power)
