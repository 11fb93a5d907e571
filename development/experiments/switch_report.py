"""What switches under load say, as a table."""

from collections.abc import Callable, Sequence

from development.experiments.switch_results import SwitchResult

_NOTHING = "No switch under load has been measured yet."
_COLUMNS: Sequence[tuple[str, Callable[[SwitchResult], str]]] = (
    ("Policy", lambda it: it.policy),
    ("New colour", lambda it: "warmed first" if it.warm else "cold, waived"),
    ("`bluegreen switch`, s", lambda it: f"{it.command_seconds:.0f}"),
    ("First visitor moves after, s", lambda it: f"{it.first_moved:.0f}"),
    ("Too little room, s", lambda it: f"{it.unserved_seconds:.0f}"),
    ("Requests without room", lambda it: f"{it.unserved_share:.2%}"),
    ("All served again after the first moved, s", lambda it: f"{it.served_again:.0f}"),
)


def table(results: Sequence[SwitchResult]) -> str:
    """All of them, as Markdown."""
    if not results:
        return f"{_NOTHING}\n"
    lines = [
        f"| {' | '.join(head for head, _ in _COLUMNS)} |",
        f"|{' --- |' * len(_COLUMNS)}",
        *(f"| {' | '.join(cell(it) for _, cell in _COLUMNS)} |" for it in results),
    ]
    days = sorted({it.day for it in results})
    when = " to ".join(dict.fromkeys((str(days[0]), str(days[-1]))))
    loads = [it.load_before for it in results]
    processors = ", ".join(str(it) for it in sorted({it.processors for it in results}))
    said = (
        f"{results[0].requests:,.0f} requests a second, in real time; measured {when} on a machine"
        f" with {processors} processors, at a load of {min(loads):.0f} to {max(loads):.0f}."
    )
    trees = len({it.tree for it in results})
    said += f" Measured with {trees} states of the code." if trees > 1 else ""
    return "\n".join((*lines, "", said, ""))
