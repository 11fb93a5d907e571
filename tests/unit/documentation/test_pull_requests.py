"""What docs/pull-requests.md shows of stack files."""

import re
import textwrap
from collections.abc import Mapping

import yaml

from tests.unit.documentation.commands import ROOT
from tests.unit.settings.stack_files import Value, mistakes

PAGE = (ROOT / "docs" / "pull-requests.md").read_text()
CI = "eks-platform:ci"


def blocks() -> list[Mapping[str, Value]]:
    found = re.findall(r"^( *)```yaml\n(.*?)^\1```", PAGE, re.MULTILINE | re.DOTALL)
    return [yaml.safe_load(textwrap.dedent(text)) for _, text in found]


def test_the_examples_are_right() -> None:
    whole, closed, numbers = blocks()
    assert mistakes("shared", whole) == []
    assert mistakes("shared", {CI: {**whole[CI], **closed}}) == []
    assert closed["github"]["pullRequests"] is False
    assert mistakes("shared", {CI: {**whole[CI], **numbers}}) == []
    assert {"ownerId", "repositoryId"} <= numbers["github"].keys()


def test_the_roles_may_open_what_the_first_steps_encrypt() -> None:
    whole, *_ = blocks()
    assert "awskms://alias/pulumi-state" in (ROOT / "docs" / "aws.md").read_text()
    assert "stateKey" in whole[CI]
    assert "--key-id alias/pulumi-state" in PAGE
