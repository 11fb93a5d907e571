"""A figure: what was measured, over its floor."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from development.bench.cost import Cost

Unit: TypeAlias = Literal["s of processor", "s", "MiB", "calls", "runs", "exponent"]

_DIGITS = 3


class Figure(BaseModel):
    """One line of the output.

    Attributes:
        name: of the measurement, a dash, what of it.
        title: what is measured, in words.
        value: median of the rounds.
        unit: of value and floor.
        floor: the least that it could be: median of the rounds, or a count.
        ratio: median of the rounds' ratios, value over floor; 1 is perfect.
        low: smallest ratio of a round.
        high: largest ratio of a round.
        rounds: how many.
        aim: ratio that is wanted; None: none was said.
        floor_from: how the floor was got.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    title: str
    value: Annotated[float, Field(ge=0)]
    unit: Unit
    floor: Annotated[float, Field(gt=0)]
    ratio: Annotated[float, Field(ge=0)]
    low: Annotated[float, Field(ge=0)]
    high: Annotated[float, Field(ge=0)]
    rounds: Annotated[int, Field(ge=1)]
    aim: Annotated[float, Field(gt=0)] | None = None
    floor_from: str


def figure(
    name: str,
    title: str,
    pairs: Sequence[tuple[float, float]],
    *,
    unit: Unit,
    floor_from: str,
    aim: float | None = None,
) -> Figure:
    """A figure of what each round found: a value and its floor."""
    ratios = [value / floor for value, floor in pairs]
    return Figure(
        name=name,
        title=title,
        value=round(median(value for value, _ in pairs), _DIGITS),
        unit=unit,
        floor=round(median(floor for _, floor in pairs), _DIGITS),
        ratio=round(median(ratios), _DIGITS),
        low=round(min(ratios), _DIGITS),
        high=round(max(ratios), _DIGITS),
        rounds=len(pairs),
        aim=aim,
        floor_from=floor_from,
    )


def interleaved(
    rounds: int, sides: Mapping[str, Callable[[], Cost]], *, tell: Callable[[str], None]
) -> Mapping[str, Sequence[Cost]]:
    """Costs of each side, measured in turn, so that what else the machine does meets all alike.

    One round before the others is not counted: it fills caches. The order turns with each round.

    Args:
        rounds: that count.
        sides: what is measured, by name.
        tell: is told what is measured.
    """
    found: dict[str, list[Cost]] = {name: [] for name in sides}
    names = list(sides)
    for number in range(rounds + 1):
        tell(f"round {number} of {rounds}" if number else "round that does not count")
        for name in names if number % 2 else reversed(names):
            cost = sides[name]()
            if number:
                found[name].append(cost)
    return found


def paired(
    value: Sequence[Cost], floor: Sequence[Cost], of: Callable[[Cost], float]
) -> list[tuple[float, float]]:
    """One quantity of two sides, round by round."""
    return [(of(one), of(other)) for one, other in zip(value, floor, strict=True)]
