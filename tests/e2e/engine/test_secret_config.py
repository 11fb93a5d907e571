"""The operator command writes stack files, and leaves their secrets as they are."""

from pathlib import Path

import pytest

from bluegreen.world.stacks import Stacks
from tests.e2e.project import create

SECRET = "hunter2-is-planted-here"


def test_a_secret_beside_what_is_written_stays_encrypted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = create(tmp_path, "")
    project.pulumi("stack", "init", "shared")
    project.pulumi("config", "set", "--secret", "--path", "eks-platform:tags.Team", SECRET)
    project.pulumi("config", "set", "--path", "eks-platform:tags.Shop", "shoes")
    for key, value in project.environment.items():
        monkeypatch.setenv(key, value)
    stacks = Stacks(project.folder)
    stacks.set_config("shared", {"colours": ["blue"], "activeColour": "blue"})
    stacks.set_config("shared", {"activeColour": None})
    file = (project.folder / "Pulumi.shared.yaml").read_text()
    assert "secure: v1:" in file
    assert SECRET not in file
    config = stacks.config("shared")
    assert {key: value.secret for key, value in config.items()} == {
        "eks-platform:tags": True,
        "eks-platform:colours": False,
    }
    assert SECRET in config["eks-platform:tags"].value
    assert SECRET not in repr(config)
