"""Has one request or one issue stand for what is due, however often it is run."""

from pathlib import Path

from development.minors import proposal
from development.minors.due import Due
from development.minors.forge import Forge, Written
from development.minors.pair import Pair, ship
from development.minors.proposal import Proposal, with_ticks


def propose(forge: Forge, root: Path, found: Due) -> str:
    """Opens what is missing, and brings up to date what is there.

    A request's branch is left as it is once it is there: people work on it. One that somebody
    closed is not opened again, nor is another one opened for the same pair.

    Args:
        forge: where.
        root: the checkout that the pipeline runs on.
        found: what is due.

    Returns:
        What was done, in one sentence.

    Raises:
        ApiError: the forge refused.
        RaiseError: a file has no line for the pair.
    """
    if not found.is_due:
        return "nothing is due"
    if found.pair is not None:
        return _request(forge, root, found, found.pair)
    wanted = proposal.issue(found)
    known = forge.issue()
    if known is None:
        return f"opened {forge.open_issue(wanted).url}"
    changed = _changed(known, wanted)
    if changed is None:
        return f"{known.url} says it already"
    forge.change_issue(known.number, changed)
    return f"brought {known.url} up to date"


def _request(forge: Forge, root: Path, found: Due, pair: Pair) -> str:
    branch = proposal.branch(pair)
    known = forge.request(branch)
    if known is not None and known.state != "open":
        return f"{known.url} was {known.state}, so nothing is opened again; {_left(known, pair)}"
    said = forge.issue()
    wanted = proposal.request(found, pair, said.number if said else None)
    if known is None:
        return f"opened {forge.open_request(branch, ship(root, pair), wanted).url}"
    changed = _changed(known, wanted)
    if changed is None:
        return f"{known.url} says it already"
    forge.change_request(known.number, changed)
    return f"brought {known.url} up to date"


def _left(known: Written, pair: Pair) -> str:
    if known.state == "merged":
        return f"yet the catalogue does not ship {' and '.join(pair)}"
    return "open it again if it was closed by mistake"


def _changed(known: Written, wanted: Proposal) -> Proposal | None:
    """What it becomes, with tasks done that are done; None if it says that already."""
    body = with_ticks(wanted.body, known.proposal.body)
    # A forge ends lines as browsers do once somebody has ticked a task.
    before = known.proposal.body.replace("\r\n", "\n").strip()
    same = known.proposal.title == wanted.title and before == body.strip()
    return None if same else Proposal(wanted.title, body)
