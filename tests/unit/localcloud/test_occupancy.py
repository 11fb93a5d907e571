"""A local cloud's folder is taken from no server that lives, wherever one looks from."""

import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from localcloud import lifecycle
from localcloud.lifecycle import CloudError
from localcloud.occupancy import is_occupied, occupy
from localcloud.state import PROJECT_ROOT, RunningCloud, StateFolder

SERVER = """
import sys
from pathlib import Path
from localcloud.occupancy import occupy
from localcloud.state import StateFolder
occupy(StateFolder(Path(sys.argv[1])))
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    """As of a server of another container: nobody here has the process id that it wrote."""
    state = StateFolder(tmp_path)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    cloud = RunningCloud(pid=gone.pid, aws_port=1, dns_port=2, proxy_port=3, balancer_port=4)
    state.running.write_text(cloud.model_dump_json())
    return state


@pytest.fixture
def server(state: StateFolder) -> Generator["subprocess.Popen[bytes]"]:
    words = [sys.executable, "-c", SERVER, str(state.root)]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, cwd=PROJECT_ROOT, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process
        process.kill()


@pytest.mark.usefixtures("server")
def test_neither_a_start_nor_a_stop_takes_it_from_one_that_cannot_be_seen(
    state: StateFolder,
) -> None:
    assert lifecycle.find(state) is None
    for take in (lambda: lifecycle.start(state, (0, 0, 0)), lambda: lifecycle.stop(state)):
        with pytest.raises(CloudError, match="end it where it was started"):
            take()
        assert state.running.exists()
    with pytest.raises(BlockingIOError):
        occupy(state)


def test_a_killed_one_has_it_no_more(state: StateFolder, server: "subprocess.Popen[bytes]") -> None:
    assert is_occupied(state)
    server.kill()
    server.wait()
    assert not is_occupied(state)
    assert not lifecycle.stop(state)
    assert not state.root.exists()
