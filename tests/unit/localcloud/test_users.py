"""What is ended with a local cloud: its programs, and nothing that merely names its files."""

import subprocess
import sys
from pathlib import Path

import pytest

from localcloud import lifecycle
from localcloud.lifecycle import is_user
from localcloud.state import StateFolder

STATE = StateFolder(Path("/work/.localcloud"))
PYTHON = str(Path(sys.executable).resolve())


@pytest.mark.parametrize(
    ("command", "program"),
    [
        (["/work/.localcloud/bin/pulumi", "up"], "/cache/pulumi"),
        (["/work/.localcloud/pulumi-home/plugins/x/pulumi-resource-x", "1"], "/opt/x"),
        (["etcd", "--data-dir=/work/.localcloud/clusters/eks-blue/etcd"], "/cache/etcd"),
        (["kubectl", "--kubeconfig", "/work/.localcloud/kubeconfig", "logs"], "/usr/bin/kubectl"),
        ([PYTHON, "-m", "localcloud.server", "--state", "/work/.localcloud/"], PYTHON),
    ],
)
def test_its_programs_are(command: list[str], program: str) -> None:
    assert is_user(command, program, STATE)


@pytest.mark.parametrize(
    ("command", "program"),
    [
        (["tail", "-f", "/work/.localcloud/logs/server.log"], "/usr/bin/tail"),
        (["vim", "/work/.localcloud/project/Pulumi.blue.yaml"], "/usr/bin/vim"),
        (["grep", "-r", "x", "/work/.localcloud/"], "/usr/bin/grep"),
        (["bash", "-c", "sleep 1; cat /work/.localcloud/logs/server.log"], "/usr/bin/bash"),
        (["etcd", "--data-dir=/elsewhere/etcd"], "/cache/etcd"),
        ([PYTHON, "-m", "pytest"], PYTHON),
        ([], ""),
    ],
)
def test_others_are_not(command: list[str], program: str) -> None:
    assert not is_user(command, program, STATE)


def test_a_look_at_a_log_outlives_the_local_cloud(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "cloud")
    state.logs.mkdir(parents=True)
    log = state.logs / "server.log"
    log.write_text("begun\n")
    with subprocess.Popen(["tail", "-f", str(log)], stdout=subprocess.PIPE) as tail:
        try:
            assert tail.stdout
            assert tail.stdout.readline() == b"begun\n"  # else it may look once all is gone
            lifecycle.stop(state)
            assert tail.poll() is None
        finally:
            tail.kill()
    assert not state.root.exists()
