"""What a rule found, and the rule that several commands share."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from bluegreen.snapshot import JsonModel, Lock, Snapshot

Verdict = Literal["pass", "fail", "waived", "unseen", "note"]
"""`unseen`: what the rule is about was not seen, so it is neither kept nor broken. `note`: worth
knowing, and no reason to stop."""


class Finding(JsonModel):
    """What a rule found.

    Attributes:
        rule: short name.
        says: what it demands.
        verdict: see `Verdict`.
        details: what breaks it, what was waived or is worth knowing, one thing each.
        remedy: what to do about it.
    """

    rule: str
    says: str
    verdict: Verdict
    details: tuple[str, ...] = ()
    remedy: str = ""


def refused(findings: Sequence[Finding]) -> list[Finding]:
    """Those that forbid something: they fail, or could not be judged."""
    return [finding for finding in findings if finding.verdict in ("fail", "unseen")]


def describe_refused(findings: Sequence[Finding]) -> str:
    """Rules that fail, what breaks them and what to do, a line each."""
    lines: list[str] = []
    for finding in refused(findings):
        lines.append(f"  {'not seen' if finding.verdict == 'unseen' else 'not so'}: {finding.says}")
        lines += [f"    {detail}" for detail in finding.details]
        lines += [f"    {line}" for line in finding.remedy.splitlines()]
    return "\n".join(lines)


def name_refused(findings: Sequence[Finding]) -> str:
    """The checks that forbid something, by their names: for a reader who has their table."""
    names = ", ".join(finding.rule for finding in refused(findings))
    return f"{'check' if len(refused(findings)) == 1 else 'checks'} {names}"


def judged(rule: str, says: str, broken: Sequence[str], remedy: str) -> Finding:
    """A finding that fails if anything breaks the rule.

    Args:
        rule: short name.
        says: what it demands.
        broken: what breaks it, in words.
        remedy: what to do about that.
    """
    return Finding(
        rule=rule,
        says=says,
        verdict="fail" if broken else "pass",
        details=tuple(broken),
        remedy=remedy if broken else "",
    )


def waivable(
    rule: str, says: str, broken: Mapping[str, str], waived: Collection[str], remedy: str
) -> Finding:
    """A rule whose breaches (name → in words) may be waived one by one, by name."""
    kept = [text for name, text in broken.items() if name not in waived]
    if kept or not broken:
        return judged(rule, says, kept, remedy)
    return Finding(rule=rule, says=says, verdict="waived", details=tuple(broken.values()))


def unseen(rule: str, says: str, why: Sequence[str]) -> Finding:
    """A finding about what was not seen; it gives no advice about it.

    Args:
        rule: short name.
        says: what it demands.
        why: what was not seen, and why, in words.
    """
    return Finding(rule=rule, says=says, verdict="unseen", details=tuple(why))


def note(rule: str, says: str, found: Sequence[str], remedy: str = "") -> Finding:
    """A finding that is worth knowing where there is something, and forbids nothing."""
    verdict: Verdict = "note" if found else "pass"
    return Finding(
        rule=rule, says=says, verdict=verdict, details=tuple(found), remedy=remedy if found else ""
    )


def no_update(snapshot: Snapshot) -> Finding:
    """The rule that nobody updates a stack meanwhile."""
    # A dead holder is no update that runs; the switch removes its lock.
    held = [(s.name, lock) for s in snapshot.states for lock in s.locks if not lock.dead]
    running = [f"{stack}: {lock.in_words}" for stack, lock in held]
    says = "no update runs on any stack"
    if not all(state.locks_read for state in snapshot.states):
        says += (
            "; not looked at: locks of this backend are not read before an update, and Pulumi"
            " itself refuses a second one"
        )
    remedies = dict.fromkeys(lock_remedy(stack, lock) for stack, lock in held)
    return judged("locks", says, running, "; ".join(remedies))


def lock_remedy(stack: str, lock: Lock) -> str:
    """What to do about a lock that may be that of a live update."""
    if lock.alive:
        return f"wait for it: the process of {lock.holder} lives"
    if lock.is_for_operator:
        return (
            "wait for it; nothing here proves that it has died: if you know it, give"
            f" --dead-lock '{lock.in_words}'"
        )
    return f"wait for it, or run `pulumi cancel -s {stack}` if you know that it has died"
