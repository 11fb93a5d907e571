"""Snippet: what the shared stack says to a hasty operator."""

from development.docsite import switch_story


def render() -> str:
    """Each attempt with its answer, as Markdown."""
    parts = [f"When you {what}:\n\n> {answer}\n" for what, answer in switch_story.refusals()]
    return "\n".join(parts)
