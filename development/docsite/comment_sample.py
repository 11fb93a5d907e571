"""Snippet: a comment on a pull request, by the preview's own renderer, of recorded events."""

import re

from development.recordings.record import DAY, FOLDER
from preview import events, markdown

_EVENTS = FOLDER / "kubernetes-minor.jsonl"
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_DETAILS = re.compile(r"^<details><summary>", re.MULTILINE)


def render() -> str:
    """The comment in a frame; its headings are no headings of the page."""
    comment = markdown.comment([events.read_event_log("green", _EVENTS)], day=DAY)
    text = _HEADING.sub(r"**\1**", comment.split("-->\n", 1)[1])
    text = _DETAILS.sub('<details markdown="1"><summary>', text)
    return f'<div class="comment" markdown>\n\n{text.strip()}\n\n</div>\n'
