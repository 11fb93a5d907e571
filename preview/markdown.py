"""Renders previews as one Markdown comment. Pure: from what the engine told to text."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from catalogue.support import today
from preview import costs, words
from preview.changes import ORDER, Change, Component, Property, changes, output_changes, unchanged
from preview.events import STACK, NotPreviewed, PreviewOrReason, Recorded, Violation
from preview.marks import DRIFT_MARK, LONGEST, MARK
from preview.plan import Plan, deviations
from preview.rules import Preview, touched
from preview.secrets import masked
from preview.values import code_span, lines_changed, shown

_MANDATORY = "mandatory"
_MOST_PROPERTIES = 12
_MOST_ERROR = 1_500
_MOST_FAULT = 500
_END = ("preview failed", "update failed", "refresh failed")
"""What the engine says last when something else has failed, also when a policy has."""

_WAITS = "can't run policy"
_CUT = 400
"""Characters kept free for the sentence that says what was cut."""

_NO_NOTES: Mapping[str, str] = {}


@dataclass(frozen=True)
class Block:
    """A part of the comment that is there as a whole or not at all.

    Attributes:
        rank: 0 is always there; of the others, the highest are left out first.
        text: Markdown.
        counts: changes that it shows.
    """

    rank: int
    text: str
    counts: int = 0


def comment(
    previews: Sequence[PreviewOrReason],
    *,
    limit: int | None = LONGEST,
    notes: Mapping[str, str] = _NO_NOTES,
    day: date | None = None,
) -> str:
    """The comment about some stacks' previews.

    Args:
        previews: one for each stack.
        limit: characters that it may have; what does not fit is counted. None: all changes, all
            properties and whole errors.
        notes: what is said of a stack besides, in Markdown, by stack.
        day: on which the comment is written, for what support costs; None: today.
    """
    blocks = [Block(0, f"{MARK}\n# Preview of {_listed([_escaped(it.stack) for it in previews])}")]
    for looked in previews:
        if isinstance(looked, NotPreviewed):
            blocks.append(_absent(looked))
        else:
            note = notes.get(looked.stack, "")
            blocks += _blocks(looked, note, day or today(), whole=limit is None)
    return _fitted(blocks, limit)


def drift(previews: Sequence[PreviewOrReason], *, limit: int | None = LONGEST) -> str:
    """The report of what was changed behind the program's back; arguments as of `comment`."""
    blocks = [
        Block(0, f"{DRIFT_MARK}\n# Drift of {_listed([_escaped(it.stack) for it in previews])}")
    ]
    for looked in previews:
        if isinstance(looked, NotPreviewed):
            blocks.append(_absent(looked))
        else:
            blocks += _drift_blocks(looked, whole=limit is None)
    return _fitted(blocks, limit)


def approval(approved: Plan | None, now: Plan) -> str:
    """What is said of a stack's plan: its digest, or how it differs from the approved one."""
    digest = code_span(now.digest)
    if approved is None:
        return f"Plan {digest}"
    found = deviations(approved, now)
    if not found:
        return f"**As approved**: plan {digest}"
    lines = [f"- {_place(it.urn)}{_escaped(masked(it.what))}" for it in found]
    return (
        f"### Not what was approved\n\nApproved was plan {code_span(approved.digest)};"
        f" now it would be {digest}.\n\n" + "\n".join(lines)
    )


def _place(urn: str) -> str:
    if not urn:
        return ""
    kind = urn.split("::")[2].rpartition("$")[2]
    return f"{_escaped(words.of_type(kind))} {code_span(urn.rpartition('::')[2])} "


def drifted(recorded: Recorded) -> bool:
    """Whether something was changed behind the program's back."""
    return bool(changes(recorded))


def refused(recorded: Recorded) -> bool:
    """Whether an update would be refused: by a policy or by an error."""
    mandatory = any(each.level == _MANDATORY for each in recorded.violations)
    return mandatory or _failed(recorded)


def _absent(stack: NotPreviewed) -> Block:
    """What is said of a stack of which there is no preview."""
    title = f"## Stack {code_span(stack.stack)}"
    if stack.missing:
        return Block(0, f"{title}\n\nNot created yet: there is nothing to compare with.")
    return Block(0, f"{title}\n\n**Not previewed**:\n\n{_fenced(_bounded(masked(stack.why)))}")


def _drift_blocks(recorded: Recorded, *, whole: bool) -> Iterator[Block]:
    found, failed = changes(recorded), _failed(recorded)
    if found:
        verdict = "Something differs from what was last written."
    else:
        verdict = "**Not everything could be looked at.**" if failed else "Nothing differs."
    yield Block(0, f"## Stack {code_span(recorded.stack)}\n\n{verdict}")
    if failed:
        yield Block(0, _errors(recorded, whole=whole))
    yield from _by_component(found, whole=whole)


def _own_errors(recorded: Recorded) -> list[str]:
    """Errors but for the engine's last word that something else has failed."""
    return [error.strip() for error in recorded.errors if error.strip() not in _END]


def _failed(recorded: Recorded) -> bool:
    """Whether the preview itself failed; that policies refuse it is no failure of its own."""
    if recorded.succeeded or not recorded.complete:
        return not recorded.complete
    mandatory = any(each.level == _MANDATORY for each in recorded.violations)
    return bool(_own_errors(recorded)) or not mandatory


def _blocks(recorded: Recorded, note: str, day: date, *, whole: bool) -> Iterator[Block]:
    found = changes(recorded)
    preview = Preview(recorded, found, output_changes(recorded))
    yield Block(
        0, f"## Stack {code_span(recorded.stack)}\n\n{_verdict(recorded, found, preview.outputs)}"
    )
    if note:
        yield Block(0, note)
    if _failed(recorded):
        yield Block(0, _errors(recorded, whole=whole))
    elif _own_errors(recorded):
        said = masked("\n\n".join(_own_errors(recorded)))[: None if whole else _MOST_ERROR]
        yield Block(3, _folded("Errors that did not stop the preview", _fenced(said)))
    losses = _losses(found)
    if losses:
        yield Block(0, losses)
    cost = costs.cost_change(recorded, found, day)
    if cost is not None and cost.is_some:
        told = f"{costs.table(cost)}\n\n{_escaped(masked(costs.basis(cost)))}"
        yield Block(1, f"### What it costs\n\n{told}")
    rules = _rules(preview)
    if rules:
        yield Block(1, rules)
    yield from _policies(recorded, {it.urn for it in found}, whole=whole)
    yield from _by_component(found, whole=whole)
    if preview.outputs:
        yield Block(4, _outputs(preview.outputs))


def _verdict(recorded: Recorded, found: Sequence[Change], outputs: Sequence[Property]) -> str:
    if _failed(recorded):
        verdict = "**The preview failed**: what follows is only what came before the error."
    elif refused(recorded):
        verdict = "**Policies refuse this change.** `pulumi up` will not run it."
    elif not found and not outputs:
        return "Nothing changes."
    else:
        verdict = "Policies let this change through."
    counts = {kind: sum(change.kind == kind for change in found) for kind in ORDER}
    head = " | ".join(ORDER)
    row = " | ".join(str(counts[kind]) for kind in ORDER)
    return f"{verdict}\n\n| {head} | unchanged |\n|{'---|' * 5}\n| {row} | {unchanged(recorded)} |"


def _errors(recorded: Recorded, *, whole: bool) -> str:
    errors = _own_errors(recorded) or list(recorded.errors)
    text = masked("\n\n".join(errors)) or "The engine ended before its summary."
    told = text if whole else _bounded(text, "; the pipeline's artifact has all of it")
    return f"### Error\n\n{_fenced(told)}"


def _bounded(text: str, where: str = "") -> str:
    if len(text) <= _MOST_ERROR:
        return text
    return f"{text[:_MOST_ERROR]}\n… ({len(text)} characters{where})"


def _losses(found: Sequence[Change]) -> str:
    lost = sorted(
        (c for c in found if words.what_is_lost(c)), key=lambda c: (words.rank_of_loss(c), c.name)
    )
    if not lost:
        return ""
    lines = [
        f"- {_sentence(change)}: {words.what_is_lost(change)}{_because(change)}" for change in lost
    ]
    return "### Look at these first\n\n" + "\n".join(lines)


def _because(change: Change) -> str:
    if change.protected and change.kind in ("deleted", "replaced"):
        return ". It is protected, so the engine will refuse"
    causes = [code_span(each.path) for each in change.properties if each.replaces]
    return f". The cause: {_listed(causes)}" if causes else ""


def _sentence(change: Change) -> str:
    return f"**{change.kind}**: {_escaped(words.of_type(change.type))} {code_span(change.name)}"


def _rules(preview: Preview) -> str:
    lines: list[str] = []
    for each in touched(preview):
        lines.append(f"- **{each.rule}**")
        lines += [f"  - {how}" for how in sorted(set(each.how))]
    return "### Rules that this touches\n\n" + "\n".join(lines) if lines else ""


def _policies(recorded: Recorded, changing: Collection[str], *, whole: bool) -> Iterator[Block]:
    mandatory = [v for v in recorded.violations if v.level == _MANDATORY]
    waiting = [v for v in recorded.violations if _WAITS in v.message]
    advice = [v for v in recorded.violations if v not in mandatory and v not in waiting]
    if mandatory:
        yield Block(0, f"### Refused by policies\n\n{_listing(mandatory)}")
    # What stays as it is was advised about when it came; each comment would repeat it.
    news = [v for v in advice if whole or v.urn in changing or f"::{STACK}::" in v.urn]
    if news:
        yield Block(3, _folded(f"Advice of policies ({len(news)})", _listing(news)))
    if old := len(advice) - len(news):
        yield Block(3, f"Advice about what stays as it is: {old}, in the pipeline's artifact.")
    if waiting:
        text = _waiting(waiting)
        yield Block(5, _folded("Policies that must see the update itself", text))


def _listing(violations: Sequence[Violation]) -> str:
    by_policy: dict[str, list[Violation]] = {}
    for each in sorted(violations, key=lambda it: (it.policy, it.urn, it.message)):
        by_policy.setdefault(each.policy, []).append(each)
    lines: list[str] = []
    for policy, members in by_policy.items():
        rule = members[0].message.strip().partition("\n")[0]
        lines.append(f"- {code_span(policy)}: {_escaped(masked(rule))}")
        faults = [f"  - {code_span(it.urn.rpartition('::')[2])}: {_fault(it)}" for it in members]
        lines += list(dict.fromkeys(faults))
    return "\n".join(lines)


def _fault(violation: Violation) -> str:
    """What is wrong and what to do, on one line; nothing in it is read as Markdown."""
    rule, _, fault = violation.message.strip().partition("\n")
    text = " ".join(masked(fault or rule).split())
    return _escaped(text if len(text) <= _MOST_FAULT else f"{text[:_MOST_FAULT]}…")


def _waiting(violations: Sequence[Violation]) -> str:
    by_policy: dict[str, set[str]] = {}
    for each in violations:
        by_policy.setdefault(each.policy, set()).add(each.urn)
    lines = [
        f"- {code_span(policy)}: {len(urns)} resource{'s' if len(urns) > 1 else ''}"
        for policy, urns in sorted(by_policy.items())
    ]
    why = "They need values that are known only then; `pulumi up` runs them again, and stops."
    return f"{why}\n\n" + "\n".join(lines)


def _by_component(found: Sequence[Change], *, whole: bool) -> Iterator[Block]:
    groups: dict[Component, list[Change]] = {}
    for change in found:
        groups.setdefault(change.component, []).append(change)
    ranked = sorted(groups.items(), key=lambda it: (_worst(it[1]), words.of_component(it[0])))
    for component, members in ranked:
        lines = [line for change in members for line in _lines(change, whole=whole)]
        text = f"### {_escaped(words.of_component(component))}\n\n" + "\n".join(lines)
        yield Block(2 if _worst(members) < ORDER.index("created") else 4, text, len(members))


def _worst(members: Sequence[Change]) -> int:
    return min(ORDER.index(change.kind) for change in members)


def _lines(change: Change, *, whole: bool) -> Iterator[str]:
    yield f"- {_sentence(change)}"
    yield from _property_lines(change.properties, len(change.properties) if whole else None)


def _property_lines(properties: Sequence[Property], most: int | None) -> Iterator[str]:
    ordered = sorted(properties, key=lambda each: (not each.replaces, each.path))
    most = _MOST_PROPERTIES if most is None else most
    for each in ordered[:most]:
        why = " (**this is why it is replaced**)" if each.replaces else ""
        changed = lines_changed(each.path, each.old, each.new)
        if changed is None:
            way = f"{shown(each.path, each.old)} → {shown(each.path, each.new)}"
            yield f"  - {code_span(each.path)}: {way}{why}"
        else:
            yield f"  - {code_span(each.path)}:{why}"
            yield from (f"    {line}" for line in _fenced("\n".join(changed), "diff").split("\n"))
    rest = len(ordered) - most
    if rest > 0:
        yield f"  - … and {rest} more properties"


def _outputs(outputs: Sequence[Property]) -> str:
    lines = [
        f"- {code_span(each.path)}: {shown(each.path, each.old)} → {shown(each.path, each.new)}"
        for each in outputs
    ]
    return "### Outputs that other teams read\n\n" + "\n".join(lines)


def _fitted(blocks: Sequence[Block], limit: int | None) -> str:
    """The blocks that fit, in their order; says what was left out."""
    if limit is None:
        return "\n\n".join(block.text for block in blocks) + "\n"
    left = dict(enumerate(blocks))
    while _length(left) > limit - _CUT:
        optional = [index for index, block in left.items() if block.rank]
        if not optional:
            break
        del left[max(optional, key=lambda index: (left[index].rank, index))]
    text = "\n\n".join(block.text for block in left.values())
    gone = [block for index, block in enumerate(blocks) if index not in left]
    if gone:
        count = sum(block.counts for block in gone)
        parts = "one part" if len(gone) == 1 else f"{len(gone)} parts"
        text += (
            f"\n\n---\n**Cut**: {parts} of this comment, with {count} changes, did not fit."
            " The pipeline's artifact has all of it."
        )
    return _chopped(text, limit) + "\n"


def _length(blocks: Mapping[int, Block]) -> int:
    return sum(len(block.text) + 2 for block in blocks.values())


def _chopped(text: str, limit: int) -> str:
    """The last resort, when even what must be said is too long."""
    if len(text) < limit:
        return text
    kept = text[: limit - _CUT].rpartition("\n")[0]
    return f"{kept}\n\n**Cut here**: this comment would have {len(text)} characters."


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def _fenced(text: str, language: str = "text") -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"


def _escaped(text: str) -> str:
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace("@", "&#64;")
    return re.sub(r"([\\`*_\[\]])", r"\\\1", plain)


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
