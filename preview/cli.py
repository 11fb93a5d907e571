"""The command line: previews stacks, writes the comment, posts it."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from preview import engine, markdown
from preview.events import (
    NotAnEventLogError,
    NotPreviewed,
    PreviewOrReason,
    Recorded,
    read_event_log,
)
from preview.secrets import masked

STACKS = ("shared", "blue", "green")

_ABOUT = """\
Previews stacks, runs the policies of policy/ and says in one Markdown comment what would change:
by component, replacements and deletions of what holds state first, with the rules of the platform
that a change touches.
"""
_STATUS = """\
exit status: 0 when updates would run; 1 when a preview failed or a mandatory policy refuses it;
with --drift also when something has drifted; 2 when a stack could not be previewed, which the
comment then says, or when none of the stacks exists.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; its exit status is in the help text."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.recorded and options.events is None:
        parser.error("--recorded needs --events DIR")
    try:
        previews = _previews_of_stacks(options)
        _write(options, markdown.drift(previews) if options.drift else markdown.comment(previews))
    except OSError as error:
        print(f"preview: {error}", file=sys.stderr)
        return 2
    return _not_previewed(previews) or _refused(previews, drift=options.drift)


def _not_previewed(previews: Sequence[PreviewOrReason]) -> int:
    """2 if a stack could not be previewed, or none exists; else 0."""
    absent = [it for it in previews if isinstance(it, NotPreviewed)]
    failed = [it for it in absent if not it.missing]
    for each in failed:
        print(f"preview: stack {each.stack}: {masked(each.why)}", file=sys.stderr)
    if failed:
        return 2
    if len(absent) == len(previews):
        # A pipeline has its roles of the shared stack, so it would have previews in a wrong place.
        names = ", ".join(each.stack for each in absent)
        print(f"preview: no such stack: {names}. Is this the right backend?", file=sys.stderr)
        return 2
    return 0


def _refused(previews: Sequence[PreviewOrReason], *, drift: bool) -> int:
    """1 if an update would not go through, or something has drifted; else 0."""
    recorded = [it for it in previews if isinstance(it, Recorded)]
    bad = [it.stack for it in recorded if markdown.refused(it)]
    for stack in bad:
        print(f"preview: {stack} would not go through", file=sys.stderr)
    drifted = drift and any(markdown.drifted(it) for it in recorded)
    return 1 if bad or drifted else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m preview",
        description=_ABOUT,
        epilog=_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--stack",
        action="append",
        metavar="NAME",
        help="stack to preview; may be given again (default: shared, blue and green)",
    )
    parser.add_argument(
        "--project",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="folder of Pulumi.yaml (default: this one)",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write the comment there, not to the terminal"
    )
    parser.add_argument(
        "--events", type=Path, metavar="DIR", help="keep the engine's event logs, as STACK.jsonl"
    )
    parser.add_argument(
        "--recorded",
        action="store_true",
        help="run nothing: read the event logs that --events names",
    )
    parser.add_argument("--refresh", action="store_true", help="look first at what is really there")
    parser.add_argument(
        "--drift",
        action="store_true",
        help="report what was changed behind the program's back, instead of previewing",
    )
    return parser


def _previews_of_stacks(options: argparse.Namespace) -> list[PreviewOrReason]:
    stacks: Sequence[str] = options.stack or STACKS
    if options.events is not None:
        options.events.mkdir(parents=True, exist_ok=True)
        return [_preview_or_reason(stack, options.events, options) for stack in stacks]
    with tempfile.TemporaryDirectory(prefix="preview-") as folder:
        return [_preview_or_reason(stack, Path(folder), options) for stack in stacks]


def _preview_or_reason(stack: str, folder: Path, options: argparse.Namespace) -> PreviewOrReason:
    """One stack; what goes wrong with it keeps nobody from the others."""
    try:
        return _preview_of_stack(stack, folder, options)
    except engine.NoStackError as error:
        return NotPreviewed(stack=stack, why=str(error), missing=True)
    except (engine.EngineError, NotAnEventLogError, OSError) as error:
        return NotPreviewed(stack=stack, why=str(error), missing=False)


def _preview_of_stack(stack: str, folder: Path, options: argparse.Namespace) -> Recorded:
    events = (folder / f"{stack}.jsonl").resolve()
    if options.recorded:
        if not events.exists():
            raise engine.EngineError(f"there is no event log {events}")
        return read_event_log(stack, events)
    print(f"preview: {stack} …", file=sys.stderr)
    if options.drift:
        engine.drift(stack, events, project=options.project)
    else:
        engine.preview(stack, events, project=options.project, refresh=options.refresh)
    return read_event_log(stack, events)


def _write(options: argparse.Namespace, text: str) -> None:
    if options.output is None:
        # Not `write`: whatever the terminal's encoding, a comment is UTF-8.
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.flush()
    else:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_bytes(text.encode("utf-8", "replace"))
