"""What the platform costs, in a few lines."""

from rich.markup import escape

from bluegreen.costs_seen import PairCosts
from costs import words


def lines(costs: PairCosts) -> list[str]:
    """A line of each colour, and one of the pair with what its figures rest on."""
    found = [f"{colour}: {escape(words.hourly(bill))}" for colour, bill in costs.colours.items()]
    return [*found, pair(costs)]


def pair(costs: PairCosts) -> str:
    """One line of the pair: an hour, a day, what the idle colour adds, and of when prices are."""
    bill = costs.pair
    if not bill.lines:
        return "[dim]Costs are not known.[/dim]"
    least = "" if bill.is_whole else "at least "
    said = f"Costs, shared included: {least}{words.usd(bill.usd_hour)} USD an hour"
    extra = costs.usd_day_of_both
    if costs.idle is not None and extra is not None:
        both = f"{words.usd(bill.usd_day)} USD a day, {words.usd(extra)} of it for {costs.idle}"
        said = f"{said}; {both}, which is idle"
    basis = words.basis(bill)
    return f"{said}. [dim]{escape(basis[:1].upper() + basis[1:])}: docs/costs.md[/dim]"
