"""What proves that the engine which holds a lock has died, or lives; and what proves neither."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bluegreen.world import processes, witnesses
from bluegreen.world.processes import Fate, ProcessIdentity
from bluegreen.world.witnesses import Witness, WitnessFile

BACKEND = "file:///state"
STACK = "blue"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "eks-platform/engines"


@pytest.fixture
def engine() -> Generator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def kill(engine: "subprocess.Popen[bytes]") -> None:
    engine.kill()
    engine.wait()


def start(engine: "subprocess.Popen[bytes]") -> Witness:
    """Writes its witness, and reads it back."""
    before = set(witnesses.state_folder().glob("*"))
    WitnessFile(engine.pid, BACKEND, STACK, time.time())
    (path,) = set(witnesses.state_folder().glob("*")) - before
    return Witness.model_validate_json(path.read_text())


def rewrite(witness: Witness, **changed: object) -> None:
    """Puts another one in place of all witnesses."""
    for path in witnesses.state_folder().glob("*.json"):
        path.write_text(witness.model_copy(update=changed).model_dump_json(by_alias=True))


def fate_of(witness: Witness, later: float = 1.0, /, **changed: str) -> Fate:
    """What is known of a lock that names the engine."""
    lock = {"user": witness.user, "host": witness.host, "backend": BACKEND, "stack": STACK}
    lock |= changed
    taken = datetime.fromtimestamp(witness.since + later, UTC).isoformat()
    return witnesses.fate_of_holder(
        lock["user"],
        lock["host"],
        witness.process.pid,
        taken,
        backend=lock["backend"],
        stack=lock["stack"],
    )


def test_an_engine_that_lives_is_known_to(engine: "subprocess.Popen[bytes]") -> None:
    assert fate_of(start(engine)) == "lives"


def test_a_killed_one_is_known_to_be_gone(engine: "subprocess.Popen[bytes]") -> None:
    witness = start(engine)
    kill(engine)
    assert fate_of(witness) == "gone"


def test_so_is_one_that_nobody_waited_for(engine: "subprocess.Popen[bytes]") -> None:
    witness = start(engine)
    engine.kill()
    os.waitid(os.P_PID, engine.pid, os.WEXITED | os.WNOWAIT)
    assert fate_of(witness) == "gone"


def test_a_stopped_one_lives(engine: "subprocess.Popen[bytes]") -> None:
    witness = start(engine)
    engine.send_signal(signal.SIGSTOP)
    assert fate_of(witness) == "lives"


def test_without_a_witness_nothing_is_known(engine: "subprocess.Popen[bytes]") -> None:
    witness = start(engine)
    kill(engine)
    for path in witnesses.state_folder().iterdir():
        path.unlink()
    assert fate_of(witness) == "unknown"


@pytest.mark.parametrize("part", ["boot", "pids", "times"])
@pytest.mark.parametrize("killed", [False, True])
def test_of_another_boot_or_namespace_nothing_is_known(
    engine: "subprocess.Popen[bytes]", part: str, killed: bool
) -> None:
    witness = start(engine)
    surroundings = witness.process.surroundings.model_copy(update={part: "another"})
    rewrite(witness, process=witness.process.model_copy(update={"surroundings": surroundings}))
    if killed:
        kill(engine)
    assert fate_of(witness) == "unknown"


def test_the_process_that_has_its_id_now_is_another_one(engine: "subprocess.Popen[bytes]") -> None:
    witness = start(engine)
    earlier = witness.process.model_copy(update={"started": witness.process.started - 1})
    rewrite(witness, process=earlier)
    assert fate_of(witness) == "gone"


@pytest.mark.parametrize(
    ("key", "other"),
    [
        ("user", "somebody-else"),
        ("host", "elsewhere"),
        ("stack", "green"),
        ("backend", "file:///other"),
    ],
)
def test_of_another_holders_lock_nothing_is_known(
    engine: "subprocess.Popen[bytes]", key: str, other: str
) -> None:
    witness = start(engine)
    kill(engine)
    assert fate_of(witness, 1.0, **{key: other}) == "unknown"


@pytest.mark.parametrize("later", [-5.0, 3600.0])
def test_nor_of_one_that_was_taken_before_the_engine_began_or_long_after(
    engine: "subprocess.Popen[bytes]", later: float
) -> None:
    """Somebody else had that id then, perhaps where nobody here can see."""
    witness = start(engine)
    kill(engine)
    assert fate_of(witness, later) == "unknown"


@pytest.mark.parametrize("since", ["", "now", "2026-01-01T00:00:00"])
def test_a_lock_without_a_time_proves_nothing(
    engine: "subprocess.Popen[bytes]", since: str
) -> None:
    it = start(engine)
    kill(engine)
    said = witnesses.fate_of_holder(
        it.user, it.host, engine.pid, since, backend=BACKEND, stack=STACK
    )
    assert said == "unknown"


def test_nor_does_one_that_was_taken_after_the_engine_was_killed(
    engine: "subprocess.Popen[bytes]",
) -> None:
    file = WitnessFile(engine.pid, BACKEND, STACK, time.time())
    kill(engine)
    file.keep()
    (path,) = witnesses.state_folder().glob("*.json")
    witness = Witness.model_validate_json(path.read_text())
    assert (fate_of(witness, 0), fate_of(witness, 20)) == ("gone", "unknown")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"user": "ann"}', "\0" * 9])
def test_a_damaged_witness_proves_nothing(engine: "subprocess.Popen[bytes]", text: str) -> None:
    witness = start(engine)
    kill(engine)
    (path,) = witnesses.state_folder().iterdir()
    path.write_text(text)
    assert fate_of(witness) == "unknown"


@pytest.mark.parametrize(
    ("second", "fate"),
    [({}, "gone"), ({"boot": "another"}, "unknown"), ({"pids": "another"}, "unknown")],
    ids=str,
)
def test_of_two_that_may_have_taken_it_both_must_be_gone(
    engine: "subprocess.Popen[bytes]", folder: Path, second: dict[str, str], fate: Fate
) -> None:
    witness = start(engine)
    kill(engine)
    surroundings = witness.process.surroundings.model_copy(update=second)
    other = witness.model_copy(
        update={"process": witness.process.model_copy(update={"surroundings": surroundings})}
    )
    (folder / "other.json").write_text(other.model_dump_json(by_alias=True))
    assert fate_of(witness) == fate


def test_only_its_owner_reads_it_and_it_holds_no_secret(
    engine: "subprocess.Popen[bytes]", folder: Path
) -> None:
    WitnessFile(engine.pid, "s3://key:secret@state/team?token=secret", STACK, time.time())
    (path,) = folder.iterdir()
    assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    assert "secret" not in path.read_text()
    assert Witness.model_validate_json(path.read_text()).backend == "s3://state/team"


@pytest.mark.skipif(os.getuid() != 0, reason="gives a file away")
def test_somebody_elses_word_does_not_count(engine: "subprocess.Popen[bytes]") -> None:
    witness = start(engine)
    kill(engine)
    (path,) = witnesses.state_folder().iterdir()
    os.chown(path, 12345, -1)
    assert fate_of(witness) == "unknown"


def test_it_goes_when_its_engine_has_ended(engine: "subprocess.Popen[bytes]", folder: Path) -> None:
    WitnessFile(engine.pid, BACKEND, STACK, time.time()).remove()
    assert not list(folder.iterdir())


def test_long_after_it_goes_unless_the_engine_lives(engine: "subprocess.Popen[bytes]") -> None:
    witness = start(engine)
    rewrite(witness, since=witness.since - 40 * 86400)
    witnesses.prune()
    assert len(list(witnesses.state_folder().iterdir())) == 1
    kill(engine)
    witnesses.prune()
    assert not list(witnesses.state_folder().iterdir())


def test_where_it_cannot_be_written_the_engine_runs_without(
    engine: "subprocess.Popen[bytes]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    file = WitnessFile(engine.pid, BACKEND, STACK, time.time())
    file.keep()
    file.remove()
    witnesses.prune()
    assert (tmp_path / "file").read_bytes() == b""
    assert engine.poll() is None


def test_where_the_system_does_not_tell_processes_apart_there_is_no_witness(
    engine: "subprocess.Popen[bytes]",
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = processes.identify(engine.pid)
    assert known is not None
    monkeypatch.setattr(processes, "_PROC", tmp_path / "none")
    WitnessFile(engine.pid, BACKEND, STACK, time.time())
    assert not folder.exists()
    assert processes.fate(known) == "unknown"


def test_ids_of_another_namespaces_proc_are_not_taken_for_ones_own(
    engine: "subprocess.Popen[bytes]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = processes.identify(engine.pid)
    assert known is not None
    _fake_proc(tmp_path, known, f"NSpid:\t4711\t{os.getpid()}\n")
    monkeypatch.setattr(processes, "_PROC", tmp_path)
    assert processes.fate(known) == "unknown"


@pytest.mark.parametrize(
    ("fields", "fate"),
    [("Z 1", "gone"), ("X 1", "gone"), ("S 1", "lives"), ("Z 4", "lives"), ("S 4", "lives")],
)
def test_a_process_whose_first_thread_alone_has_ended_lives(
    engine: "subprocess.Popen[bytes]",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fields: str,
    fate: Fate,
) -> None:
    known = processes.identify(engine.pid)
    assert known is not None
    _fake_proc(tmp_path, known, f"NSpid:\t{os.getpid()}\n")
    state, threads = fields.split()
    stat = [state, *["0"] * 16, threads, "0", str(known.started), "0"]
    place = tmp_path / str(engine.pid)
    place.mkdir()
    (place / "stat").write_text(f"{engine.pid} (a) b) {' '.join(stat)}")
    monkeypatch.setattr(processes, "_PROC", tmp_path)
    assert processes.fate(known) == fate


def test_what_proc_hides_is_not_gone(
    engine: "subprocess.Popen[bytes]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = processes.identify(engine.pid)
    assert known is not None
    _fake_proc(tmp_path, known, f"NSpid:\t{os.getpid()}\n")
    monkeypatch.setattr(processes, "_PROC", tmp_path)
    assert processes.fate(known) == "unknown"


def _fake_proc(folder: Path, like: ProcessIdentity, status: str) -> None:
    """What this process reads of itself."""
    files: dict[str, Callable[[Path], object]] = {
        "self/status": lambda it: it.write_text(status),
        "sys/kernel/random/boot_id": lambda it: it.write_text(like.surroundings.boot),
        "self/ns/pid": lambda it: it.symlink_to(like.surroundings.pids),
        "self/ns/time": lambda it: it.symlink_to(like.surroundings.times),
    }
    for name, make in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        make(folder / name)
