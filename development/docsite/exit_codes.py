"""Snippet: the exit codes of the operator command."""

from bluegreen.errors import MEANINGS


def render() -> str:
    """The table, as Markdown."""
    lines = ["| Code | Means |", "| --- | --- |"]
    lines += [f"| {code:d} | {meaning} |" for code, meaning in MEANINGS.items()]
    return "\n".join(lines) + "\n"
