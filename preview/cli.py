"""The command line: previews stacks, writes the comment, posts it."""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeGuard

from preview import engine, markdown
from preview.events import (
    NotAnEventLogError,
    NotPreviewed,
    PreviewOrReason,
    Recorded,
    read_event_log,
)
from preview.marks import LONGEST
from preview.plan import Plan, PlanError, deviations, plan_of, read_plans, write_plans
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
comment then says, or when none of the stacks exists; 3 with --approved, when an update would do
something else than what the plan says.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; its exit status is in the help text."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.recorded and options.events is None:
        parser.error("--recorded needs --events DIR")
    if options.drift and (options.plan or options.approved):
        parser.error("--drift has no plan: it asks what others changed, not what an update would")
    try:
        approved = _approved(options)
        previews = _previews_of_stacks(options)
        plans = {it.stack: plan_of(it) for it in previews if _is_fine(it)}
        _report(options, previews, _notes(options, approved, plans))
        if options.plan is not None:
            write_plans(options.plan, tuple(plans.values()))
    except (OSError, PlanError) as error:
        print(f"preview: {error}", file=sys.stderr)
        return 2
    return (
        _not_previewed(previews)
        or _refused(previews, drift=options.drift)
        or _not_approved(approved, plans)
    )


def _approved(options: argparse.Namespace) -> Mapping[str, Plan] | None:
    """Approved plans by stack, if an update is to be held to them. Raises PlanError."""
    if options.approved is None:
        return None
    approved = read_plans(options.approved)
    lacking = [it for it in _stacks(options) if it not in approved]
    if lacking:
        raise PlanError(f"{options.approved} holds no plan of {', '.join(lacking)}")
    return approved


def _is_fine(looked: PreviewOrReason) -> TypeGuard[Recorded]:
    """Whether a preview came to an end that an update may follow."""
    return isinstance(looked, Recorded) and not markdown.refused(looked)


def _notes(
    options: argparse.Namespace, approved: Mapping[str, Plan] | None, plans: Mapping[str, Plan]
) -> Mapping[str, str]:
    if options.plan is None and approved is None:
        return {}
    before: Mapping[str, Plan] = approved or {}
    return {stack: markdown.approval(before.get(stack), it) for stack, it in plans.items()}


def _not_approved(approved: Mapping[str, Plan] | None, plans: Mapping[str, Plan]) -> int:
    """3 if an update would do something else than what was approved; else 0."""
    if approved is None:
        return 0
    found = {stack: deviations(approved[stack], plan) for stack, plan in plans.items()}
    for stack, differing in found.items():
        for each in differing:
            name = each.urn.rpartition("::")[2]
            print(f"preview: {stack}: {masked(f'{name} {each.what}'.strip())}", file=sys.stderr)
        if differing:
            print(
                f"preview: {stack} would not be updated as approved. Start the pipeline anew, and"
                " have what it says approved",
                file=sys.stderr,
            )
    return 3 if any(found.values()) else 0


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
        "--whole",
        type=Path,
        metavar="FILE",
        help="write it there as well, with all that does not fit into a comment",
    )
    parser.add_argument(
        "--plan",
        type=Path,
        metavar="FILE",
        help="write what updates would do there, for --approved; the comment says its digest",
    )
    parser.add_argument(
        "--approved",
        type=Path,
        metavar="FILE",
        help="end with 3 if updates would do anything else than what this plan says",
    )
    parser.add_argument(
        "--events",
        type=Path,
        metavar="DIR",
        help="keep the engine's event logs, as STACK.jsonl; they hold what nobody marked as secret",
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
    if options.events is not None:
        options.events.mkdir(parents=True, exist_ok=True)
        return [_preview_or_reason(it, options.events, options) for it in _stacks(options)]
    with tempfile.TemporaryDirectory(prefix="preview-") as folder:
        return [_preview_or_reason(it, Path(folder), options) for it in _stacks(options)]


def _stacks(options: argparse.Namespace) -> Sequence[str]:
    return options.stack or STACKS


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


def _report(
    options: argparse.Namespace, previews: Sequence[PreviewOrReason], notes: Mapping[str, str]
) -> None:
    """Writes the comment, and all of it where that is wanted besides. Raises OSError."""

    def text(limit: int | None) -> str:
        if options.drift:
            return markdown.drift(previews, limit=limit)
        return markdown.comment(previews, limit=limit, notes=notes)

    _write(options.output, text(LONGEST))
    if options.whole is not None:
        _write(options.whole, text(None))


def _write(file: Path | None, text: str) -> None:
    if file is None:
        # Not `write`: whatever the terminal's encoding, a comment is UTF-8.
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.flush()
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8", "replace"))
