"""The commands of the README and the pages, run as they are written."""

import re
import subprocess
import time
from itertools import takewhile

import pytest

from localcloud import names
from localcloud.backend import outputs
from localcloud.state import ACCOUNT_ID, PROJECT_ROOT
from tests.e2e.platform.conftest import COLOURS, STACKS, Platform
from tests.unit.documentation.commands import documented, in_section, table

HERE = "tests/e2e/platform/test_6_documentation.py"
SWITCH, ROLL_BACK = "docs/runbooks/switch.md", "docs/runbooks/roll-back.md"
DEADLINE = 120.0
"""Seconds for live names to follow; a pass of ExternalDNS comes once a minute."""

VERBS = {
    *(
        "cancel",
        "config",
        "delete",
        "destroy",
        "export",
        "history",
        "import",
        "init",
        "login",
        "output",
    ),
    *("preview", "refresh", "rm", "set", "stack", "state", "unprotect", "up"),
}
"""Words that say what the pulumi command does."""

AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"


def run(platform: Platform, command: str, *, stdin: str = "") -> str:
    """What a command prints when a reader types it in `make shell`."""
    environment = platform.state.environment(platform.cloud)
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=PROJECT_ROOT if command.startswith("make") else platform.state.project,
        # Nobody is there to say yes.
        env=environment | {"PULUMI_SKIP_CONFIRMATIONS": "true", "SHELL": "/bin/sh"},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def follow(platform: Platform, file: str, section: str) -> None:
    """Runs a section of a page, from its first command to its last."""
    for command in in_section(file, section):
        run(platform, command)


def active(platform: Platform) -> str | None:
    return platform.outputs("shared").get("activeColour")


def wait_until_live_names_are_of(platform: Platform, colour: str) -> None:
    dns, end = platform.cloud.dns_port, time.monotonic() + DEADLINE
    own = names.ask(f"web.eks-{colour}.devinfra.fr", "A", dns)
    assert own
    while names.ask("web.devinfra.fr", "A", dns) != own:
        assert time.monotonic() < end, f"live names do not follow to {colour}"
        time.sleep(0.5)


@pytest.mark.parametrize("command", table()[f"{HERE}::test_a_command_leaves_all_as_it_is"])
def test_a_command_leaves_all_as_it_is(platform: Platform, command: str) -> None:
    # From the backend's files: two starts of the engine a stack are most of the time else.
    before = {stack: outputs(platform.state, stack) for stack in STACKS}
    assert all(before.values())
    run(platform, command)
    assert {stack: outputs(platform.state, stack) for stack in STACKS} == before


def test_pulumi_knows_every_option(platform: Platform) -> None:
    """Of all commands, also of those that cannot be run here."""
    pulumi = [it.text for it in documented() if it.text.startswith("pulumi ")]
    for command in dict.fromkeys(pulumi):
        words = command.split()
        options = [word for word in words if word.startswith("--")]
        verbs = takewhile(lambda word: word in VERBS, words[1:])
        known = run(platform, f"pulumi {' '.join(verbs)} --help")
        assert [it for it in options if not re.search(rf"{it}\b", known)] == [], command


def test_the_shell_uses_the_local_cloud(platform: Platform) -> None:
    asked = "aws sts get-caller-identity --query Account --output text\n"
    assert ACCOUNT_ID in run(platform, "make shell", stdin=asked)


def test_the_switch_is_taken_back_done_and_rolled_back(platform: Platform) -> None:
    follow(platform, SWITCH, "Stop blue's writers")
    assert active(platform) is None
    follow(platform, ROLL_BACK, "Take it back")
    assert active(platform) == "blue"
    assert platform.outputs("blue")["liveWriters"]["running"]

    follow(platform, SWITCH, "Stop blue's writers")
    follow(platform, SWITCH, "Start green's")
    assert active(platform) == "green"
    wait_until_live_names_are_of(platform, "green")
    follow(platform, SWITCH, "After")

    follow(platform, ROLL_BACK, "Switch to blue")
    assert active(platform) == "blue"
    wait_until_live_names_are_of(platform, "blue")
    running = [platform.outputs(colour)["liveWriters"]["running"] for colour in COLOURS]
    assert running == [True, False]


def test_a_lost_aws_auth_is_restored(platform: Platform) -> None:
    kube = platform.kube("blue")
    before = kube.get(AWS_AUTH)["data"]
    kube.delete(AWS_AUTH)
    follow(platform, "docs/runbooks/aws-auth.md", "2. Restore it")
    assert kube.get(AWS_AUTH)["data"] == before
