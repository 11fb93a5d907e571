"""Who waits for a program that a local cloud still obtains, and what is told meanwhile."""

import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from rich.console import Console

from localcloud import late_program, later, lifecycle, programs, status
from localcloud.later import LaterTool
from localcloud.server.later import LaterTools
from localcloud.state import RunningCloud, StateFolder
from localcloud.tools.catalogue import AWS_IAM_AUTHENTICATOR, ETCD, KUBECTL
from localcloud.tools.progress import ToolError
from tests.unit.localcloud.conftest import Aws

WHY = "Go is not on PATH; install Go 1.26 or newer (https://go.dev/dl/)."


class Coming:
    """In the place of `LaterTools`: kubectl, which is there or failed after a few looks."""

    def __init__(self, end: LaterTool, looks: int = 3) -> None:
        self._end = end
        self._looks = looks
        self.wanted: list[str] = []

    def want(self, name: str) -> LaterTool | None:
        self.wanted.append(name)
        return self.report()[0] if name == "kubectl" else None

    def report(self) -> list[LaterTool]:
        self._looks -= 1
        coming = kubectl("at work", "downloading, 40 %")
        return [coming if self._looks > 0 else self._end]


def kubectl(state: str, doing: str = "", path: str = "") -> LaterTool:
    return LaterTool.model_validate(
        {
            "name": "kubectl",
            "version": KUBECTL.version,
            "state": state,
            "doing": doing,
            "path": path,
            "wanted": state != "there",
            "since": "2026-11-30T02:10:11+00:00",
        }
    )


def serve(aws: Aws, end: LaterTool) -> Coming:
    coming = Coming(end)
    aws.api.control.tools = cast("LaterTools", coming)
    return coming


def test_who_waits_is_told_for_what_since_when_and_how_far_it_is(aws: Aws) -> None:
    coming = serve(aws, kubectl("there", path="/cache/kubectl"))
    said: list[str] = []
    assert later.wait_for(aws.cloud, KUBECTL, said.append) == "/cache/kubectl"
    assert coming.wanted == ["kubectl"]
    (line,) = said
    assert line.startswith(f"waiting for kubectl {KUBECTL.version} since ")
    assert line.endswith(": downloading, 40 %")


def test_nobody_waits_for_what_the_local_cloud_started_with(aws: Aws) -> None:
    serve(aws, kubectl("there"))
    assert later.wait_for(aws.cloud, ETCD, lambda _: None) == ""
    aws.api.control.tools = None
    assert later.read(aws.cloud) == ()
    assert later.wait_for(aws.cloud, KUBECTL, lambda _: None) == ""


def test_who_waits_for_what_cannot_be_had_learns_why(aws: Aws) -> None:
    serve(aws, kubectl("failed", WHY))
    with pytest.raises(ToolError, match=r"^kubectl v\S+ cannot be had: Go is not on PATH; install"):
        later.wait_for(aws.cloud, KUBECTL, lambda _: None)


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    state = StateFolder(tmp_path / "cloud")
    state.bin.mkdir(parents=True)
    return state


def test_a_name_runs_what_waits_until_the_program_is_put_there(
    state: StateFolder, tmp_path: Path
) -> None:
    programs.put_waiting(state, KUBECTL)
    asked = subprocess.run(
        [state.bin / "kubectl", "get", "pods"], capture_output=True, text=True, check=False
    )
    assert (asked.returncode, asked.stdout) == (1, "")
    assert asked.stderr == (
        "kubectl: no local cloud runs; start one with `make demo` or `make up`\n"
    )
    program = tmp_path / "kubectl"
    program.write_text("#!/bin/sh\necho it is me: $*\n")
    program.chmod(0o755)
    programs.put(state, KUBECTL, program)
    programs.put(state, KUBECTL, program)
    programs.put(state, ETCD, program)
    said = subprocess.run(
        [state.bin / "kubectl", "get", "pods"], capture_output=True, text=True, check=True
    )
    assert said.stdout == "it is me: get pods\n"
    assert [it.name for it in state.bin.iterdir()] == ["kubectl"]


class Became(Exception):  # noqa: N818 - no error
    """In the place of becoming another program."""


def run_late(
    state: StateFolder, cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch, name: str = "kubectl"
) -> int:
    def become(path: str, words: list[str]) -> None:
        raise Became(path, *words)

    def find(_: StateFolder) -> RunningCloud:
        return cloud

    monkeypatch.setattr(lifecycle, "find", find)
    monkeypatch.setattr(os, "execv", become)
    return late_program.main(state, name, ["get", "pods"])


def test_what_waits_becomes_the_program_with_its_arguments(
    aws: Aws,
    state: StateFolder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    serve(aws, kubectl("there", path="/cache/kubectl"))
    with pytest.raises(Became) as became:
        run_late(state, aws.cloud, monkeypatch)
    assert became.value.args == ("/cache/kubectl", "kubectl", "get", "pods")
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"waiting for kubectl {KUBECTL.version} since ")


def test_what_waits_for_what_cannot_be_had_ends_with_the_remedy(
    aws: Aws,
    state: StateFolder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    serve(aws, kubectl("failed", WHY))
    assert run_late(state, aws.cloud, monkeypatch) == 1
    said = capsys.readouterr().err
    assert said.endswith(
        f"kubectl: kubectl {KUBECTL.version} cannot be had: {WHY} Then run the command again.\n"
    )


def test_what_waits_ends_with_the_local_cloud(
    aws: Aws,
    state: StateFolder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    gone = aws.cloud.model_copy(update={"aws_port": 1})
    assert run_late(state, gone, monkeypatch, AWS_IAM_AUTHENTICATOR.name) == 1
    assert "the local cloud that obtains it has ended" in capsys.readouterr().err


def printed(cloud: RunningCloud, show: Callable[[RunningCloud, Console], None]) -> str:
    console = Console(width=140)
    with console.capture() as capture:
        show(cloud, console)
    return capture.get()


def test_the_start_and_the_status_say_what_is_still_obtained(aws: Aws) -> None:
    serve(aws, kubectl("failed", WHY))
    assert f"kubectl {KUBECTL.version}" in printed(aws.cloud, status.print_coming)
    said = [printed(aws.cloud, status.print_later_tools) for _ in range(3)][-1]
    assert "failed" in said
    assert WHY in said
    serve(aws, kubectl("there"))
    said = [printed(aws.cloud, status.print_later_tools) for _ in range(3)][-1]
    assert said == ""


def test_a_local_cloud_that_does_not_answer_is_no_traceback_in_the_status(aws: Aws) -> None:
    gone = aws.cloud.model_copy(update={"aws_port": 1})
    said = printed(gone, status.print_later_tools)
    assert said.startswith("Which programs are still obtained was not seen: ")


def test_asking_ends_where_the_server_is_asked_by_several_at_once(aws: Aws) -> None:
    serve(aws, kubectl("there", path="/cache/kubectl"))
    paths: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: paths.append(later.wait_for(aws.cloud, KUBECTL, lambda _: None))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert paths == ["/cache/kubectl"] * 4
