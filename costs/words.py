"""Costs in words: the same in a terminal, in a comment and on a page."""

from catalogue.prices import node_prices, services
from costs.bill import Bill
from costs.platform import LEFT_OUT

_SHOWN = 0.005  # USD: less is no part worth a word
_PARTS = 2  # named one by one; the rest is summed up
_ROUND = 100  # USD: from here on, cents say nothing


def usd(amount: float) -> str:
    """An amount, as exact as one needs it: ``0.38``, ``12.40``, ``1,517``."""
    return f"{amount:,.0f}" if abs(amount) >= _ROUND else f"{amount:.2f}"


def hourly(bill: Bill) -> str:
    """What it costs an hour, and by which parts; ``at least`` where something is not in it."""
    if not bill.lines:
        return "not known"
    least = "" if bill.is_whole else "at least "
    ranked = sorted(bill.parts.items(), key=lambda it: -it[1])
    shown = ranked[:_PARTS]
    rest = sum(amount for _, amount in ranked[_PARTS:])
    shown += [("rest", rest)] if rest >= _SHOWN else []
    parts = ", ".join(f"{part} {usd(amount)}" for part, amount in shown)
    return f"{least}{usd(bill.usd_hour)} USD an hour: {parts}"


def basis(bill: Bill) -> str:
    """Of when prices are, which ratios stand in for others, and what was left out."""
    said = [f"prices of {node_prices().date}", *bill.stated, *bill.gaps]
    return f"{'; '.join(said)}; without what depends on use"


def in_full() -> str:
    """What depends on use, by its names."""
    return ", ".join(LEFT_OUT)


def looked_up() -> str:
    """Days of both lists, ISO."""
    return f"{node_prices().date} (nodes), {services().date} (the rest)"
