"""The commands of the README and the pages, run as they are written."""

import re
from collections import defaultdict
from itertools import takewhile

import pytest

from localcloud.state import ACCOUNT_ID
from tests.e2e.platform.conftest import STACKS, Platform
from tests.e2e.platform.reader import follow, run
from tests.unit.documentation.commands import documented, table

AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
HERE = "tests/e2e/platform/test_6_documentation.py"

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


@pytest.mark.parametrize("command", table()[f"{HERE}::test_a_command_leaves_all_as_it_is"])
def test_a_command_leaves_all_as_it_is(platform: Platform, command: str) -> None:
    before = {stack: platform.outputs(stack) for stack in STACKS}
    assert all(before.values())
    run(platform, command)
    assert {stack: platform.outputs(stack) for stack in STACKS} == before


def test_pulumi_knows_every_option(platform: Platform) -> None:
    """Of all commands, also of those that cannot be run here."""
    used: defaultdict[str, set[str]] = defaultdict(set)
    for command in (it.text for it in documented() if it.text.startswith("pulumi ")):
        words = command.split()
        verbs = takewhile(lambda word: word in VERBS, words[1:])
        used[" ".join(verbs)] |= {word for word in words if word.startswith("--")}
    for verbs, options in used.items():
        known = run(platform, f"pulumi {verbs} --help")
        assert [it for it in options if not re.search(rf"{it}\b", known)] == [], verbs


def test_the_shell_uses_the_local_cloud(platform: Platform) -> None:
    asked = "aws sts get-caller-identity --query Account --output text\n"
    assert ACCOUNT_ID in run(platform, "make shell", stdin=asked)


def test_a_lost_aws_auth_is_restored(platform: Platform) -> None:
    kube = platform.kube("blue")
    before = kube.get(AWS_AUTH)["data"]
    kube.delete(AWS_AUTH)
    follow(platform, "docs/runbooks/aws-auth.md", "2. Restore it")
    assert kube.get(AWS_AUTH)["data"] == before
