"""A bill: lines of what is charged for, and what is known not to stand in it."""

from collections.abc import Iterable
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, computed_field
from pydantic.alias_generators import to_camel

from catalogue.prices import HOURS_A_DAY, HOURS_A_MONTH


class Line(BaseModel):
    """Something that is charged for.

    Attributes:
        what: what it is, for example ``m7i.large, spot``.
        part: group of lines that it is summed up in, for example ``nodes``.
        count: how many of it.
        unit: what is counted, for example ``GiB``; empty for the thing itself.
        usd_hour: what all of them cost together, in USD an hour.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, frozen=True
    )

    what: str
    part: str
    count: float
    unit: str = ""
    usd_hour: float


class Bill(BaseModel):
    """What something costs.

    Attributes:
        lines: what is charged for.
        no_price: what has no price in the lists, so that it is not among the lines.
        not_seen: what could not be counted, so that it is not among the lines.
        stated: ratios by which prices were made out of others, in words.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, frozen=True
    )

    lines: tuple[Line, ...] = ()
    no_price: tuple[str, ...] = ()
    not_seen: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()

    @computed_field
    @property
    def usd_hour(self) -> float:
        """USD an hour of all that has a price and was counted."""
        return sum(line.usd_hour for line in self.lines)

    @property
    def usd_day(self) -> float:
        """The same a day."""
        return self.usd_hour * HOURS_A_DAY

    @property
    def usd_month(self) -> float:
        """The same a month of 730 hours."""
        return self.usd_hour * HOURS_A_MONTH

    @property
    def is_whole(self) -> bool:
        """Whether all has a price and was counted. Else the sum is the least that it costs."""
        return not self.no_price and not self.not_seen

    @property
    def gaps(self) -> tuple[str, ...]:
        """What does not stand in it though it is charged for, in words."""
        return (
            *(f"no price for {it}" for it in self.no_price),
            *(f"not seen: {it}" for it in self.not_seen),
        )

    @property
    def parts(self) -> dict[str, float]:
        """Part → USD an hour, in the order of the lines."""
        found: dict[str, float] = {}
        for line in self.lines:
            found[line.part] = found.get(line.part, 0.0) + line.usd_hour
        return found


def together(bills: Iterable[Bill]) -> Bill:
    """One bill of several."""
    every = list(bills)
    return Bill(
        lines=tuple(line for it in every for line in it.lines),
        no_price=tuple(dict.fromkeys(what for it in every for what in it.no_price)),
        not_seen=tuple(dict.fromkeys(what for it in every for what in it.not_seen)),
        stated=tuple(dict.fromkeys(what for it in every for what in it.stated)),
    )
