"""The end: both colours at once, up again at once, and then nothing is left behind."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import boto3
import psutil
from pulumi.automation import ConfigValue

from localcloud import lifecycle, reaper
from localcloud.state import REGION
from tests.e2e.platform import inventory
from tests.e2e.platform.conftest import COLOURS, Platform

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


def test_destroying_everything_leaves_nothing(platform: Platform) -> None:
    in_parallel(lambda colour: platform.stack(colour).destroy(color="never", run_program=True))
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


def in_parallel(work: Callable[[str], object]) -> None:
    with ThreadPoolExecutor(len(COLOURS)) as pool:
        list(pool.map(work, COLOURS))


def children(platform: Platform) -> list[str]:
    """Programs that the local cloud's server runs; the reaper, which would end them, is none."""
    found = psutil.Process(platform.cloud.pid).children(recursive=True)
    return [child.name() for child in found if reaper.__file__ not in child.cmdline()]


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
