"""The lists that the pack has of AWS, and the types of resources that it looks at."""

import importlib
import inspect

import pulumi_aws
import pytest
from guardrails import statements
from guardrails.administrators import named
from guardrails.reference.write import FOLDER, LISTS
from guardrails.rule import Rule
from guardrails.rules import RULES


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_what_the_packages_hold(name: str) -> None:
    held = (FOLDER / name).read_text(encoding="utf-8")
    # Not compared by pytest, which would take minutes to say where.
    is_fresh = held == LISTS[name]()
    assert is_fresh, "run `PYTHONPATH=policy python -m guardrails.reference.write`"


def test_administrators_are_those_that_are_known_to_be() -> None:
    assert {"AdministratorAccess", "IAMFullAccess", "PowerUserAccess"} <= named()
    assert not named() & {"ReadOnlyAccess", "AmazonEKSWorkerNodePolicy", "SecurityAudit"}


def _arguments(kind: str) -> set[str]:
    """Names of a resource's inputs in Python."""
    _, module, name = kind.split(":")
    package = importlib.import_module(f"pulumi_aws.{module.partition('/')[0]}")
    found = getattr(package, name)
    return set(inspect.signature(found._internal_init).parameters)


@pytest.mark.parametrize(
    ("kind", "key"), [*statements._TRUST.items(), *statements._PERMISSIONS.items()]
)
def test_a_policy_is_where_it_is_looked_for(kind: str, key: str) -> None:
    snake = "".join(f"_{it.lower()}" if it.isupper() else it for it in key)
    assert snake in _arguments(kind)


def test_types_of_aws_exist() -> None:
    looked_at = {
        kind
        for rule in RULES
        if isinstance(rule, Rule)
        for kind in rule.types
        if kind.startswith("aws:")
    }
    assert pulumi_aws.__name__ == "pulumi_aws"
    for kind in looked_at:
        assert _arguments(kind), kind
