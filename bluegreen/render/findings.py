"""Rules and steps as tables."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bluegreen.finding import Finding, refused
from bluegreen.render import costs as shown_costs
from bluegreen.switch import Plan
from handover.assignment import Assignment
from handover.steps import Step

_MARKS = {
    "pass": "[green]pass[/green]",
    "fail": "[red]FAIL[/red]",
    "waived": "[yellow]waived[/yellow]",
    "unseen": "[red]not seen[/red]",
    "note": "[yellow]note[/yellow]",
}
_SHOWN = 10
_COMMANDS = ("aws ", "pulumi ")


def findings_table(findings: Sequence[Finding], title: str) -> Table:
    """All rules with their verdicts; details and remedy below those that fail."""
    table = Table("", "rule", title=title, title_justify="left")
    table.add_column("what it demands, and what was found", overflow="fold")
    for finding in findings:
        style = "red" if refused([finding]) else None
        table.add_row(_MARKS[finding.verdict], finding.rule, _text(finding), style=style)
    return table


def account(findings: Sequence[Finding]) -> RenderableType:
    """What was found of an account: rules, and whole below them the commands that mend it."""
    parts: list[RenderableType] = [
        findings_table([_without_commands(it) for it in findings], "The account")
    ]
    for finding in findings:
        lines = _commands(finding)
        if lines:
            parts.append(Text(f"{finding.rule}:"))
            # Whole lines, whatever the width: they are there to be copied.
            parts += [Text(f"  {it}", style="bold", no_wrap=True, overflow="ignore")
                      for it in lines]  # fmt: skip
    return Group(*parts)


def _commands(finding: Finding) -> list[str]:
    return [line for line in finding.remedy.splitlines() if line.startswith(_COMMANDS)]


def _without_commands(finding: Finding) -> Finding:
    if not _commands(finding):
        return finding
    words = [line for line in finding.remedy.splitlines() if not line.startswith(_COMMANDS)]
    remedy = " ".join((*words, "the command is below"))
    return finding.model_copy(update={"remedy": remedy})


def plan(found: Plan) -> RenderableType:
    """A plan: checks, then steps."""
    parts: list[RenderableType] = [findings_table(found.findings, "Checks")]
    parts += [Text(f"Raised first, and let go at the end: {it.in_words}") for it in found.raises]
    parts.append("Steps, and the plain commands that do the same:")
    told = zip(found.steps, commands(found.steps, found.configured), strict=True)
    for number, (step, lines) in enumerate(told, start=1):
        parts.append(_numbered(number, step.title))
        # Whole lines, whatever the width: they are there to be copied.
        parts += [Text(f"       {it}", style="bold", no_wrap=True, overflow="ignore")
                  for it in lines]  # fmt: skip
    left = f"{len(found.left)} of {len(found.names)} live names have still to move"
    if found.unseen:
        left = f"how many live names have to move is not known: {_unseen(found)} was not seen"
    last = f"wait until every name server gives the new addresses: {left}"
    parts.append(_numbered(len(found.steps) + 1, last))
    parts += shown_costs.lines(found.costs) if found.costs else []
    if found.begun:
        parts.append(
            "[yellow]An earlier switch was left halfway; these steps go on from there.[/yellow]"
        )
    return Group(*parts)


def _unseen(found: Plan) -> str:
    return " and ".join(found.unseen)


def _numbered(number: int, text: str) -> Table:
    row = Table.grid(padding=(0, 1))
    row.add_row(f"{number:>3}.", escape(text))
    return row


def commands(steps: Sequence[Step], configured: Assignment) -> list[list[str]]:
    """The plain commands that do the same as each step.

    Args:
        steps: in their order.
        configured: what the shared stack's file asks for before them.
    """
    found: list[list[str]] = []
    for step in steps:
        wanted = step.wanted or configured
        found.append([*_settings(configured, wanted), f"pulumi up -s {step.stack}"])
        configured = wanted
    return found


def _settings(old: Assignment, new: Assignment) -> list[str]:
    """Commands that change what the shared stack's file asks for."""
    lines: list[str] = []
    if new.active != old.active:
        lines.append(f"set activeColour {new.active}" if new.active else "rm activeColour")
    if new.names != old.names:
        lines += ["rm canary"] if old.names else []
        lines += [f"set --path 'canary.names[{i}]' {name}" for i, name in enumerate(new.names)]
        lines += [f"set --path canary.colour {new.canary}"] if new.canary else []
    elif new.canary != old.canary:
        to = f"set --path canary.colour {new.canary}" if new.canary else "rm --path canary.colour"
        lines.append(to)
    return [f"pulumi config {line} -s shared" for line in lines]


def _text(finding: Finding) -> str:
    lines = [escape(finding.says)]
    # What forbids something is told in full, as each of it is to be mended or waived by name.
    shown = len(finding.details) if refused([finding]) else _SHOWN
    lines += [f"  {escape(detail)}" for detail in finding.details[:shown]]
    if len(finding.details) > shown:
        lines.append(f"  and {len(finding.details) - shown} more")
    if finding.remedy:
        lines.append(f"  [dim]{escape(finding.remedy)}[/dim]")
    return "\n".join(lines)
