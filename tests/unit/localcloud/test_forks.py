"""A process by way of the fork server is as one of its own would be."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from localcloud.forks import forks, server, start
from tests.waiting import has_ended, wait_until

SCRIPT = """
import json, os, sys
print(json.dumps({
    "arguments": sys.argv[1:], "folder": os.getcwd(), "said": os.environ["SAID"],
    "read": sys.stdin.read(), "name": __name__, "pid": os.getpid(),
    "modules": sorted({"localcloud", "chaos"} & set(sys.modules)),
    "loaded": "pulumi_aws" in sys.modules, "path": sys.path[0],
}))
sys.stdout.flush()
if len(sys.argv) > 2:
    os.write(int(sys.argv[2]), b"kept")
sys.exit(7)
"""

WAITING = """
import signal, sys, threading
signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))
print("ready", flush=True)
threading.Event().wait()
"""

ASKER = """
import ctypes, os, select, signal, sys, time
from functools import partial
from operator import call
sys.path.insert(0, {start!r})
import start

plain = select.select
kill = partial(ctypes.CDLL(None).kill, os.getpid(), signal.SIGTERM)

def signalled(reads, *others):
    select.select = plain
    while not os.stat(os.environ["SAID"]).st_size:
        time.sleep(0.05)
    return list(map(call, (kill, partial(plain, reads, *others))))[1]

select.select = signalled
os._exit(start.main())
"""


def wait_for_socket(folder: Path, process: psutil.Process) -> None:
    """Returns once a fork server serves."""
    while not (folder / "socket").exists():
        assert not psutil.wait_procs([process], timeout=0.1)[0], "it has ended"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """Folder of a local cloud of which only the fork server runs; its path is a long one."""
    folder = tmp_path_factory.mktemp("x" * 100)
    with subprocess.Popen([sys.executable, "-P", server.__file__, folder / "forks"]) as process:
        wait_for_socket(folder / "forks", psutil.Process(process.pid))
        yield folder
        process.terminate()


def command(
    cloud: Path,
    script: Path,
    *arguments: str,
    keep: int | None = None,
    out: int | None = None,
    python: str = "",
) -> "subprocess.Popen[str]":
    kept = [] if keep is None else ["--keep", str(keep)]
    return subprocess.Popen(
        [python or sys.executable, "-I", "-S", start.__file__, *kept, "-P", script, *arguments],
        cwd=cloud,
        env={"LOCALCLOUD_STATE": str(cloud), "SAID": "hello"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE if out is None else out,
        stderr=subprocess.PIPE,
        pass_fds=() if keep is None else (keep,),
        text=True,
    )


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return path


@pytest.fixture
def waiting(cloud: Path, tmp_path: Path) -> Generator[SimpleNamespace]:
    """A fork that waits, the process that asked for it, and its own process."""
    path = tmp_path / "waiting.py"
    path.write_text(WAITING)
    with command(cloud, path) as asker:
        assert asker.stdout
        assert asker.stdout.readline() == "ready\n"
        fork = next(f for f, of in forks(cloud / "forks").items() if of == asker.pid)
        yield SimpleNamespace(asker=asker, fork=psutil.Process(fork))
        asker.kill()


def wait_for_end(process: psutil.Process) -> None:
    """Returns once a process has ended, whether or not its parent has asked how."""
    wait_until(f"{process} has ended", lambda: has_ended(process))


def test_it_runs_with_what_it_was_given(cloud: Path, script: Path) -> None:
    reads, writes = os.pipe()
    process = command(cloud, script, "one", str(writes), keep=writes)
    os.close(writes)
    out, err = process.communicate("input")
    found = json.loads(out)
    assert (process.returncode, err) == (7, "")
    assert found["arguments"] == ["one", str(writes)]
    assert found["folder"] == str(cloud)
    assert (found["said"], found["read"], found["name"]) == ("hello", "input", "__main__")
    assert found["loaded"], "it is no fork of the server"
    assert found["modules"] == []
    assert str(script.parent) != found["path"]
    with os.fdopen(reads, "rb") as kept:
        assert kept.read() == b"kept"
    assert found["pid"] not in forks(cloud / "forks")


def test_without_a_server_it_is_a_plain_python(tmp_path: Path, script: Path) -> None:
    process = command(tmp_path, script, "one")
    out, _ = process.communicate("")
    assert process.returncode == 7
    assert not json.loads(out)["loaded"]
    assert json.loads(out)["pid"] == process.pid


def test_another_python_is_not_the_servers(cloud: Path, script: Path) -> None:
    process = command(cloud, script, "one", python=os.path.realpath(sys.executable))
    out, _ = process.communicate("")
    assert process.returncode == 7
    assert json.loads(out)["pid"] == process.pid


def test_signals_reach_the_fork(waiting: SimpleNamespace) -> None:
    waiting.asker.terminate()
    assert waiting.asker.wait() == 5


def test_a_signal_on_the_way_into_the_wait_reaches_the_fork(cloud: Path, tmp_path: Path) -> None:
    """Signalled out of C, so that no instruction of Python is between the signal and the wait."""
    script = tmp_path / "waiting.py"
    script.write_text(WAITING)
    asker = tmp_path / "asker.py"
    asker.write_text(ASKER.format(start=str(Path(start.__file__).parent)))
    said = tmp_path / "said"
    with (
        said.open("w") as out,
        subprocess.Popen(
            [sys.executable, asker, "-P", script],
            cwd=cloud,
            env={"LOCALCLOUD_STATE": str(cloud), "SAID": str(said)},
            stdout=out,
        ) as asked,
    ):
        try:
            wait_until("the fork was told", lambda: asked.poll() is not None)
        finally:
            asked.kill()
    assert (asked.returncode, said.read_text()) == (5, "ready\n")


@contextlib.contextmanager
def played_server(cloud: Path, *arguments: str) -> Generator[SimpleNamespace]:
    """A fork server that the test plays: the process that asks, and the connection it made."""
    (cloud / "forks").mkdir()
    script = cloud / "waiting.py"
    script.write_text(WAITING)
    with socket.socket(socket.AF_UNIX) as listening, contextlib.chdir(cloud / "forks"):
        listening.bind("socket")
        listening.listen()
        with command(cloud, script, *arguments) as asker:
            connection, _ = listening.accept()
            with connection:
                while connection.recv(1 << 20):
                    pass
                try:
                    yield SimpleNamespace(asker=asker, connection=connection)
                finally:
                    asker.kill()


def test_a_signal_reaches_a_fork_that_is_quicker_than_who_asked(tmp_path: Path) -> None:
    """The fork may say that it is ready before whoever asked for it knows of it."""
    signalled = [sys.executable, "-c", "import signal; print(signal.sigwait([signal.SIGTERM]))"]
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    try:
        fork = subprocess.Popen(signalled, stdout=subprocess.PIPE, text=True)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    with fork, played_server(tmp_path) as played:
        played.asker.terminate()
        played.connection.sendall(f"yes\n{fork.pid}\n".encode())
        try:
            wait_until("the fork was told", lambda: fork.poll() is not None)
        finally:
            fork.kill()
        assert fork.communicate()[0].strip() == "15"
        played.connection.sendall(b"5\n")
        wait_until("who asked has ended", lambda: played.asker.poll() is not None)
        assert played.asker.poll() == 5


def test_a_signal_is_not_lost_where_the_server_refuses(tmp_path: Path) -> None:
    with played_server(tmp_path) as played:
        played.asker.terminate()
        played.connection.sendall(b"no\n")
        wait_until("who asked has ended", lambda: played.asker.poll() is not None)
        assert played.asker.poll() == -signal.SIGTERM


def test_a_fork_ends_with_who_asked_for_it(waiting: SimpleNamespace) -> None:
    waiting.asker.kill()
    wait_for_end(waiting.fork)


@pytest.mark.parametrize("way", ["its standard output", "what it keeps"])
def test_who_asks_for_somebody_that_is_gone_ends(cloud: Path, tmp_path: Path, way: str) -> None:
    """Its parent is another one by then, so it cannot see it end."""
    path = tmp_path / "waiting.py"
    path.write_text(WAITING)
    reads, writes = os.pipe()
    os.close(reads)
    keep = writes if way == "what it keeps" else None
    with command(cloud, path, keep=keep, out=writes if keep is None else None) as asker:
        os.close(writes)
        try:
            wait_until("who asked has ended", lambda: asker.poll() is not None)
            assert asker.returncode == 1
        finally:
            asker.kill()
    left = [fork for fork, of in forks(cloud / "forks").items() if of == asker.pid]
    with contextlib.suppress(psutil.NoSuchProcess):
        for fork in left:
            wait_for_end(psutil.Process(fork))


def test_who_asked_ends_as_the_fork_ended(waiting: SimpleNamespace) -> None:
    waiting.fork.kill()
    assert waiting.asker.wait() == -signal.SIGKILL


def test_the_server_ends_with_its_parent(tmp_path: Path) -> None:
    starter = (
        "import subprocess, sys;"
        "print(subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL).pid, flush=True);"
        "sys.stdin.read()"
    )
    command = [sys.executable, "-c", starter, sys.executable, "-P", server.__file__, tmp_path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        process = psutil.Process(int(parent.stdout.readline()))
        wait_for_socket(tmp_path, process)
        parent.kill()
    wait_for_end(process)
