"""Tools that a local cloud obtains while it runs. Go is a stand-in, and nothing is downloaded."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from pathlib import Path

import psutil
import pytest

from localcloud.server.later import LaterTools
from localcloud.state import PROJECT_ROOT
from localcloud.tools import mirror
from localcloud.tools.cache import built_path
from localcloud.tools.catalogue import (
    AWS_IAM_AUTHENTICATOR,
    ETCD,
    EXTERNAL_DNS,
    KUBECTL,
    SHIPPED,
    Tool,
    control_plane,
)
from localcloud.tools.obtain import ensure
from localcloud.tools.progress import ToolError
from tests.waiting import has_ended, wait_for, wait_until

GREEN = control_plane(SHIPPED[1])
GROUPS = ((EXTERNAL_DNS,), GREEN, (KUBECTL,), (AWS_IAM_AUTHENTICATOR,))

GO = """\
#!/bin/sh
# Waits where there is a file of the program's name in `held`, fails where there is one in `broken`.
case "$1" in
version) echo "go version go1.26.0 x"; exit ;;
list) exit ;;
esac
while [ $# -gt 0 ]; do [ "$1" = -o ] && out="$2"; shift; done
name=$(basename "$out" .part)
echo "$name" >> "{0}/begun"
echo $$ > "{0}/pids/$name"
while [ -e "{0}/held/$name" ]; do sleep 0.1; done
[ -e "{0}/broken/$name" ] && echo "no space left on device" >&2 && exit 1
echo built > "$out"
"""


class Go:
    """A stand-in for the Go of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("bin", "held", "broken", "pids"):
            (folder / name).mkdir(parents=True)
        go = folder / "bin" / "go"
        go.write_text(GO.format(folder))
        go.chmod(0o755)

    def hold(self, tool: Tool) -> None:
        (self.folder / "held" / tool.name).touch()

    def release(self, tool: Tool) -> None:
        (self.folder / "held" / tool.name).unlink()

    def break_(self, tool: Tool) -> None:
        (self.folder / "broken" / tool.name).touch()

    def mend(self, tool: Tool) -> None:
        (self.folder / "broken" / tool.name).unlink()

    def begun(self) -> list[str]:
        """Programs whose builds were begun, in order."""
        file = self.folder / "begun"
        return file.read_text().split() if file.exists() else []

    def process(self, tool: Tool) -> psutil.Process:
        """The build of a tool, once it is begun."""
        file = self.folder / "pids" / tool.name
        return psutil.Process(
            int(
                wait_for(
                    f"{tool.name} is built", lambda: file.exists() and file.read_text().strip()
                )
            )
        )


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Go:
    """With an empty cache, and nothing to download."""
    go = Go(tmp_path / "go")
    monkeypatch.setenv("PATH", f"{go.folder / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv(mirror.VARIABLE, mirror.OFF)
    return go


Make = Callable[..., LaterTools]


@pytest.fixture
def make() -> Generator[Make]:
    """Makes and starts one; each is ended with the test."""
    made: list[LaterTools] = []

    def begin(
        arrived: Callable[[Tool, Path], None] = lambda _tool, _path: None,
    ) -> LaterTools:
        tools = LaterTools({}, GROUPS, arrived)
        made.append(tools)
        tools.start()
        return tools

    yield begin
    for tools in made:
        tools.stop()


def states(tools: LaterTools) -> dict[str, str]:
    return {it.name: it.state for it in tools.report()}


def test_they_come_one_group_after_the_other(go: Go, make: Make) -> None:
    came: list[Tool] = []
    tools = make(lambda tool, _path: came.append(tool))
    assert tools.path(AWS_IAM_AUTHENTICATOR) == built_path(AWS_IAM_AUTHENTICATOR)
    for group in GROUPS:
        for tool in group:
            assert tools.path(tool) == built_path(tool)
            assert tools.now(tool) == built_path(tool)
            assert tools.said(tool) == ""
    assert set(states(tools).values()) == {"there"}
    assert sorted(tool.name for tool in came) == sorted(set(go.begun()))


def test_what_cannot_be_downloaded_is_built_in_its_order(go: Go) -> None:
    tools = [tool for group in GROUPS for tool in group]
    ensure(tools)
    assert go.begun() == [tool.name for tool in tools]


def test_what_is_there_is_not_obtained_and_is_told(go: Go, make: Make) -> None:
    for group in GROUPS:
        ensure(group)
    built = go.begun()
    came: list[Tool] = []
    tools = make(lambda tool, _path: came.append(tool))
    assert tools.now(KUBECTL) == built_path(KUBECTL)
    assert tools.report() == []
    assert came == [tool for group in GROUPS for tool in group]
    assert go.begun() == built


def test_what_is_waited_for_comes_before_what_is_not(go: Go, make: Make) -> None:
    """It says so, and what gave way comes afterwards."""
    go.hold(EXTERNAL_DNS)
    tools = make()
    held = go.process(EXTERNAL_DNS)
    assert tools.path(KUBECTL) == built_path(KUBECTL)
    assert has_ended(held)
    assert states(tools)["kubectl"] == "there"
    go.release(EXTERNAL_DNS)
    assert tools.path(EXTERNAL_DNS) == built_path(EXTERNAL_DNS)
    assert go.begun()[:2] == ["external-dns", "kubectl"]


def test_what_is_waited_for_first_is_finished_first(go: Go, make: Make) -> None:
    go.hold(GREEN[1])
    tools = make()
    assert tools.now(GREEN[0]) is None
    manager = go.process(GREEN[1])
    said = tools.want("kubectl")
    assert said is not None
    assert (said.state, said.doing) == ("waiting", "its turn comes after kube-apiserver")
    assert said.wanted
    assert not has_ended(manager)
    doing = f": kube-controller-manager is built, as {mirror.VARIABLE} is {mirror.OFF}"

    def api() -> str:
        return next(str(it) for it in tools.report() if it.name == GREEN[0].name)

    # A build is begun before its line is read.
    wait_until("what is built is told", lambda: api().endswith(doing))
    assert api().startswith(f"waiting for kube-apiserver {GREEN[0].version} since ")
    go.release(GREEN[1])
    assert tools.path(KUBECTL) == built_path(KUBECTL)
    begun = go.begun()
    assert begun.index("kubectl") == begun.index(GREEN[2].name) + 1


def test_one_that_cannot_be_had_says_why_where_it_is_needed_and_is_tried_again(
    go: Go, make: Make
) -> None:
    go.break_(KUBECTL)
    tools = make()
    with pytest.raises(ToolError, match=r"kubectl v.* cannot be had: .*no space left on device"):
        tools.path(KUBECTL)
    assert tools.path(AWS_IAM_AUTHENTICATOR) == built_path(AWS_IAM_AUTHENTICATOR)
    assert states(tools)["kubectl"] == "failed"
    assert tools.now(KUBECTL) is None
    assert states(tools)["kubectl"] == "failed"
    go.mend(KUBECTL)
    assert tools.path(KUBECTL) == built_path(KUBECTL)


def test_one_that_could_not_be_had_is_taken_once_somebody_has_obtained_it(
    go: Go, make: Make
) -> None:
    go.break_(EXTERNAL_DNS)
    tools = make()
    wait_until("it failed", lambda: states(tools)["external-dns"] == "failed")
    go.mend(EXTERNAL_DNS)
    ensure([EXTERNAL_DNS])
    assert tools.now(EXTERNAL_DNS) == built_path(EXTERNAL_DNS)


def test_two_local_clouds_do_not_fight_over_the_cache(go: Go, make: Make) -> None:
    go.hold(EXTERNAL_DNS)
    first, second = make(), make()
    wait_until(
        "the second waits for the first",
        lambda: any("waits for process" in it.doing for it in (*first.report(), *second.report())),
    )
    go.release(EXTERNAL_DNS)
    assert first.path(EXTERNAL_DNS) == second.path(EXTERNAL_DNS)
    assert go.begun().count("external-dns") == 1


def test_an_end_in_the_middle_leaves_no_process_and_loses_nothing(
    go: Go, make: Make, tmp_path: Path
) -> None:
    go.hold(GREEN[1])
    tools = make()
    failed: list[str] = []

    def wait() -> None:
        try:
            tools.path(GREEN[0])
        except ToolError as error:
            failed.append(str(error))

    waits = threading.Thread(target=wait)
    waits.start()
    build = go.process(GREEN[1])
    tools.stop()
    waits.join()
    assert failed == ["the local cloud ends"]
    assert has_ended(build)
    kept = {it.name for it in (tmp_path / "cache").glob("eks-platform/tools/*/*")}
    assert GREEN[1].name not in kept
    assert GREEN[0].name in kept
    go.release(GREEN[1])
    assert make().path(GREEN[1]) == built_path(GREEN[1])
    assert go.begun().count(GREEN[0].name) == 1


SERVER = """\
from localcloud.server.later import LaterTools
from localcloud.tools.catalogue import EXTERNAL_DNS
tools = LaterTools({}, ((EXTERNAL_DNS,),))
tools.start()
tools.path(EXTERNAL_DNS)
"""


def test_nothing_outlives_a_server_that_is_killed(go: Go) -> None:
    go.hold(EXTERNAL_DNS)
    server = subprocess.Popen([sys.executable, "-c", SERVER], cwd=PROJECT_ROOT)
    build = go.process(EXTERNAL_DNS)
    parents = [it for it in build.parents() if it.pid not in (os.getpid(), server.pid)]
    family = parents[: [it.ppid() for it in parents].index(server.pid) + 1]
    server.send_signal(signal.SIGKILL)
    server.wait()
    wait_until("all is ended", lambda: all(map(has_ended, [build, *family])))


def test_a_tool_that_is_nobodys_to_obtain_is_not_waited_for(go: Go, make: Make) -> None:
    assert go.begun() == []
    tools = make()
    assert not tools.has(ETCD)
    assert tools.now(ETCD) is None
    with pytest.raises(LookupError):
        tools.path(ETCD)
    tools.add({ETCD: Path("/etcd")})
    assert tools.path(ETCD) == Path("/etcd")
