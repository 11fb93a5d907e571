"""How runs share the cache of tools, and what waits for whom."""

import os
import re
import threading
from pathlib import Path

import pytest

from localcloud.tools import mirror
from localcloud.tools.cache import EndedError, Holder, built_path, locked
from localcloud.tools.catalogue import ETCD, KWOK
from localcloud.tools.modules import Prefetch
from localcloud.tools.obtain import ensure
from localcloud.tools.progress import Progress, ToolError

GO = """\
#!/bin/sh
[ "$1" = version ] && echo "go version go1.26.0 x" && exit
verb=$1
while [ $# -gt 0 ]; do
  [ "$1" = -o ] && out=$2
  last=$1
  shift
done
echo "$verb $last" >> "$GO_CALLS"
if [ "$verb" = list ]; then
  echo "$last" >> "$GO_LISTED"
  {list}
else
  {build}
  echo built > "$out"
fi
"""


@pytest.fixture(autouse=True)
def _nothing_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "calls").touch()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GO_CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("GO_LISTED", str(tmp_path / "listed"))
    monkeypatch.setenv(mirror.VARIABLE, mirror.OFF)


def put_go(tmp_path: Path, *, build: str, fetch: str) -> None:
    go = tmp_path / "bin" / "go"
    go.write_text(GO.replace("{build}", build).replace("{list}", fetch))
    go.chmod(0o755)


def nobody(holder: Holder) -> None:
    raise AssertionError(f"waited for {holder}")


def test_who_is_waited_for_is_said_with_the_time_and_its_result_is_used() -> None:
    steps: list[Progress] = []
    waits = threading.Event()

    def report(progress: Progress) -> None:
        steps.append(progress)
        if progress.step == "waiting":
            waits.set()

    run = threading.Thread(target=ensure, args=([ETCD], report))
    with locked(ETCD, "building", nobody, threading.Event()):
        run.start()
        waits.wait()
        built_path(ETCD).write_text("by the other run")
    run.join()
    assert [step.step for step in steps] == ["waiting", "cached"]
    said = rf"process {os.getpid()}, which is building it since \d\d:\d\d:\d\d"
    assert re.fullmatch(said, steps[0].detail)


def test_a_holder_that_has_not_said_who_it_is_is_waited_for_all_the_same() -> None:
    ended = threading.Event()
    asked: list[str] = []

    def give_up(holder: Holder) -> None:
        asked.append(str(holder))
        ended.set()

    with locked(ETCD, "building", nobody, threading.Event()):
        (built_path(ETCD).parent / ".lock").write_text("")
        with pytest.raises(EndedError), locked(ETCD, "building", give_up, ended):
            pass
    assert asked == ["another run, which has it locked"]


def test_a_lock_is_free_once_its_holder_failed() -> None:
    with pytest.raises(ZeroDivisionError), locked(ETCD, "building", nobody, threading.Event()):
        raise ZeroDivisionError
    with locked(ETCD, "building", nobody, threading.Event()):
        assert (built_path(ETCD).parent / ".lock").read_text() != ""
    assert (built_path(ETCD).parent / ".lock").read_text() == ""


def test_what_is_cached_waits_for_nobody() -> None:
    with locked(ETCD, "building", nobody, threading.Event()):
        built_path(ETCD).write_text("there")
        assert ensure([ETCD]) == {ETCD: built_path(ETCD)}


def test_modules_of_a_later_tool_are_fetched_while_one_is_built(tmp_path: Path) -> None:
    """The first build, whichever it is, ends only once the other's modules were asked for."""
    (tmp_path / "listed").touch()
    put_go(
        tmp_path,
        build="""
          alone() { while read line; do [ "$line" = "$last" ] || return 1; done < "$GO_LISTED"; }
          [ -e "$GO_LISTED.built" ] || while alone; do :; done
          echo "$last" >> "$GO_LISTED.built"
        """,
        fetch=":",
    )
    ensure([ETCD, KWOK])
    first, second = (tmp_path / "listed.built").read_text().splitlines()
    assert {first, second} == {ETCD.package, KWOK.package}
    assert second in (tmp_path / "listed").read_text().splitlines()


def test_a_failed_build_stops_what_fetches_modules(tmp_path: Path) -> None:
    """It would else go on for ever."""
    build = 'until read a < "$GO_LISTED"; do :; done 2>/dev/null; exit 1'
    put_go(tmp_path, build=build, fetch="while :; do :; done")
    with pytest.raises(ToolError, match=r"etcd v.* could not be built"):
        ensure([ETCD, KWOK])


def test_without_go_the_build_says_so_and_no_other() -> None:
    prefetch = Prefetch()
    prefetch.add(KWOK)
    prefetch.end()
    with pytest.raises(
        ToolError, match="must be built, as EKS_PLATFORM_TOOLS_MIRROR is off: Go is"
    ):
        ensure([ETCD, KWOK])
