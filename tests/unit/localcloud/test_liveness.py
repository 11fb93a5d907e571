"""Programs are waited for while they go on; a dead one, or one that stands still, is reported."""

import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import psutil
import pytest

from localcloud import lifecycle, liveness
from localcloud.fair_clock import FairClock
from localcloud.lifecycle import CloudError
from localcloud.liveness import STALL, Liveness, StalledError, communicate, last_lines
from localcloud.processes import Process, ProcessError
from localcloud.state import RunningCloud, StateFolder
from tests.waiting import wait_until

BUSY = "while True: pass"
IDLE = "import time; print('about to wait', flush=True); time.sleep(3600)"


class Clock(FairClock):
    """Hours pass between two looks, and each counts."""

    def __init__(self) -> None:
        super().__init__(busy=lambda: 1.0)
        self.since_restart = 0.0

    @property
    def seconds(self) -> float:
        self.since_restart += 3600.0
        return self.since_restart

    def restart(self) -> None:
        self.since_restart = 0.0


class Slower(Clock):
    """Some looks without progress are a stall: a busy machine leaves a process out of one."""

    @property
    def seconds(self) -> float:
        self.since_restart += STALL / 8
        return self.since_restart


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "program.log"


@pytest.fixture(autouse=True)
def every_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness, "_LOOK_EVERY", 0.0)


@pytest.fixture
def run(log: Path) -> Generator[Callable[[str], "subprocess.Popen[bytes]"]]:
    started: list[subprocess.Popen[bytes]] = []

    def start(script: str) -> "subprocess.Popen[bytes]":
        with log.open("wb") as output:
            started.append(subprocess.Popen([sys.executable, "-c", script], stdout=output))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


Run = Callable[[str], "subprocess.Popen[bytes]"]


def watch(process: "subprocess.Popen[bytes]", log: Path, said: list[str]) -> Liveness:
    return Liveness(process.pid, "etcd", log, said.append, usual="10 s", clock=Clock())


def test_who_uses_the_processor_is_waited_for_by_no_clock(
    run: Run, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liveness, "_TOLD_EVERY", 0.0)
    said: list[str] = []
    process = run(BUSY)
    alive = watch(process, log, said)
    child = psutil.Process(process.pid)
    for _ in range(3):
        before = child.cpu_times().user
        wait_until("processor time", lambda before=before: child.cpu_times().user > before + 0.02)
        alive.look()
    assert said[-1].startswith("waiting for etcd since ")
    assert ", usually 10 s: it goes on, with " in said[-1]


def test_who_writes_is_waited_for(run: Run, log: Path) -> None:
    alive = watch(run(IDLE), log, [])
    wait_until("it waits", lambda: b"wait" in log.read_bytes())
    for _ in range(3):
        with log.open("a") as output:
            output.write("one more line\n")
        alive.look()


def test_who_does_nothing_is_told_with_the_end_of_its_log(run: Run, log: Path) -> None:
    process = run(IDLE)
    wait_until("it waits", lambda: b"wait" in log.read_bytes())
    process.send_signal(signal.SIGSTOP)
    stopped = psutil.Process(process.pid)
    wait_until("it is stopped", lambda: stopped.status() == psutil.STATUS_STOPPED)
    alive = watch(process, log, [])
    alive.look()
    with pytest.raises(StalledError) as caught:
        alive.look()
    assert str(caught.value) == (
        f"etcd lives, but has used no processor time and written nothing for {STALL:.0f} s;"
        f" the end of its log, {log}:\nabout to wait"
    )


def test_a_dead_program_is_reported_at_once_with_the_end_of_its_log(run: Run, log: Path) -> None:
    died = run("for n in range(9): print('line', n)")
    with pytest.raises(ProcessError, match=r"^etcd ended: line 4\nline 5\nline 6\nline 7\nline 8$"):
        Process("etcd", died, log).wait_until(lambda: False)


def test_of_a_log_only_the_end_is_told(log: Path) -> None:
    assert last_lines(log) == "it printed nothing"
    log.write_text("x" * 10_000)
    assert len(last_lines(log)) == 500


def put_server(root: Path, source: str) -> None:
    """Makes what is run as the server; the real one would outlive the test."""
    package = root / "localcloud" / "server"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(source)


def test_a_server_that_ends_while_it_starts_is_reported_with_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = StateFolder(tmp_path / "cloud")
    state.logs.mkdir(parents=True)
    put_server(tmp_path, "raise SystemExit('port 1 is taken')")
    monkeypatch.setattr(lifecycle, "PROJECT_ROOT", tmp_path)
    with pytest.raises(CloudError, match=r"^the local cloud did not start: port 1 is taken$"):
        lifecycle._start_server(state, (0, 0, 0), None, None, print)


def test_a_server_that_answers_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = StateFolder(tmp_path / "cloud")
    state.logs.mkdir(parents=True)
    cloud = RunningCloud(pid=1, aws_port=1, dns_port=2, proxy_port=3, balancer_port=4)
    state.running.write_text(cloud.model_dump_json())
    put_server(tmp_path, "")
    monkeypatch.setattr(lifecycle, "PROJECT_ROOT", tmp_path)
    assert lifecycle._start_server(state, (0, 0, 0), None, None, print) == cloud


def command(script: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_command_that_goes_on_is_read_to_its_end_however_long_it_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(liveness, "FairClock", Slower)
    script = "import sys, time\nwhile time.process_time() < 1: pass\nprint('a'); sys.exit('b')"
    assert communicate(command(script), "it") == ("a\n", "b\n")


def test_a_command_that_does_nothing_any_more_is_killed_and_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(liveness, "FairClock", Clock)
    hanging = command(IDLE)
    with pytest.raises(StalledError, match=r"^it lives, but has used no processor time"):
        communicate(hanging, "it")
    assert hanging.returncode == -signal.SIGKILL
