"""The marker: gone first, and not before the cluster is empty."""

import asyncio
import json
from typing import Any

import pulumi
import pytest

import teardown
from components.control_plane import ControlPlane
from components.teardown_marker import TeardownMarker, TeardownMarkerArgs
from handover.live_names import EVERY_NAME, NO_NAME
from handover.writers import writers
from tests.unit.components.addons.addon_cluster import TAGS, ZONES, node, run_on_cluster, site
from tests.unit.components.eks_answer import answer
from tests.unit.pulumi_harness import Ran

MARKER = "kubernetes:core/v1:ConfigMap"
HOOK = "teardown-empty-blue"
OWN = (
    teardown.OwnZone(
        zone_id="ZPRIVATE",
        domain="eks-blue.devinfra.local",
        owner_id="ingress-eks-blue.devinfra.local",
    ),
    teardown.OwnZone(
        zone_id="ZPUBLIC", domain="eks-blue.devinfra.fr", owner_id="ingress-eks-blue.devinfra.fr"
    ),
)


class Emptied:
    def __init__(self, error: Exception | None = None) -> None:
        self.targets: list[teardown.Target] = []
        self._error = error

    def __call__(self, target: teardown.Target) -> None:
        self.targets.append(target)
        if self._error:
            raise self._error


def make(run: Emptied, *, live: bool = False) -> Ran:
    def program(cluster: ControlPlane) -> None:
        args = TeardownMarkerArgs(
            tags=TAGS,
            cluster=cluster,
            after=[node()],
            site=site(cluster, live_names=EVERY_NAME if live else NO_NAME),
            writers=writers("blue", ZONES, live=False),
        )
        TeardownMarker("teardown", args, run=run)

    return run_on_cluster(program)


def delete(ran: Ran) -> None:
    """Runs the hook as the engine does, with what the state holds."""
    marker = ran.only(MARKER)
    (hook,) = marker.before_delete

    async def call() -> None:
        args = pulumi.ResourceHookArgs(
            urn=marker.urn, id="x", name="x", type=MARKER, old_inputs=marker.inputs
        )
        called: Any = ran.hooks[hook](args)
        await called

    asyncio.run(call())


def test_it_has_the_hook_and_no_data_whose_change_would_replace_it() -> None:
    marker = make(Emptied()).only(MARKER)
    assert marker.before_delete == (HOOK,)
    assert set(marker.inputs) == {"apiVersion", "kind", "metadata"}
    assert marker.inputs["metadata"]["name"] == "eks-platform-teardown"


def test_the_hook_empties_what_the_state_says() -> None:
    run = Emptied()
    delete(make(run))
    (target,) = run.targets
    assert target == teardown.Target(
        colour="blue",
        cluster_name="eks-blue",
        region="eu-west-1",
        kubeconfig=answer("eks-blue")["kubeconfig"],
        zones=OWN,
    )


def test_a_colour_that_writes_live_names_is_not_emptied() -> None:
    run = Emptied()
    with pytest.raises(teardown.TeardownError, match=r"blue writes live DNS names: .*pulumi up"):
        delete(make(run, live=True))
    assert run.targets == []


def test_what_could_not_be_emptied_is_not_deleted() -> None:
    with pytest.raises(teardown.TeardownError, match="left"):
        delete(make(Emptied(teardown.TeardownError("left"))))


def test_the_state_shows_no_secret() -> None:
    marker = make(Emptied()).only(MARKER)
    assert marker.secret_inputs == ()
    said = json.loads(marker.inputs["metadata"]["annotations"]["eks-platform.io/teardown"])
    assert "token" not in said["kubeconfig"]["users"][0]["user"]
