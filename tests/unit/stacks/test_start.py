"""What the program imports before it begins: each update pays for it."""

import subprocess
import sys

import pytest

CLIENTS = {"boto3", "botocore", "dns", "kubernetes", "moto", "requests", "rich", "typer", "urllib3"}
"""Hooks alone ask clusters and AWS, and the operator command alone has tables to show."""


def imported_by(module: str) -> set[str]:
    code = f"import sys, {module}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


@pytest.mark.parametrize("module", ["stacks.colour", "stacks.shared"])
def test_a_stack_imports_no_client(module: str) -> None:
    assert {name.partition(".")[0] for name in imported_by(module)} & CLIENTS == set()


def test_the_shared_stack_imports_nothing_of_clusters() -> None:
    names = imported_by("stacks.shared")
    assert "pulumi_kubernetes.core.v1" not in names
    assert not any(name.startswith(("components.addon", "teardown")) for name in names)


def test_a_stack_is_imported_once_it_is_known_which() -> None:
    names = imported_by("stacks.configuration")
    assert not names & {"stacks.colour", "stacks.shared", "pulumi_aws", "pulumi_kubernetes"}
