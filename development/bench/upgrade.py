"""How long an upgrade takes on a local cloud that takes AWS's time: a colour up, one down.

Run, not computed: the engine, the program and the operator's commands are the real ones; resources
take what `localcloud.latencies` says, some times as fast. What the machine computes is not faster,
so that a ratio here is worse than it would be on AWS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from development.bench import makespan
from development.bench.cost import CommandError, measure
from development.bench.demo_platform import Platform, brought_up
from development.bench.figure import Figure, figure
from localcloud import demo, names
from localcloud.latencies import set_speed
from settings.names import COLOURS, Colour, cluster_name

NAME = "upgrade"

SPEED = 10.0
"""How many times as fast as on AWS: fast enough for five upgrades in half an hour, and slow enough
that two processors compute within what AWS takes."""

_WINDOW = "1m"


@dataclass(frozen=True)
class _Upgrade:
    """Seconds of each step, by the clock."""

    up: float
    rest: float
    switch: float
    drain: float
    retire: float

    @property
    def whole(self) -> float:
        """From nothing to drained and gone, without the deployment of applications."""
        return self.up + self.rest + self.switch + self.drain + self.retire


def run(rounds: int, tell: Callable[[str], None]) -> list[Figure]:
    """Builds the idle colour anew, moves production there, deletes the other; and back.

    On a platform of its own always: one colour is left of it.
    """
    graph = makespan.blue()
    (_, up), (_, down) = makespan.up(graph), makespan.down(graph)
    least_up, least_down = up[-1].end / SPEED, down[-1].end / SPEED
    with brought_up(tell) as platform:
        set_speed(platform.state.root, SPEED)
        try:
            found = _upgrades(platform, rounds, tell)
        except TimeoutError as error:
            raise CommandError(str(error)) from error
    chain = f"the longest chain that must be one after the other, computed, {SPEED:g} times as fast"
    made = partial(figure, unit="s")
    return [
        made(
            f"{NAME}-up",
            "`pulumi up` of a colour from nothing",
            [(it.up, least_up) for it in found],
            floor_from=chain,
        ),
        made(
            f"{NAME}-down",
            "`bluegreen retire`",
            [(it.retire, least_down) for it in found],
            floor_from=chain,
        ),
        made(
            f"{NAME}-whole",
            "an upgrade from nothing to the other colour drained and gone",
            [(it.whole, least_up + least_down) for it in found],
            floor_from=f"both chains: {chain}; nothing for the switch",
        ),
    ]


def _upgrades(platform: Platform, rounds: int, tell: Callable[[str], None]) -> list[_Upgrade]:
    """Upgrades there and back, one after the other; the idle colour goes first."""
    active, idle = COLOURS
    _bluegreen(platform, "retire", "--colour", idle, "--window", _WINDOW, "--yes")
    found: list[_Upgrade] = []
    for number in range(rounds):
        tell(f"round {number + 1} of {rounds}: {active} to {idle}")
        found.append(_upgrade(platform, active, idle, tell))
        active, idle = idle, active
    return found


def _upgrade(platform: Platform, old: Colour, new: Colour, tell: Callable[[str], None]) -> _Upgrade:
    words = [str(platform.state.bin / "pulumi"), "up", "--yes", "--skip-preview", "--stack", new]
    up = _seconds(platform, *words, "--non-interactive")
    tell(f"{new} stands after {up:.0f} s")
    rest = _bluegreen(platform, "bootstrap", "--colour", new)
    demo.deploy_sample(platform.state, platform.cloud, [new])
    zones = demo.read_zones(platform.state)
    own = [f"{demo.SAMPLE_NAME}.{cluster_name(new)}.{zones[it]}" for it in ("public", "private")]
    names.wait_for(own, platform.cloud.dns_port)
    switch = _bluegreen(platform, "switch", "--to", new, "--yes")
    drain = _bluegreen(platform, "drain", "--colour", old, "--window", _WINDOW)
    tell(f"{new} is active after {switch:.0f} s, {old} drained after {drain:.0f} s")
    retire = _bluegreen(platform, "retire", "--colour", old, "--window", _WINDOW, "--yes")
    tell(f"{old} is gone after {retire:.0f} s")
    return _Upgrade(up, rest, switch, drain, retire)


def _bluegreen(platform: Platform, *words: str) -> float:
    """Seconds of a command of the operator."""
    return _seconds(platform, str(platform.state.bin / "bluegreen"), *words)


def _seconds(platform: Platform, *words: str) -> float:
    return measure(words, folder=platform.project, environment=platform.environment).wall
