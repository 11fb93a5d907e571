"""What a server left behind is killed, and nobody who has got the id of one of its programs."""

import subprocess
from collections.abc import Generator

import pytest

from localcloud import reaper


@pytest.fixture
def program() -> Generator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def test_what_was_begun_and_not_ended_is_killed(program: "subprocess.Popen[bytes]") -> None:
    (kill,) = reaper.watch([f"+{program.pid}"]).values()
    kill()
    assert program.wait() == -9


def test_what_has_ended_is_forgotten(program: "subprocess.Popen[bytes]") -> None:
    assert not reaper.watch([f"+{program.pid}", f"-{program.pid}"])


def test_one_that_ended_unnoticed_is_known_to_be_gone_whoever_has_its_id(
    program: "subprocess.Popen[bytes]",
) -> None:
    (kill,) = reaper.watch([f"+{program.pid}"]).values()
    program.kill()
    program.wait()
    with pytest.raises(ProcessLookupError):
        kill()
    assert not reaper.watch([f"+{program.pid}"])
