"""What the package asks for of other teams' environments."""

import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[3]


def asked() -> Requirement:
    project = tomllib.loads((ROOT / "contract" / "pyproject.toml").read_text())["project"]
    (pulumi,) = project["optional-dependencies"]["pulumi"]
    return Requirement(pulumi)


def test_the_documented_program_runs_with_the_oldest_pulumi_that_is_let_in() -> None:
    assert "pulumi.run(main)" in (ROOT / "docs" / "contract.md").read_text()
    # 3.254.0 is the first one whose package has `run`.
    assert "3.253.0" not in asked().specifier
    assert "3.254.0" in asked().specifier


def test_the_lock_knows_what_is_asked_for() -> None:
    packages: list[dict[str, Any]] = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    (ours,) = [it for it in packages if it["name"] == "eks-platform-contract"]
    (locked,) = [it for it in ours["metadata"]["requires-dist"] if it["name"] == "pulumi"]
    assert locked["specifier"] == str(asked().specifier)
