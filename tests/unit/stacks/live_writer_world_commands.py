"""Commands of the model, each run to its end while nothing else happens."""

import re
from typing import NamedTuple

from settings.names import COLOURS, SHARED, Colour
from tests.unit.stacks.live_writer_world import Named, Report, Settings, State
from tests.unit.stacks.live_writer_world_steps import World


class Command(NamedTuple):
    """`pulumi up -s STACK`.

    Attributes:
        stack: the shared stack, or a colour.
        active: the active colour that settings say by then.
    """

    stack: str
    active: Colour | None


def up_shared(world: World, state: State, settings: Settings) -> State | str:
    """`pulumi up -s shared` while nothing else happens, or the text of its error."""
    decision = world.decide(settings, state.named, state.blue.report, state.green.report)
    if not isinstance(decision, Named):
        return decision
    return world.exported(state, decision, settings.forgotten)


def up_colour(world: World, state: State, colour: Colour) -> State | str:
    """`pulumi up -s COLOUR` while nothing else happens, or the text of its error."""
    target = world.target(colour, state.named, state.side(colour).report)
    if not isinstance(target, Report):
        return target
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
    world: World, state: State, colour: Colour, *, refreshes: bool = False
) -> str | None:
    """Makes a colour active by doing what errors say; None, or where it ends instead.

    Args:
        world: the rules.
        state: a quiet state.
        colour: the colour.
        refreshes: whether every update is a `pulumi up --refresh`.
    """
    # Nobody lists a colour without need, unless nothing else can tell of it.
    listed = COLOURS if state.lost else (colour,)
    todo = [Command(SHARED, colour), Command(colour, colour)]
    for _ in range(30):
        if not todo:
            return None if state.is_active(colour) else f"ends in {state}"
        command, *todo = todo
        if refreshes:
            state = _refreshed(state)
        after = _run(world, state, command, listed)
        if isinstance(after, State):
            state = after
            continue
        advised = _advised(after, colour)
        if not advised:
            return after
        again = [command] if "then this again" in after else []
        todo = [*advised, *again, *todo]
        listed = COLOURS if "list" in after else listed
    return "errors for ever"


def _refreshed(state: State) -> State:
    # A Deployment found without the mark of the new term is written.
    blue, green = (side._replace(noted=None) for side in (state.blue, state.green))
    return state._replace(blue=blue, green=green)


def _run(world: World, state: State, command: Command, listed: tuple[Colour, ...]) -> State | str:
    for colour in COLOURS:
        if command.stack == colour:
            return up_colour(world, state, colour)
    return up_shared(world, state, Settings(command.active, listed))


def _advised(error: str, colour: Colour) -> list[Command]:
    before, _, after = error.partition("then set activeColour to")
    removed = "Remove eks-platform:activeColour" in before
    stacks = r"`pulumi up -s (\w+)`"
    first = [Command(stack, None if removed else colour) for stack in re.findall(stacks, before)]
    return first + [Command(stack, colour) for stack in re.findall(stacks, after)]
