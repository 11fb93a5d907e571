"""Rules and steps as tables."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from bluegreen.phase import Step
from bluegreen.rules import Finding
from bluegreen.switch import Plan
from stacks.assignment import Assignment

_MARKS = {
    "pass": "[green]pass[/green]",
    "fail": "[red]FAIL[/red]",
    "waived": "[yellow]waived[/yellow]",
}
_SHOWN = 10


def findings_table(findings: Sequence[Finding], title: str) -> Table:
    """All rules with their verdicts; details and remedy below those that fail."""
    table = Table(
        "", "rule", "what it demands, and what was found", title=title, title_justify="left"
    )
    for finding in findings:
        table.add_row(_MARKS[finding.verdict], finding.rule, _text(finding))
    return table


def broken(findings: Sequence[Finding]) -> list[str]:
    """One red line for each rule that fails, its details below; rich markup."""
    return [f"[red]{_text(finding)}[/red]" for finding in findings if finding.verdict == "fail"]


def plan(found: Plan) -> RenderableType:
    """A plan: checks, then steps."""
    parts: list[RenderableType] = [findings_table(found.findings, "Checks")]
    steps = Table("", "command", "what it does", title="Steps")
    for number, step in enumerate(found.steps, start=1):
        steps.add_row(str(number), "\n".join(commands(step)), step.title)
    left = f"{len(found.left)} of {len(found.names)} live names have still to move"
    last = f"wait until every name server gives the new addresses: {left}"
    steps.add_row(str(len(found.steps) + 1), "", last)
    parts.append(steps)
    if found.begun:
        parts.append(
            "[yellow]An earlier switch was left halfway; these steps go on from there.[/yellow]"
        )
    return Group(*parts)


def commands(step: Step) -> list[str]:
    """The commands that do the same as a step."""
    up = f"pulumi up -s {step.stack}"
    return [*(_settings(step.wanted) if step.wanted else ()), up]


def _settings(wanted: Assignment) -> list[str]:
    """Commands that put an assignment into the shared stack's file."""
    change = f"set activeColour {wanted.active}" if wanted.active else "rm activeColour"
    lines = [f"pulumi config {change} -s shared", "pulumi config rm canary -s shared"]
    given = {f"canary.names[{i}]": name for i, name in enumerate(wanted.names)}
    if wanted.canary:
        given["canary.colour"] = wanted.canary
    sets = [f"pulumi config set --path '{k}' {v} -s shared" for k, v in given.items()]
    return lines + sets if sets else lines[:1]


def _text(finding: Finding) -> str:
    lines = [escape(finding.says)]
    lines += [f"  {escape(detail)}" for detail in finding.details[:_SHOWN]]
    if len(finding.details) > _SHOWN:
        lines.append(f"  and {len(finding.details) - _SHOWN} more")
    if finding.remedy:
        lines.append(f"  [dim]{escape(finding.remedy)}[/dim]")
    return "\n".join(lines)
