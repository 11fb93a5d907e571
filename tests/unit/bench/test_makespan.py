"""How long a colour takes to come up, counted on what the program registers."""

from functools import cache

import pytest

from development.bench import makespan
from development.bench.makespan import Graph
from localcloud.latencies import COMPONENT, OTHER, latency_of
from tests.unit.pulumi_harness import Registered


@cache
def blue() -> Graph:
    return makespan.blue()


def only(kind: str, name: str) -> Registered:
    (found,) = (it for it in blue().resources.values() if (it.type, it.name) == (kind, name))
    return found


def test_a_colour_comes_up_as_fast_as_what_must_be_one_after_the_other() -> None:
    every, least = makespan.up(blue())
    assert every[-1].end / least[-1].end <= 1.05


def test_each_wait_of_the_floor_is_one_of_the_program() -> None:
    """Or comes in the place of one, by what that one waits for."""
    waits = blue().waits()

    def reached(urn: str) -> set[str]:
        found, todo = set[str](), list(waits[urn])
        while todo:
            other = todo.pop()
            if other not in found:
                found.add(other)
                todo += waits[other]
        return found

    for urn, others in makespan.needed(blue()).items():
        assert others <= reached(urn)


def test_the_floor_waits_for_no_writer_of_records_and_for_what_judges_services() -> None:
    needed = makespan.needed(blue())
    late = only("kubernetes:core/v1:Namespace", "fluentd-namespace-logging")
    kinds = {blue().resources[it].name for it in needed[late.urn]}
    assert "aws-load-balancer-controller" in kinds
    assert not any("external-dns" in it for it in kinds)


@pytest.mark.parametrize(
    ("kind", "name", "custom", "create"),
    [
        ("kubernetes:helm.sh/v3:Release", "linkerd", True, 60),
        ("kubernetes:helm.sh/v3:Release", "cilium", True, 5),
        ("aws:iam/role:Role", "node", True, OTHER.create),
        ("eks-platform:rbac:Rbac", "rbac", False, COMPONENT.create),
    ],
)
def test_the_latency_of_a_resource(kind: str, name: str, custom: bool, create: float) -> None:
    assert latency_of(kind, name, custom=custom).create == create
