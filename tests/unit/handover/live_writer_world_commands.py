"""Commands of the model, each run to its end while nothing else happens."""

import re
from typing import NamedTuple

from handover.assignment import Assignment
from settings.names import COLOURS, SHARED, Colour
from tests.unit.handover.live_writer_world import Named, Report, Settings, State
from tests.unit.handover.live_writer_world_steps import World

_UP = re.compile(r"`pulumi up -s (\w+)`")
_BACK = re.compile(r", then (?:set|remove|put) .*? and run (.*)")
_NO_COLOUR = re.compile(r"Leave eks-platform:canary without a colour, its names (.*?), run")


class Command(NamedTuple):
    """`pulumi up -s STACK`.

    Attributes:
        stack: the shared stack, or a colour.
        settings: what the shared stack's file says by then, but for the colours that it lists.
    """

    stack: str
    settings: Settings


def up_shared(world: World, state: State, settings: Settings) -> State | str:
    """`pulumi up -s shared` while nothing else happens, or the text of its error."""
    decision = world.decide(settings, state.named, state.blue.report, state.green.report)
    if not isinstance(decision, Named):
        return decision
    return world.exported(state, decision, settings.forgotten)


def up_colour(
    world: World, state: State, colour: Colour, *, refreshes: bool = False
) -> State | str:
    """`pulumi up -s COLOUR` while nothing else happens, or the text of its error.

    With `refreshes`, a `pulumi up --refresh`: it writes a Deployment without the right mark.
    """
    target = world.target(colour, state.named, state.side(colour).report)
    if not isinstance(target, Report):
        return target
    if refreshes:
        state = state.with_side(colour, state.side(colour)._replace(noted=None))
    state = dict(world.steps(state))[f"{colour} decides"]
    while not state.quiet:
        steps = dict(world.steps(state))
        plain = (steps.get(f"{colour} {what}") for what in ("pods end", "writes", "reports"))
        after = next((step for step in plain if step), None)
        if after is None:
            return f"{colour} waits for ever until its pods are gone"
        state = after
    return state


def follow_errors(
    world: World, state: State, wanted: Assignment, *, refreshes: bool = False
) -> str | None:
    """Brings wanted writers about by doing what errors say; None, or where it ends instead.

    Args:
        world: the rules.
        state: a quiet state.
        wanted: who is to write what.
        refreshes: whether every update is a `pulumi up --refresh`.
    """
    writing: tuple[Colour, ...] = tuple(c for c in COLOURS if c in wanted.colours)
    # Nobody lists a colour without need, unless nothing else can tell of it.
    listed = COLOURS if state.lost else writing
    file = Settings(wanted.active, (), (), wanted.canary, wanted.names)
    todo = [Command(stack, file) for stack in (SHARED, *writing)]
    for _ in range(30):
        if not todo:
            return None if state.is_done(wanted) else f"ends in {state}"
        command, *todo = todo
        after = _run(world, state, command, listed, refreshes=refreshes)
        if isinstance(after, State):
            state = after
            continue
        advised = _advised(after, command.settings)
        if not advised:
            return after
        again = [command] if "then this again" in after else []
        todo = [*advised, *again, *todo]
        listed = COLOURS if "list" in after else listed
    return "errors for ever"


def _run(
    world: World,
    state: State,
    command: Command,
    listed: tuple[Colour, ...],
    *,
    refreshes: bool,
) -> State | str:
    for colour in COLOURS:
        if command.stack == colour:
            return up_colour(world, state, colour, refreshes=refreshes)
    return up_shared(world, state, command.settings._replace(listed=listed))


def _advised(error: str, file: Settings) -> list[Command]:
    """Commands that an error asks for, with what the file says by then."""
    back = _BACK.search(error)
    before, after = (error[: back.start()], back[1]) if back else (error, "")
    there = file
    if names := _NO_COLOUR.search(before):
        there = file._replace(canary=None, names=tuple(names[1].split(", ")))
    elif "Remove eks-platform:activeColour and eks-platform:canary" in before:
        there = file._replace(active=None, canary=None, names=())
    elif "Remove eks-platform:activeColour" in before:
        there = file._replace(active=None)
    first = [Command(stack, there) for stack in _UP.findall(before)]
    return first + [Command(stack, file) for stack in _UP.findall(after)]
