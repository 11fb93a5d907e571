"""Which interruption has which number: derived from the seed alone, so that each can be replayed.

Interruptions are dealt like cards: a deck has one of each kind, is shuffled, dealt to its end,
and shuffled anew. So every kind comes as often as any other, give or take one.
"""

import random
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from handover.steps import Act
from localcloud.faults import KUBERNETES, WEBHOOK, Fault

OPERATOR = "arn:aws:iam::*:user/*"
"""Callers that are the operator's: the command and the providers. DNS writers have roles."""


class Victim(StrEnum):
    """Who is killed."""

    COMMAND = "command"
    ENGINE = "engine"
    LANGUAGE = "language host"
    PROVIDER = "provider"
    MACHINE = "machine"


ACTS = (Act.DISMISS, Act.STOP, Act.NAME, Act.START)
"""The updates of a switch, in their order."""

WRITING = (Act.DISMISS, Act.NAME)
"""Acts before which the shared stack's file is written."""


class Ending(StrEnum):
    """The one more command."""

    AGAIN = "again"
    BACK = "back"
    UPS_AGAIN = "plain updates again"
    UPS_BACK = "plain updates back"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Boundary(_Value):
    """An update takes the stack's lock, or has given it back."""

    at: Literal["update"] = "update"
    step: Act
    edge: Literal["begins", "ends"]

    def __str__(self) -> str:
        return f"update {self.step} {self.edge}"


class FileWrite(_Value):
    """The shared stack's file is about to be written, or has just changed."""

    at: Literal["file"] = "file"
    step: Act
    edge: Literal["begins", "ends"]

    def __str__(self) -> str:
        return f"stack file for {self.step} {self.edge}"


class Save(_Value):
    """The engine saves the state for the n-th time within an update, counted from 1."""

    at: Literal["save"] = "save"
    step: Act
    number: int

    def __str__(self) -> str:
        return f"save {self.number} of {self.step}"


class Within(_Value):
    """A share of an update's usual time has gone by."""

    at: Literal["within"] = "within"
    step: Act
    share: float

    def __str__(self) -> str:
        return f"{self.share:.0%} of {self.step}"


class Instant(_Value):
    """A share of the whole command's usual time has gone by."""

    at: Literal["instant"] = "instant"
    share: float

    def __str__(self) -> str:
        return f"{self.share:.0%} of the command"


Moment: TypeAlias = Boundary | FileWrite | Save | Within | Instant


class Kill(_Value):
    """Somebody is killed at a moment.

    Attributes:
        victim: who.
        moment: when.
        which: which of several processes of that kind, as a share.
    """

    victim: Victim
    moment: Moment
    which: float = 0.0


class Interruption(_Value):
    """One interruption of a switch to the colour that is not active.

    Attributes:
        seed: of the run.
        number: counted from 0.
        kind: which card it is.
        kill: who is killed when; None where faults do it all.
        faults: what goes wrong in the clouds while the command runs.
        fault_from: share of the command's usual time at which the faults begin.
        fault_seconds: how long the faults last at most.
        ending: the one more command.
    """

    seed: int
    number: int
    kind: str
    kill: Kill | None = None
    faults: tuple[Fault, ...] = ()
    fault_from: float = 0.0
    fault_seconds: float = 0.0
    ending: Ending

    def __str__(self) -> str:
        parts = [f"kill the {self.kill.victim} at {self.kill.moment}"] if self.kill else []
        parts += [_describe_fault(fault) for fault in self.faults]
        if self.fault_from:
            parts[-1] += f" from {self.fault_from:.0%} of the command"
        return f"{' and '.join(parts)}; then {self.ending}"


_RECORDS = "call to Route 53"

_Drawn: TypeAlias = tuple[Kill | None, tuple[Fault, ...]]
_Card: TypeAlias = Callable[[random.Random, int], _Drawn]


def interruption(seed: int, number: int) -> Interruption:
    """The interruption with a number; needs none of those before it."""
    deck, place = divmod(number, len(CARDS))
    names = list(CARDS)
    _random(seed, "deck", deck).shuffle(names)
    kind = names[place]
    dice = _random(seed, "interruption", number)
    kill, faults = CARDS[kind](dice, deck + list(CARDS).index(kind))
    return Interruption(
        seed=seed,
        number=number,
        kind=kind,
        kill=kill,
        faults=faults,
        # The checks before the first change take half of the time. Records change late in it.
        fault_from=round(dice.uniform(0, 0.85), 2) if faults and kind != _RECORDS else 0.0,
        fault_seconds=round(dice.uniform(5, 40), 1) if faults else 0.0,
        ending=dice.choices(tuple(Ending), weights=(4, 4, 1, 1))[0],
    )


def _random(*parts: object) -> random.Random:
    return random.Random(":".join(map(str, parts)))  # noqa: S311 - no secret


def _boundary(act: Act, edge: Literal["begins", "ends"]) -> _Card:
    # Once the lock is given back only the engine's last breath is left of its children.
    victims = tuple(Victim) if edge == "begins" else (Victim.COMMAND, Victim.MACHINE)
    return lambda dice, turn: _kill(dice, turn, Boundary(step=act, edge=edge), victims)


def _file(act: Act, edge: Literal["begins", "ends"]) -> _Card:
    victims = (Victim.COMMAND, Victim.ENGINE, Victim.MACHINE)
    return lambda dice, turn: _kill(dice, turn, FileWrite(step=act, edge=edge), victims)


def _within(act: Act) -> _Card:
    def draw(dice: random.Random, turn: int) -> _Drawn:
        moment = Within(step=act, share=round(dice.uniform(0.05, 0.95), 3))
        return _kill(dice, turn, moment)

    return draw


def _save(act: Act, most: int) -> _Card:
    def draw(dice: random.Random, turn: int) -> _Drawn:
        return _kill(dice, turn, Save(step=act, number=dice.randint(1, most)))

    return draw


def _instant(dice: random.Random, turn: int) -> _Drawn:
    return _kill(dice, turn, Instant(share=round(dice.random(), 3)))


def _kill(
    dice: random.Random, turn: int, moment: Moment, victims: tuple[Victim, ...] = tuple(Victim)
) -> _Drawn:
    victim = victims[turn % len(victims)]
    return Kill(victim=victim, moment=moment, which=round(dice.random(), 3)), ()


def _call(service: str, action: str, most: int) -> _Card:
    """The process that makes the n-th call is killed, or its parent: by the cloud itself."""

    def draw(dice: random.Random, turn: int) -> _Drawn:
        # Connections to API servers know no caller.
        caller = "*" if service == KUBERNETES else OPERATOR
        fault = Fault(
            service=service,
            action=action,
            caller=caller,
            kind="kill",
            when=dice.choice(("before", "after")),
            calls=(dice.randint(1, most),),
            victim=("caller", "parent")[turn % 2],
        )
        return None, (fault,)

    return draw


_WRONG: Mapping[str, tuple[str, ...]] = {
    "route53": ("throttle before", "error before", "error after", "reset after", "delay before"),
    "sts": ("throttle before", "error before", "reset before", "delay before"),
    "elasticloadbalancing": ("throttle before", "error before", "reset after"),
    "eks": ("throttle before", "error before", "reset before"),
    KUBERNETES: ("error before", "reset before", "reset after", "delay before"),
    WEBHOOK: ("error before", "reset before", "delay before"),
}
"""What goes wrong with each service."""


def _faults(*services: str) -> _Card:
    def draw(dice: random.Random, turn: int) -> _Drawn:
        return None, tuple(_fault(dice, turn, service) for service in services)

    return draw


def _fault(dice: random.Random, turn: int, service: str) -> Fault:
    kind, when = _WRONG[service][turn % len(_WRONG[service])].split()
    # Of a connection that breaks late, the time that it lives; of all else, the delay.
    seconds = round(dice.uniform(0.2, 3.0), 2) if kind == "delay" or service == KUBERNETES else 0.0
    return Fault.model_validate(
        {
            "service": service,
            "kind": kind,
            "when": when,
            "probability": round(dice.uniform(0.15, 0.8), 2),
            "seconds": seconds,
            "seed": dice.randrange(2**16),
        }
    )


CARDS: Mapping[str, _Card] = {
    **{f"update {s} begins": _boundary(s, "begins") for s in ACTS},
    **{f"update {s} ends": _boundary(s, "ends") for s in ACTS},
    **{f"file for {s} begins": _file(s, "begins") for s in WRITING},
    **{f"file for {s} ends": _file(s, "ends") for s in WRITING},
    **{f"within {s}": _within(s) for s in ACTS},
    "save in dismiss": _save(Act.DISMISS, 3),
    "save in stop": _save(Act.STOP, 5),
    "save in name": _save(Act.NAME, 5),
    "save in start": _save(Act.START, 5),
    "instant": _instant,
    _RECORDS: _call("route53", "ChangeResourceRecordSets", 2),
    "call to AWS": _call("*", "*", 60),
    "call to an API server": _call(KUBERNETES, "*", 40),
    "faults of Route 53": _faults("route53"),
    "faults of STS": _faults("sts"),
    "faults of ELB and EKS": _faults("elasticloadbalancing", "eks"),
    "faults of the API servers": _faults(KUBERNETES),
    "faults of tokens": _faults(WEBHOOK, "sts"),
    "faults of everything": _faults(*_WRONG),
}
"""Kinds of interruptions, one card each."""


def _describe_fault(fault: Fault) -> str:
    where = fault.service if fault.action == "*" else f"{fault.service} {fault.action}"
    if fault.kind == "kill":
        return f"kill the {fault.victim} of call {fault.calls[0]} to {where}, {fault.when}"
    return f"{fault.kind} {fault.when} {fault.probability:.0%} of {where}"
