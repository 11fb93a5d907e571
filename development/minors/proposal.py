"""What the scheduled pipeline proposes: a request that ships the next pair, or an issue. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from development.minors.due import Due, sentence
from development.minors.pair import Pair, left_to_do

BRANCH = "kubernetes/ship-{}-{}"
_IN_PLACE = (
    "Runs a platform from these stack files? Then its active colour must not get another minor by"
    " this: `pulumi up` would upgrade it in place. Leave that colour's line as it is, and build the"
    " idle one: `docs/runbooks/upgrade.md`"
)
_TASK = re.compile(r"^- \[(?P<done>[ xX])\] (?P<what>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Proposal:
    """A request or an issue.

    Attributes:
        title: one line.
        body: Markdown, with a task for each thing that is left to people.
    """

    title: str
    body: str


def branch(pair: Pair) -> str:
    """The branch of a pair's request."""
    return BRANCH.format(*pair)


def request(found: Due, pair: Pair, closes: int | None = None) -> Proposal:
    """What ships the next pair.

    Args:
        found: what is due.
        pair: the next one.
        closes: number of an issue that said there was none yet.
    """
    blue, green = pair
    says = (
        f"This ships {blue} and {green}: it holds what"
        f" `python -m development.minors ship {blue} {green}` writes. What no command can do is"
        " below; `docs/runbooks/raise-a-minor.md` says more."
    )
    parts = [_why(found), says, _tasks([_IN_PLACE, *left_to_do(pair)])]
    if closes is not None:
        parts.append(f"Closes #{closes}.")
    return Proposal(_title(found, f"Ship Kubernetes {blue} and {green}"), "\n\n".join(parts) + "\n")


def issue(found: Due) -> Proposal:
    """What is to be done where no command can do a part of it."""
    tasks: list[str] = []
    if found.unknown:
        names = ", ".join(found.unknown)
        tasks.append(
            f"`catalogue/minors.py`: dates of {names}: `aws eks describe-cluster-versions`, or"
            " AWS's release calendar"
        )
    if found.own:
        tasks.append(
            f"The stack files name {' and '.join(found.own)}, and not the shipped pair: build the"
            " idle colour on a later minor, and switch: `docs/runbooks/upgrade.md`"
        )
    elif found.pressing:
        tasks += [
            "Add the next minor to the catalogue: `docs/runbooks/raise-a-minor.md`",
            "Ship the pair with it: this pipeline opens the request once the catalogue has it",
        ]
    subject = "Look up when support ends" if not found.pressing else "Raise the shipped minors"
    return Proposal(_title(found, subject), f"{_why(found)}\n\n{_tasks(tasks)}\n")


def with_ticks(new: str, old: str) -> str:
    """A body in which tasks stay done that people have ticked off."""
    done = {it["what"].strip() for it in _TASK.finditer(old) if it["done"] != " "}
    return _TASK.sub(lambda it: f"- [x] {it['what']}" if it["what"].strip() in done else it[0], new)


def _title(found: Due, subject: str) -> str:
    if not found.pressing:
        return f"{subject}: Kubernetes {', '.join(found.unknown)}"
    first = found.pressing[0]
    end = first.support.standard_end
    verb = "ends" if first.phase == "standard" else "ended"
    return f"{subject}: standard support of {first.minor} {verb} on {end}"


def _why(found: Due) -> str:
    lines = [f"{sentence(it)}; see {it.support.source}" for it in found.pressing]
    lines += [f"When support of Kubernetes {it} ends is not known" for it in found.unknown]
    return "\n".join(f"- {it}." for it in lines)


def _tasks(tasks: Sequence[str]) -> str:
    return "\n".join(f"- [ ] {it}." for it in tasks)
