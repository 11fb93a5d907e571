"""The environment in which clients use a local cloud, and nothing else."""

from pathlib import Path

import pytest

from localcloud import lifecycle
from localcloud.state import RunningCloud, StateFolder

CLOUD = RunningCloud(pid=1, aws_port=1001, dns_port=1002, proxy_port=1003, balancer_port=1004)


def test_what_would_lead_elsewhere_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "somebody's")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "somebody's")
    environment = StateFolder(tmp_path).environment(CLOUD)
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "PULUMI_ACCESS_TOKEN"} & set(environment)
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1001"
    assert environment["HTTPS_PROXY"] == "http://127.0.0.1:1003"
    assert environment["PATH"].startswith(str(tmp_path / "bin"))
    assert environment["PULUMI_BACKEND_URL"].startswith("file://")


def test_a_dead_clouds_file_does_not_count(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    assert lifecycle.find(state) is None
    # Process 1 lives, but is no server of ours.
    state.running.write_text(CLOUD.model_dump_json())
    assert lifecycle.find(state) is None


def test_stopping_where_nothing_runs_removes_the_folder(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "state")
    state.root.mkdir()
    assert lifecycle.stop(state) is False
    assert not state.root.exists()
