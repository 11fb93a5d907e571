"""Both colours at once, up again at once, and a destroy that is killed again and again."""

import subprocess
from collections.abc import Callable

import boto3

from localcloud.state import REGION
from tests.e2e.platform.conftest import COLOURS, Platform
from tests.e2e.platform.destroying import children, destroy, prepare, resources
from tests.e2e.platform.running import at_once
from tests.waiting import wait_while_it_runs

DESTROY = ("pulumi", "destroy", "--run-program", "--yes", "--skip-preview", "--stack", "green")


def test_both_colours_are_destroyed_and_come_up_in_parallel(platform: Platform) -> None:
    prepare(platform, COLOURS)
    destroy(platform, COLOURS)
    assert boto3.client("eks", region_name=REGION).list_clusters()["clusters"] == []
    assert children(platform) == []

    at_once(platform.up, COLOURS)
    assert len(boto3.client("eks", region_name=REGION).list_clusters()["clusters"]) == len(COLOURS)
    for colour in COLOURS:
        assert platform.outputs(colour)["liveWriters"]["running"] is False


def test_a_destroy_that_is_killed_goes_on_with_the_same_command(platform: Platform) -> None:
    whole = len(resources(platform, "green"))
    for reached in (
        lambda: len(resources(platform, "green")) < whole,
        lambda: len(resources(platform, "green")) < whole * 0.7,
        lambda: not is_cluster_active(),
        lambda: len(resources(platform, "green")) < whole * 0.2,
        lambda: len(resources(platform, "green")) < whole * 0.05,
    ):
        kill_when(platform, reached)
    platform.run(*DESTROY)
    assert resources(platform, "green") == []


def kill_when(platform: Platform, reached: Callable[[], bool]) -> None:
    """Runs the destroy, and kills the engine as soon as `reached`."""
    engine = subprocess.Popen(
        DESTROY,
        cwd=platform.state.project,
        env=platform.state.environment(platform.cloud),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_while_it_runs(engine, "the point at which the destroy is killed", reached)
    engine.kill()
    engine.wait()
    platform.run("pulumi", "cancel", "--yes", "--stack", "green")


def is_cluster_active() -> bool:
    eks = boto3.client("eks", region_name=REGION)
    try:
        return eks.describe_cluster(name="eks-green")["cluster"].get("status") == "ACTIVE"
    except eks.exceptions.ResourceNotFoundException:
        return False
