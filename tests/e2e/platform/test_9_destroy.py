"""The end: both colours at once, up again at once, and then nothing is left behind."""

import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import boto3
import psutil
from pulumi.automation import ConfigValue

from localcloud import lifecycle, reaper
from localcloud.backend import latest
from localcloud.forks import server as fork_server
from localcloud.state import REGION
from tests.e2e.platform import inventory
from tests.e2e.platform.conftest import COLOURS, Platform

DESTROY = ("pulumi", "destroy", "--run-program", "--yes", "--skip-preview", "--stack", "green")

KILL_DEADLINE = 600.0
"""Seconds within which a destroy comes to the point at which it is killed."""

DEADLINE = 120.0
"""Seconds that load balancers get to go."""


def test_both_colours_are_destroyed_and_come_up_in_parallel(platform: Platform) -> None:
    platform.set_active(None)
    platform.up("shared")
    in_parallel(platform.up)
    empty_clusters(platform)
    for colour in COLOURS:
        platform.stack(colour).set_config("eks-platform:deletionProtection", ConfigValue("false"))
    in_parallel(platform.up)
    in_parallel(lambda colour: platform.stack(colour).destroy(color="never", run_program=True))
    assert boto3.client("eks", region_name=REGION).list_clusters()["clusters"] == []
    assert children(platform) == []

    in_parallel(platform.up)
    assert len(boto3.client("eks", region_name=REGION).list_clusters()["clusters"]) == len(COLOURS)
    for colour in COLOURS:
        assert platform.outputs(colour)["liveWriters"]["running"] is False


def test_a_destroy_that_is_killed_goes_on_with_the_same_command(platform: Platform) -> None:
    whole = len(resources(platform))
    for reached in (
        lambda: len(resources(platform)) < whole,
        lambda: len(resources(platform)) < whole * 0.7,
        lambda: not is_cluster_active(),
        lambda: len(resources(platform)) < whole * 0.2,
        lambda: len(resources(platform)) < whole * 0.05,
    ):
        kill_when(platform, reached)
    platform.run(*DESTROY)
    assert resources(platform) == []


def test_destroying_everything_leaves_nothing(platform: Platform) -> None:
    platform.stack("blue").destroy(color="never", run_program=True)
    empty_zones(platform)
    platform.run("pulumi", "state", "unprotect", "--all", "--yes", "--stack", "shared")
    platform.stack("shared").destroy(color="never")
    assert inventory.take() == platform.before
    assert children(platform) == []


def test_ending_the_cloud_ends_every_process_and_removes_its_folder(platform: Platform) -> None:
    server = psutil.Process(platform.cloud.pid)
    assert lifecycle.stop(platform.state)
    assert not server.is_running()
    assert not platform.state.root.exists()


def kill_when(platform: Platform, reached: Callable[[], bool]) -> None:
    """Runs the destroy, and kills the engine as soon as `reached`."""
    engine = subprocess.Popen(
        DESTROY,
        cwd=platform.state.project,
        env=platform.state.environment(platform.cloud),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + KILL_DEADLINE
    while not reached():
        assert engine.poll() is None, "the destroy ended before it could be killed"
        assert time.monotonic() < end
        time.sleep(0.05)
    engine.kill()
    engine.wait()
    platform.run("pulumi", "cancel", "--yes", "--stack", "green")


def resources(platform: Platform) -> list[str]:
    """URNs that green's state holds; read from its file, as an update holds the stack."""
    held = latest(platform.state, "green")
    return [resource["urn"] for resource in held.get("resources") or ()]


def is_cluster_active() -> bool:
    eks = boto3.client("eks", region_name=REGION)
    try:
        return eks.describe_cluster(name="eks-green")["cluster"].get("status") == "ACTIVE"
    except eks.exceptions.ResourceNotFoundException:
        return False


def in_parallel(work: Callable[[str], object]) -> None:
    with ThreadPoolExecutor(len(COLOURS)) as pool:
        list(pool.map(work, COLOURS))


def children(platform: Platform) -> list[str]:
    """Programs that the local cloud's server runs; the reaper, which would end them, is none."""
    found = psutil.Process(platform.cloud.pid).children(recursive=True)
    own = {reaper.__file__, fork_server.__file__}
    return [child.name() for child in found if not own & set(child.cmdline())]


def empty_clusters(platform: Platform) -> None:
    """Removes the sample application, so that its load balancers go before their controller."""
    for colour in COLOURS:
        platform.run("kubectl", "--context", colour, "delete", "namespace", "sample")
    elb = boto3.client("elbv2", region_name=REGION)
    end = time.monotonic() + DEADLINE
    while elb.describe_load_balancers()["LoadBalancers"]:
        assert time.monotonic() < end
        time.sleep(0.5)


def empty_zones(platform: Platform) -> None:
    """Deletes what ExternalDNS wrote: with upsert-only it never deletes, and zones hold on."""
    for zone in platform.zone_ids():
        platform.delete_records(zone, lambda _: True)
