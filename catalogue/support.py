"""How long EKS supports a Kubernetes minor, and what it costs once standard support has ended.

Standard support lasts 14 months from the minor's release on EKS, extended support 12 months more:
https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html. Extended support is
billed from the beginning (UTC) of the day on which standard support ends. Prices are those of
`catalogue.prices`: for a control plane, whatever the region, without nodes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from catalogue.prices import HOURS_A_MONTH, services

SOON = 60
"""Days. AWS announces an end of support at least this long before; an upgrade takes weeks."""

Phase = Literal["standard", "extended", "ended", "not known"]


@dataclass(frozen=True, kw_only=True)
class Support:
    """The dates of a minor.

    Attributes:
        released: day of its release on EKS, or None where it is not known.
        standard_end: first day of extended support, or None where AWS has not said it.
        extended_end: day from which AWS upgrades clusters that are left, or None likewise.
        source: where the dates were read.
    """

    released: date | None
    standard_end: date | None
    extended_end: date | None
    source: str


@dataclass(frozen=True)
class Outlook:
    """Where a minor's support stands on a day.

    Attributes:
        minor: such as ``1.35``.
        support: its dates.
        today: the day.
    """

    minor: str
    support: Support
    today: date

    @property
    def phase(self) -> Phase:
        """What EKS gives on that day."""
        standard, extended = self.support.standard_end, self.support.extended_end
        if standard is None or extended is None:
            return "not known"
        if self.today < standard:
            return "standard"
        return "extended" if self.today < extended else "ended"

    @property
    def days_left(self) -> int | None:
        """Days until the phase ends; None once support has ended, or where that is not known."""
        ends = {"standard": self.support.standard_end, "extended": self.support.extended_end}
        end = ends.get(self.phase)
        return (end - self.today).days if end else None

    @property
    def is_pressing(self) -> bool:
        """Whether standard support has ended or ends within `SOON` days."""
        if self.phase == "not known":
            return False
        left = self.days_left
        return self.phase != "standard" or (left is not None and left <= SOON)

    @property
    def short(self) -> str:
        """The same in a few words, for a table."""
        if self.phase == "not known":
            return "until a day that is not known"
        if self.phase == "ended":
            return f"ended on {self.support.extended_end}"
        if self.phase == "standard":
            return f"{_days(self.days_left)}, until {self.support.standard_end}"
        return (
            f"extended, {usd_month(extended=True)} USD a month: {_days(self.days_left)}, until"
            f" {self.support.extended_end}"
        )

    def in_words(self, *, extends: bool = True) -> str:
        """One sentence: what is left, and what comes then.

        Args:
            extends: whether the cluster's upgrade policy is EXTENDED, EKS's default.
        """
        support = self.support
        costs = prices_in_words()
        price = f"{costs}, until {support.extended_end}"
        upgrade = "AWS upgrades its control plane in place"
        if self.phase == "not known":
            released = f", released on EKS on {support.released}," if support.released else ""
            return (
                f"Kubernetes {self.minor}{released} has support until a day that the catalogue does"
                f" not know; AWS gives a minor 14 months. See {support.source}"
            )
        if self.phase == "standard":
            extended = f"extended support at {price}"
            then = extended if extends else f"{upgrade} (upgradePolicy is STANDARD)"
            return (
                f"Kubernetes {self.minor} has {_days(self.days_left)} of standard support left, "
                f"until {support.standard_end}; then {then}"
            )
        if self.phase == "extended":
            if extends:
                return (
                    f"Kubernetes {self.minor} is in extended support, {_days(self.days_left)} left:"
                    f" {price}; then {upgrade}"
                )
            return (
                f"Standard support of Kubernetes {self.minor} ended on {support.standard_end}, and "
                f"upgradePolicy is STANDARD: {upgrade} at any time"
            )
        return (
            f"Support of Kubernetes {self.minor} ended on {support.extended_end}: {upgrade} at any"
            " time"
        )


Clock = Callable[[], date]
"""Says which day it is."""


def usd_month(*, extended: bool) -> int:
    """What a control plane costs in a month, in USD.

    Args:
        extended: whether its minor is in extended support.
    """
    item = services().items["controlPlaneExtended" if extended else "controlPlane"]
    return round(item.usd * HOURS_A_MONTH)


def prices_in_words() -> str:
    """What extended support costs, by what standard support does."""
    return f"{usd_month(extended=True)} USD a month instead of {usd_month(extended=False)}"


def today() -> date:
    """The day, in UTC, as EKS bills."""
    return datetime.now(UTC).date()


def _days(count: int | None) -> str:
    return "1 day" if count == 1 else f"{count} days"
