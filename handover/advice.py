"""What the operator is told when live names cannot change hands now: the commands to run."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from eks_platform_contract.names import COLOURS, SHARED, Colour
from handover.assignment import NOBODY, Assignment, Transition, assign


@dataclass(frozen=True)
class Waypoint:
    """An assignment to pass through on the way to another one.

    Attributes:
        assignment: who may write what meanwhile.
        change: what to do in the shared stack's file to get there.
        back: what to do in it then.
    """

    assignment: Assignment
    change: str
    back: str


def explain_unlisted(colour: Colour) -> str:
    """Why nobody can be named while a colour that may still write is not listed."""
    return (
        f"{colour} may still run live DNS writers, and eks-platform:colours does not list it:"
        f" list it and run `pulumi up -s {SHARED}`, `pulumi up -s {colour}` and"
        f" `pulumi up -s {SHARED}` again; or, if its cluster is gone for good, add it to"
        " eks-platform:forgetColours"
    )


def explain_refusal(transition: Transition, *, known: bool) -> str:
    """Why a transition cannot be made, and the way round.

    Args:
        transition: one that is blocked.
        known: whether the shared stack remembers who may write what.
    """
    blocking = " and ".join(transition.blocking)
    wanted, detour = _describe_wanted(transition), _describe_detour(transition, known=known)
    return f"{wanted} yet: {blocking} may still run live DNS writers. {detour}"


def _describe_wanted(transition: Transition) -> str:
    active = transition.moved.get(None, (None, None))[1]
    if active is not None:
        return f"{active} cannot be the active colour"
    gained: dict[Colour, list[str]] = {
        colour: [name for name, (_, new) in transition.moved.items() if name and new == colour]
        for colour in COLOURS
    }
    parts = [
        f"{colour} cannot write {', '.join(names)}" for colour, names in gained.items() if names
    ]
    return " and ".join(parts)


def _describe_detour(transition: Transition, *, known: bool) -> str:
    if known and not transition.losing:
        # They have been dismissed; they only need to say that they have gone.
        return f"Run {_ups(transition.blocking)}, then `pulumi up -s {SHARED}` again"
    waypoint, blocking = next(passable_waypoints(transition))
    return (
        f"{waypoint.change}, run `pulumi up -s {SHARED}`, then {_ups(blocking)}, then"
        f" {waypoint.back} and run `pulumi up -s {SHARED}` again"
    )


def passable_waypoints(transition: Transition) -> Iterator[tuple[Waypoint, tuple[Colour, ...]]]:
    """Waypoints that can be reached and left, with the colours that must report there."""
    for waypoint in _waypoints(transition.before, transition.after):
        there = replace(transition, after=waypoint.assignment)
        on = Transition(there.after, transition.after, frozenset(there.doubted), transition.gone)
        if not there.blocking and not on.losing:
            yield waypoint, on.blocking


def _waypoints(before: Assignment, after: Assignment) -> Iterator[Waypoint]:
    """Where names that move have no writer: the gentlest first, and last what always works."""
    names = tuple(sorted({*before.names, *after.names}))
    yield Waypoint(
        assign(after.active, None, names),
        f"Leave eks-platform:canary without a colour, its names {', '.join(names)}",
        _canary_back(after),
    )
    yield Waypoint(
        assign(None, after.canary, after.names),
        "Remove eks-platform:activeColour",
        f"set activeColour to {after.active}",
    )
    yield Waypoint(
        NOBODY, "Remove eks-platform:activeColour and eks-platform:canary", "put them back"
    )


def _canary_back(after: Assignment) -> str:
    if not after.names:
        return "remove eks-platform:canary"
    names = f"its names to {', '.join(after.names)}"
    return f"set its colour to {after.canary} and {names}" if after.canary else f"set {names}"


def _ups(colours: Iterable[Colour]) -> str:
    return ", ".join(f"`pulumi up -s {colour}`" for colour in colours)
