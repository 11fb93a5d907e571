"""The end: nothing is left behind."""

import psutil

from localcloud import lifecycle
from tests.e2e.platform import inventory
from tests.e2e.platform.conftest import Platform
from tests.e2e.platform.destroying import children, destroy, prepare, standing


def test_destroying_everything_leaves_nothing(platform: Platform) -> None:
    colours = standing(platform)
    prepare(platform, colours)
    destroy(platform, colours)
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


def empty_zones(platform: Platform) -> None:
    """Deletes what ExternalDNS wrote: with upsert-only it never deletes, and zones hold on."""
    for zone in platform.zone_ids():
        platform.delete_records(zone, lambda _: True)
