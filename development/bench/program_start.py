"""How long the program and the operator command take to start, over what they stand on.

A plain Python imports them, as on AWS: the local cloud forks a Python that has the SDKs already.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from development.bench.cost import measure
from development.bench.figure import Figure, figure, interleaved, paired

PROGRAM, COMMAND = "program-start", "command-start"
"""Names of the measurements: of the Pulumi program, and of the operator command."""

_PROGRAM = (
    "import gc, pulumi; gc.disable(); "
    "from stacks import configuration; from stacks import colour; gc.freeze(); gc.enable()"
)
"""As `__main__.py` does it, of a colour."""
_SDKS = "import pulumi, pulumi_aws, pulumi_eks, pulumi_kubernetes, pulumi_tls"
_HELP = "import sys; sys.argv[1:] = ['--help']; from bluegreen.cli import main; main()"
_STATUS = (
    "import bluegreen.cli, bluegreen.context, bluegreen.rules, bluegreen.render.status, "
    "bluegreen.world.kube, bluegreen.world.observe"
)
_TYPER = (
    "import sys, typer; sys.argv[1:] = ['--help']; app = typer.Typer(); "
    "app.command()(lambda: None); app()"
)


@dataclass(frozen=True)
class _Start:
    """Something that starts, and what it cannot do without.

    Attributes:
        name: of its figures; the measurement's name comes first.
        title: what it is.
        code: Python that starts it.
        floor: Python that starts the least.
        floor_from: what that is.
        aim: ratio that is wanted.
    """

    name: str
    title: str
    code: str
    floor: str
    floor_from: str
    aim: float


_PROGRAM_START = (
    _Start(
        f"{PROGRAM}-import",
        "import of the program of a colour",
        _PROGRAM,
        _SDKS,
        "a plain Python imports pulumi and the four SDKs, whose modules load when asked for",
        aim=2.0,
    ),
)
_COMMAND_START = (
    _Start(
        f"{COMMAND}-help",
        "`bluegreen --help`",
        _HELP,
        _TYPER,
        "the help of a Typer application with one command that does nothing",
        aim=2.0,
    ),
    _Start(
        f"{COMMAND}-status",
        "import of all that `bluegreen status` runs",
        _STATUS,
        "import boto3, botocore.client, dns.resolver, kubernetes, pydantic, rich.table, typer",
        "a plain Python imports the libraries that it asks clusters, AWS and name servers with",
        aim=2.0,
    ),
)


def run_program(rounds: int, tell: Callable[[str], None]) -> list[Figure]:
    """Time of processors and peak memory of the program's start."""
    return [it for start in _PROGRAM_START for it in _figures(start, rounds, tell)]


def run_command(rounds: int, tell: Callable[[str], None]) -> list[Figure]:
    """The same of the operator command's."""
    return [it for start in _COMMAND_START for it in _figures(start, rounds, tell)]


def _figures(start: _Start, rounds: int, tell: Callable[[str], None]) -> Sequence[Figure]:
    tell(start.title)
    sides = {
        side: partial(measure, [sys.executable, "-c", code])
        for side, code in (("value", start.code), ("floor", start.floor))
    }
    costs = interleaved(rounds, sides, tell=tell)
    value, floor = costs["value"], costs["floor"]
    return (
        figure(
            start.name,
            f"{start.title}: time",
            paired(value, floor, lambda it: it.processor),
            unit="s of processor",
            floor_from=start.floor_from,
            aim=start.aim,
        ),
        figure(
            f"{start.name}-memory",
            f"{start.title}: peak memory",
            paired(value, floor, lambda it: it.peak),
            unit="MiB",
            floor_from=start.floor_from,
            aim=start.aim,
        ),
    )
