"""What the program registers, found by running it as the unit tests do: without an engine.

The stack files are the shipped ones, so a picture shows what a newcomer gets.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pulumi
import yaml

import settings
from settings.charts import PUBLIC_REPOSITORIES
from settings.names import COLOURS, SHARED, Colour
from stacks import colour as colour_stack
from stacks import shared as shared_stack
from tests.unit.pulumi_harness import Answer, Checks, Plain, Ran, Registered, State, run
from tests.unit.stacks import test_colour, test_shared

ROOT = Path(__file__).resolve().parents[2]
"""The checkout."""

_COMPONENT = "eks-platform:"
# The tests of the stacks hold what the program asks AWS for, so there is one list of it.
_CALLS = {**test_shared.CALLS, **test_colour.CALLS}
_ACCOUNT = "123456789012"


def _zone(inputs: State) -> State:
    return {"arn": f"arn:aws:route53:::hostedzone/Z{inputs['name'].upper()}"}


def _queue(inputs: State) -> State:
    return {"arn": f"arn:aws:sqs:eu-west-1:{_ACCOUNT}:{inputs['name']}"}


# ARNs of the form that AWS gives: linters compare them with what an action is on.
_MADE: Mapping[str, Answer | State] = {
    **test_colour.MADE,
    "aws:route53/zone:Zone": _zone,
    "aws:sqs/queue:Queue": _queue,
}


@dataclass(frozen=True)
class Component:
    """A component of the program.

    Attributes:
        name: its Pulumi name, with its kind where a sibling has the same.
        kind: its class, for example ``NodeGroup``.
        resources: how many resources it and the components in it register.
        after: names of the siblings that some resource of it waits for, sorted.
        parts: components in it.
    """

    name: str
    kind: str
    resources: int
    after: tuple[str, ...]
    parts: tuple["Component", ...]


@cache
def shared(active: Colour) -> Sequence[Component]:
    """Components of the shared stack when a colour is active."""
    return _components(run_shared(active))


@cache
def colour(name: Colour) -> Sequence[Component]:
    """Components of a colour's stack when that colour is active."""
    return _components(run_colour(name))


def run_shared(active: Colour, **extra: Plain) -> Ran:
    """What the shared stack registers when a colour is active, with `extra` settings."""
    return _run_shared(active, {name: _colour_outputs(name) for name in COLOURS}, **extra)


def run_colour(name: Colour, **extra: Plain) -> Ran:
    """What a colour's stack registers when that colour is active, with `extra` settings."""
    stacks = {SHARED: _run_shared(name, {name: _colour_outputs(name)}).exports, name: {}}
    # A checkout of this project keeps no charts: those of each platform are its own.
    loaded = settings.load_colour(name, config(name, **{"charts": PUBLIC_REPOSITORIES, **extra}))
    return _run(name, lambda: colour_stack.deploy(loaded), stacks)


def config(stack: str, **extra: Plain) -> dict[str, str]:
    """Configuration of a shipped stack file as the engine hands it over, with `extra` keys."""
    found = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    values = {**found, **{f"eks-platform:{key}": it for key, it in extra.items()}}
    return {key: it if isinstance(it, str) else json.dumps(it) for key, it in values.items()}


def _run_shared(active: Colour, outputs: Mapping[Colour, State], **extra: Plain) -> Ran:
    values = config(SHARED, **{"colours": list(outputs), "activeColour": active, **extra})
    loaded = settings.load_shared(values)
    stacks = {SHARED: {"liveWriter": {"colour": active, "term": 1, "unconfirmed": []}}}
    return _run(SHARED, lambda: shared_stack.deploy(loaded), {**stacks, **outputs})


def _colour_outputs(name: Colour) -> State:
    """Outputs of a colour that is not active."""
    return test_shared.stopped(name)


def _run(
    stack: str, deploy: Callable[[], Coroutine[None, None, None]], stacks: Mapping[str, State]
) -> Ran:
    def program(_: Checks) -> None:
        pulumi.run(deploy)

    return run(
        program,
        stack=stack,
        calls=_CALLS,
        resources=_MADE,
        stacks={f"organization/eks-platform/{name}": it for name, it in stacks.items()},
    )


def _components(ran: Ran) -> Sequence[Component]:
    return _inside("", [it for it in ran.resources if not it.read])


def _inside(parent: str, resources: Sequence[Registered]) -> tuple[Component, ...]:
    """Components right below a parent, sorted: the order of registration is not always the same."""
    there = {it.urn: it for it in resources if it.parent == parent and _is_component(it)}
    owner = _owners(resources, there)
    names = _names(there)
    sizes = Counter(owner[it.urn] for it in resources if not _is_component(it))
    made = (
        Component(
            name=names[urn],
            kind=it.type.rsplit(":", 1)[-1],
            resources=sizes[urn],
            after=_waits(urn, resources, owner, names),
            parts=_inside(urn, resources),
        )
        for urn, it in there.items()
    )
    return tuple(sorted(made, key=lambda it: (it.kind, it.name)))


def _names(there: Mapping[str, Registered]) -> dict[str, str]:
    often = Counter(it.name for it in there.values())
    kinds = {urn: it.type.rsplit(":", 1)[-1] for urn, it in there.items()}
    return {
        urn: it.name if often[it.name] == 1 else f"{it.name} ({kinds[urn]})"
        for urn, it in there.items()
    }


def _is_component(resource: Registered) -> bool:
    return resource.type.startswith(_COMPONENT)


def _owners(resources: Sequence[Registered], there: Collection[str]) -> dict[str, str]:
    """For each resource the component of `there` that it is, or is in; or nothing."""
    parents = {it.urn: it.parent for it in resources}

    def owner(urn: str) -> str:
        while urn and urn not in there:
            urn = parents.get(urn, "")
        return urn

    return {it.urn: owner(it.urn) for it in resources}


def _waits(
    urn: str,
    resources: Sequence[Registered],
    owner: Mapping[str, str],
    names: Mapping[str, str],
) -> tuple[str, ...]:
    own = (it for it in resources if owner[it.urn] == urn)
    found = {owner.get(other, "") for it in own for other in it.dependencies}
    return tuple(sorted({names[it] for it in found - {"", urn}}))
