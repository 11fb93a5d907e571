"""Shows people which calls were denied, and what roles did with their permissions."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from localcloud.permissions import Denial, RoleUse, Unused, read_denials, uses
from localcloud.state import RunningCloud

_LAST = 5


def print_denials(log: Path, console: Console) -> None:
    """Prints how many calls were denied, and the last of them.

    Args:
        log: of denied calls.
        console: where to.
    """
    denials = read_denials(log)
    if not denials:
        console.print("No call was denied.")
        return
    table = Table(title=f"Denied: {_calls(denials)}")
    for title in ("time", "role", "action"):
        table.add_column(title, no_wrap=True)
    for title in ("resource", "why"):
        table.add_column(title, overflow="fold")
    for denial in denials[-_LAST:]:
        cells = (
            denial.time.strftime("%H:%M:%S"),
            _name(denial.role),
            denial.action,
            denial.resource or "unknown",
            denial.reason.removeprefix("because ").replace(f"the {denial.action} action", "it"),
        )
        # As they are: rich takes [it] for a style, and the :secret: of an ARN for a picture.
        table.add_row(*map(Text, cells))
    console.print(table)


def _calls(denials: Sequence[Denial]) -> str:
    if len(denials) == 1:
        return "1 call"
    last = f", the last {_LAST}" if len(denials) > _LAST else ""
    return f"{len(denials)} calls{last}"


def print_uses(cloud: RunningCloud, console: Console) -> None:
    """Prints what each role did, one paragraph for each, and who did nothing. Raises OSError."""
    found = uses(cloud)
    busy = [use for use in found if use.called or use.lacking]
    for use in busy:
        console.print(f"[bold]{_name(use.role)}[/bold]")
        for title, text in _lines(use):
            console.print(
                f"  {title:<11} {text}", soft_wrap=True, highlight=False, markup=False, emoji=False
            )
    console.print("[bold]Roles that called nothing[/bold]")
    for use in found:
        if use not in busy:
            granted = f"{len(use.unused)} granted"
            console.print(
                f"  {granted:<11} {_name(use.role)}",
                soft_wrap=True,
                highlight=False,
                markup=False,
                emoji=False,
            )


def _lines(use: RoleUse) -> Iterable[tuple[str, str]]:
    yield "called", ", ".join(f"{action} {n}" for action, n in use.called.items()) or "nothing"
    for it in use.lacking:
        where = f"on {it.resource or 'an unknown resource'}"
        yield "lacked", f"{it.action} {where} {it.reason} ({it.calls})"
    if not use.lacking:
        yield "lacked", "nothing"
    for policy, actions in _by_policy(use.unused).items():
        yield "never used", f"{policy}: {', '.join(actions)}"


def _by_policy(unused: Sequence[Unused]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for it in unused:
        found.setdefault(it.statement, []).append(it.action)
    return found


def _name(role: str) -> str:
    return role.rpartition("/")[2]
