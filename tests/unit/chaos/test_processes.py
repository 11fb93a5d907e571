"""Who is found in a command's descendants, and killed."""

import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from development.chaos import processes
from development.chaos.plan import Victim

# The engine tells its id itself: then its command line is there to be read.
_PROGRAM = """
import subprocess
child = subprocess.Popen(["pulumi", "-c", "echo $$; read -r line", "up"], executable="/bin/sh",
                         stdin=subprocess.PIPE)
child.wait()
"""


@pytest.fixture
def command(tmp_path: Path) -> Generator[tuple[int, int]]:
    process = subprocess.Popen([sys.executable, "-c", _PROGRAM], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    engine = int(process.stdout.readline())
    yield process.pid, engine
    processes.kill([engine, process.pid])
    process.wait()


def victims(root: int, victim: Victim, forks: dict[int, int] | None = None) -> list[int]:
    return [child.pid for child in processes.victims(root, victim, forks or {})]


def test_an_engine_is_known_by_its_name(command: tuple[int, int]) -> None:
    root, engine = command
    assert victims(root, Victim.ENGINE) == [engine]
    assert victims(root, Victim.COMMAND) == [root]
    assert victims(root, Victim.PROVIDER) == []


def test_a_lost_machine_takes_everybody(command: tuple[int, int]) -> None:
    root, engine = command
    assert victims(root, Victim.MACHINE) == [root, engine]
    assert processes.kill([root, engine]) == [root, engine]


def test_who_is_gone_is_not_killed() -> None:
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    assert processes.kill([gone.pid]) == []


def test_the_operation_of_an_engine() -> None:
    words = ("pulumi", "--non-interactive", "config", "set-all", "--stack", "shared")
    assert processes.Child(1, words).operation == "config set-all"
    assert processes.Child(1, ("/x/bin/pulumi", "up", "--yes")).operation == "up"


def test_of_a_provider_and_its_fork_the_fork_is_killed(
    command: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, engine = command
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE) as fork:
        monkeypatch.setattr(processes, "PROVIDER", ("echo $$",))  # a word of the engine's
        forks = {fork.pid: engine}
        assert victims(root, Victim.PROVIDER, forks) == [fork.pid]
        assert victims(root, Victim.MACHINE, forks) == [root, engine, fork.pid]
        fork.kill()
