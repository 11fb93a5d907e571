from collections.abc import Callable

from development.bench.cost import Cost
from development.bench.figure import figure, interleaved, paired


def cost(processor: float) -> Cost:
    return Cost(processor, wall=1.0, peak=1.0)


def test_the_ratio_is_the_median_of_the_rounds_ratios() -> None:
    # A machine that is slow in a round is so for both sides.
    made = figure("a-b", "A", [(2, 1), (30, 10), (4, 1)], unit="s", floor_from="a count", aim=1.5)
    assert (made.value, made.floor) == (4, 1)
    assert (made.ratio, made.low, made.high, made.rounds) == (3, 2, 4, 3)


def test_sides_are_measured_in_turn_and_the_first_round_does_not_count() -> None:
    order: list[str] = []

    def side(name: str) -> Callable[[], Cost]:
        def run() -> Cost:
            order.append(name)
            return cost(len(order))

        return run

    found = interleaved(3, {"a": side("a"), "b": side("b")}, tell=lambda _: None)
    assert "".join(order) == "baabbaab"
    assert [it.processor for it in found["a"]] == [3, 6, 7]
    assert paired(found["a"], found["b"], lambda it: it.processor) == [(3, 4), (6, 5), (7, 8)]
