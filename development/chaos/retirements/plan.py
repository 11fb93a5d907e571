"""Which interruption of a retirement has which number: by the seed alone, so that each is replayed.

As in `development.chaos.plan`, kinds are dealt like cards: ten of them, each once in ten.
"""

import random
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict

from development.chaos.plan import Victim
from localcloud.faults import KUBERNETES, Fault
from settings.names import Colour, cluster_name

RETIRED: Colour = "green"
"""The colour that is brought up and retired again and again."""

OTHER: Colour = "blue"
"""The active one, which stays."""

KARPENTER_CALLER = f"*{cluster_name(RETIRED)}-karpenter*"
"""ARN of the role of its Karpenter."""

_OPERATOR_CALLER = "arn:aws:iam::*:user/*"


class Point(StrEnum):
    """How far a retirement has come, in that order."""

    BEGINS = "the command begins"
    POOLS = "the pools are deleted"
    FIRST = "the first node is gone"
    LAST = "the last node is gone"
    UPDATE = "the update that lifts the protection begins"
    DESTROY = "the destroy begins"


class Target(StrEnum):
    """Who is killed, or asked to end."""

    COMMAND = "the command"
    TERMINAL = "Ctrl-C"
    ENGINE = "the engine"
    LANGUAGE = "the language host"
    PROVIDER = "a provider"
    MACHINE = "the machine"
    KARPENTER = "Karpenter"


VICTIMS: Mapping[Target, Victim] = {
    Target.COMMAND: Victim.COMMAND,
    Target.ENGINE: Victim.ENGINE,
    Target.LANGUAGE: Victim.LANGUAGE,
    Target.PROVIDER: Victim.PROVIDER,
    Target.MACHINE: Victim.MACHINE,
}
"""Those that are found among the command's own processes."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Blow(_Value):
    """Somebody is killed at a point.

    Attributes:
        target: who.
        point: when.
        delay: seconds after it.
        which: which of several processes, as a share.
    """

    target: Target
    point: Point
    delay: float
    which: float = 0.0

    def __str__(self) -> str:
        verb = "" if self.target is Target.TERMINAL else "kill "
        return f"{verb}{self.target} {self.delay:.1f} s after {self.point}"


class Trouble(_Value):
    """Things go wrong in the clouds from a point on.

    Attributes:
        faults: which.
        point: when they begin.
        seconds: how long they last at most.
    """

    faults: tuple[Fault, ...]
    point: Point
    seconds: float

    def __str__(self) -> str:
        told = " and ".join(_describe(fault) for fault in self.faults)
        return f"{told}, from when {self.point} on"


class Interruption(_Value):
    """One interruption of a retirement.

    Attributes:
        seed: of the run.
        number: counted from 0.
        kind: which card it is.
        blow: who is killed; None where the clouds do it all.
        trouble: what goes wrong in the clouds; None where nothing does.
        launching: whether pods come as it begins, so that nodes are launched meanwhile.
    """

    seed: int
    number: int
    kind: str
    blow: Blow | None = None
    trouble: Trouble | None = None
    launching: bool = False

    def __str__(self) -> str:
        parts = ["launch nodes"] if self.launching else []
        parts += [str(part) for part in (self.trouble, self.blow) if part is not None]
        return "; ".join(parts)


_Drawn: TypeAlias = tuple[Blow | None, Trouble | None]
_Card: TypeAlias = Callable[[random.Random], _Drawn]

_LONGEST: Mapping[Point, float] = {
    Point.BEGINS: 8.0,
    Point.POOLS: 6.0,
    Point.FIRST: 4.0,
    Point.LAST: 3.0,
    Point.UPDATE: 12.0,
    Point.DESTROY: 25.0,
}
"""Most seconds after each point: about what passes until the next."""

_EMPTYING = (Point.POOLS, Point.FIRST, Point.LAST)
_ENGINE = (Point.UPDATE, Point.DESTROY)


def interruption(seed: int, number: int) -> Interruption:
    """The interruption with a number; needs none of those before it."""
    deck, place = divmod(number, len(CARDS))
    names = list(CARDS)
    _random(seed, "deck", deck).shuffle(names)
    kind = names[place]
    blow, trouble = CARDS[kind](_random(seed, "interruption", number))
    return Interruption(
        seed=seed,
        number=number,
        kind=kind,
        blow=blow,
        trouble=trouble,
        launching=kind == _LAUNCHING,
    )


def _random(*parts: object) -> random.Random:
    return random.Random(":".join(map(str, parts)))  # noqa: S311 - no secret


def _blow(target: Target, *points: Point) -> _Card:
    return lambda dice: (_draw_blow(dice, target, *points), None)


def _draw_blow(dice: random.Random, target: Target, *points: Point) -> Blow:
    point = dice.choice(points)
    delay = round(dice.uniform(0, _LONGEST[point]), 2)
    return Blow(target=target, point=point, delay=delay, which=round(dice.random(), 3))


def _kill_at_call(action: str) -> Fault:
    """Karpenter is killed once EC2 has done what it asked for, and the answer is lost."""
    return Fault(
        service="ec2",
        action=action,
        caller=KARPENTER_CALLER,
        kind="kill",
        when="after",
        calls=(1,),
    )


def _launching(dice: random.Random) -> _Drawn:
    trouble = Trouble(faults=(_kill_at_call("CreateFleet"),), point=Point.BEGINS, seconds=60.0)
    return _draw_blow(dice, Target.COMMAND, Point.POOLS), trouble


def _ending(dice: random.Random) -> _Drawn:
    trouble = Trouble(
        faults=(_kill_at_call("TerminateInstances"),), point=Point.BEGINS, seconds=600.0
    )
    return _draw_blow(dice, Target.COMMAND, Point.FIRST), trouble


def _api_server(dice: random.Random) -> _Drawn:
    """From the beginning: connections that are open already go on, and few are opened later."""
    faults = tuple(
        Fault(
            service=KUBERNETES,
            action=cluster_name(RETIRED),
            kind=kind,
            probability=round(dice.uniform(0.1, 0.3), 2),
            seed=dice.randrange(2**16),
        )
        for kind in ("reset", "error")
    )
    seconds = round(dice.uniform(60, 120), 1)
    return None, Trouble(faults=faults, point=Point.BEGINS, seconds=seconds)


def _ec2(dice: random.Random) -> _Drawn:
    kind = dice.choice(("throttle", "error"))
    faults = (
        _ec2_fault(dice, "TerminateInstances", KARPENTER_CALLER, kind),
        _ec2_fault(dice, "DescribeInstances", KARPENTER_CALLER, kind),
        _ec2_fault(dice, "*LaunchTemplate*", KARPENTER_CALLER, kind),
        _ec2_fault(dice, "Describe*", _OPERATOR_CALLER, kind),
    )
    seconds = round(dice.uniform(20, 60), 1)
    return None, Trouble(faults=faults, point=Point.BEGINS, seconds=seconds)


def _ec2_fault(dice: random.Random, action: str, caller: str, kind: str) -> Fault:
    return Fault.model_validate(
        {
            "service": "ec2",
            "action": action,
            "caller": caller,
            "kind": kind,
            "probability": round(dice.uniform(0.3, 0.9), 2),
            "seed": dice.randrange(2**16),
        }
    )


_LAUNCHING = "Karpenter dies as it launches"

CARDS: Mapping[str, _Card] = {
    "command, as nodes go": _blow(Target.COMMAND, *_EMPTYING),
    "Ctrl-C, as nodes go": _blow(Target.TERMINAL, *_EMPTYING),
    "Ctrl-C, as the engine works": _blow(Target.TERMINAL, *_ENGINE),
    "engine": _blow(Target.ENGINE, *_ENGINE),
    "language host": _blow(Target.LANGUAGE, *_ENGINE),
    "machine": _blow(Target.MACHINE, *_ENGINE),
    _LAUNCHING: _launching,
    "Karpenter dies as it ends instances": _ending,
    "API server": _api_server,
    "EC2": _ec2,
}
"""Kinds of interruptions, one card each."""


def _describe(fault: Fault) -> str:
    where = f"{fault.service} {fault.action}"
    who = "Karpenter" if fault.caller == KARPENTER_CALLER else "the command"
    if fault.kind == "kill":
        return f"kill {who} {fault.when} its call {fault.calls[0]} to {where}"
    whose = "" if fault.caller == "*" else f" of {who}"
    return f"{fault.kind} {fault.probability:.0%} of {where}{whose}"
