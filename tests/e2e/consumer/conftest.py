"""A platform of its own, and another team's project on it."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi import automation

from localcloud.state import PROJECT_ROOT, REGION
from tests.e2e.platform.conftest import Outcome, Platform, recorder
from tests.e2e.platform.conftest import platform as platform  # noqa: PLC0414 - the fixture

PROGRAM = PROJECT_ROOT / "examples" / "consumer"


@dataclass
class Consumer:
    """The consumer's stack."""

    stack: automation.Stack

    def up(self) -> Mapping[str, str]:
        """One plain ``pulumi up``: what it did, by the last part of the URN."""
        outcome = Outcome()
        self.stack.up(on_event=recorder(outcome), color="never")
        return outcome.named()

    def outputs(self) -> dict[str, Any]:
        return {key: output.value for key, output in self.stack.outputs().items()}


@pytest.fixture(scope="session")
def consumer(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Consumer:
    """The program as it is shipped, with a stack file outside the checkout."""
    folder = tmp_path_factory.mktemp("consumer") / "project"
    folder.mkdir()
    project = yaml.safe_load((PROGRAM / "Pulumi.yaml").read_text())
    project["main"] = str(PROGRAM)
    project["runtime"]["options"]["virtualenv"] = str(PROJECT_ROOT / ".venv")
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    stack = automation.create_or_select_stack(
        "prod",
        work_dir=str(folder),
        opts=automation.LocalWorkspaceOptions(
            env_vars=platform.state.environment(platform.cloud),
            pulumi_command=automation.PulumiCommand(root=str(platform.state.root)),
        ),
    )
    stack.set_config("aws:region", automation.ConfigValue(REGION))
    return Consumer(stack)


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_written_beside_the_program() -> None:
    for leftover in PROGRAM.rglob("__pycache__"):
        shutil.rmtree(leftover)
    assert not list(Path(PROGRAM).glob("Pulumi.*.yaml"))
