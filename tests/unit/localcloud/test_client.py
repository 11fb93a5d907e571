"""Commands that use a local cloud, and what its processes are called."""

import subprocess
from pathlib import Path

import pytest

from localcloud import cli, client, lifecycle, reaper, status
from localcloud.forks import server as fork_server
from localcloud.lifecycle import CloudError
from localcloud.state import RunningCloud, StateFolder

CLOUD = RunningCloud(pid=1, aws_port=1, dns_port=2, proxy_port=3, balancer_port=4)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StateFolder:
    state = StateFolder(tmp_path / "a cloud")
    state.project.mkdir(parents=True)
    state.bin.mkdir()
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "secret")
    return state


def test_the_variables_make_a_shell_a_client_and_nothing_leads_elsewhere(
    state: StateFolder,
) -> None:
    lines = client.variables(state, CLOUD)
    words = f"{lines}\nenv -0"
    told = subprocess.run(["/bin/sh", "-c", words], capture_output=True, text=True, check=True)
    found = dict(line.split("=", 1) for line in told.stdout.split("\0") if line)
    assert found["AWS_ENDPOINT_URL"] == CLOUD.aws_url
    assert found["KUBECONFIG"] == str(state.kubeconfig)
    assert found["PATH"].startswith(f"{state.bin}:")
    assert "AWS_PROFILE" not in found
    assert "PULUMI_ACCESS_TOKEN" not in found
    assert "secret" not in lines


def test_a_command_runs_in_the_project_as_a_client_and_its_code_is_passed_on(
    state: StateFolder, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lifecycle, "find", lambda _: CLOUD)
    script = 'pwd; echo "$AWS_ENDPOINT_URL ${AWS_PROFILE-none} $1"; exit 7'
    call = ["--state", str(state.root), "exec", "--", "sh", "-c", script, "sh", "--stack"]
    assert cli.main(call) == 7
    assert capfd.readouterr().out.splitlines() == [
        str(state.project),
        f"{CLOUD.aws_url} none --stack",
    ]
    assert client.run(state, CLOUD, ["sh", "-c", "kill -9 $$"]) == 137


@pytest.mark.parametrize(("words", "says"), [([], "which command"), (["no-such"], "no command")])
def test_what_cannot_be_run_is_said(state: StateFolder, words: list[str], says: str) -> None:
    with pytest.raises(CloudError, match=says):
        client.run(state, CLOUD, words)


def test_a_shells_prompt_says_where_one_is(
    state: StateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[list[str], dict[str, str]]] = []

    def call(words: list[str], *, cwd: Path, env: dict[str, str]) -> int:
        assert cwd == state.project
        started.append((words, env))
        return 0

    monkeypatch.setattr(subprocess, "call", call)
    for shell in ("/bin/bash", "/bin/zsh", "/bin/dash"):
        monkeypatch.setenv("SHELL", shell)
        client.open_shell(state, CLOUD)
    assert [words[1:] for words, _ in started] == [["--norc"], ["-f"], []]
    assert all(env["PS1"].startswith("(local cloud) ") for _, env in started)


@pytest.mark.parametrize(
    ("name", "command", "says"),
    [
        ("python3", ["python3", "-P", reaper.__file__], "reaper: ends the others"),
        ("python3", ["python3", "-P", fork_server.__file__, "x"], "forks: starts plugins"),
        ("etcd", ["etcd", "--data-dir={}/eks-blue/etcd"], "etcd of eks-blue"),
        ("kwok", ["kwok", "--kubeconfig={}/eks-green/kwok.kubeconfig"], "kwok of eks-green"),
        ("other", ["other"], "other"),
    ],
)
def test_each_process_is_called_by_what_it_does(
    state: StateFolder, name: str, command: list[str], says: str
) -> None:
    words = [word.format(state.clusters) for word in command]
    assert status.describe(name, words, state).startswith(says)


def test_pydantics_own_words_do_not_leak(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["up", "--route53-rate", "-1"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("up: ")
    assert "Value error" not in said
