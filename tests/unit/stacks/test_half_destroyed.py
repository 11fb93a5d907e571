"""A destroy that runs the program goes on wherever an earlier one was interrupted."""

from collections.abc import Callable, Mapping

import pytest

from handover.live_names import LiveNames
from tests.unit.components.eks_answer import CLUSTER, answer
from tests.unit.pulumi_harness import Ran, Registered
from tests.unit.stacks import test_colour, test_shared

ANSWER = dict(answer("eks-blue"))


def no_probe(kubeconfig: object, wanted: Mapping[str, LiveNames]) -> tuple[str, ...]:
    """Whoever asks the API server of a cluster that is half gone waits in vain."""
    raise AssertionError(f"{wanted} is asked of the API server of {kubeconfig}")


def left(ran: Ran) -> list[str]:
    """Types of what the engine still has to delete, components left out."""
    return [it.type for it in ran.resources if (it.custom or it.remote) and not it.read]


def first(count: int) -> Callable[[Registered], bool]:
    """Keeps so many resources of a run: those that are made first are deleted last."""
    seen: set[str] = set()

    def kept(resource: Registered) -> bool:
        seen.add(resource.urn)
        return len(seen) <= count

    return kept


def test_a_colour_of_which_nothing_is_left() -> None:
    ran = test_colour.up(kept=lambda _: False, probe=no_probe)
    assert left(ran) == []


@pytest.mark.parametrize(
    "gone", [tuple(ANSWER), ("oidcProviderArn",), ("kubeconfig",)], ids=lambda it: it[-1]
)
def test_a_colour_whose_cluster_is_partly_gone(gone: tuple[str, ...]) -> None:
    outputs = {key: value for key, value in ANSWER.items() if key not in gone}
    made = {**test_colour.MADE, CLUSTER: outputs}
    ran = test_colour.up(
        made=made, kept=lambda it: not it.provider.startswith("urn:"), probe=no_probe
    )
    assert CLUSTER in left(ran)


@pytest.mark.parametrize("count", range(0, 90, 11))
def test_a_colour_of_which_a_part_is_left(count: int) -> None:
    ran = test_colour.up(kept=first(count), probe=no_probe)
    assert len(left(ran)) >= count // 2


@pytest.mark.parametrize("count", range(0, 40, 8))
def test_a_shared_stack_of_which_a_part_is_left(count: int) -> None:
    own = {"liveWriter": test_shared.named("blue", 2)}
    colours = {"blue": test_shared.stopped("blue", 2)}
    ran = test_shared.up(own, colours, "blue", kept=first(count))
    assert len(left(ran)) >= count // 2
