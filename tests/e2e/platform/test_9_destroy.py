"""The end: nothing is left behind but logs."""

import psutil

from localcloud import lifecycle
from settings.names import COLOURS
from tests.e2e.platform import inventory
from tests.e2e.platform.conftest import Platform
from tests.e2e.platform.destroying import children, destroy, prepare, standing


def test_destroying_everything_leaves_nothing_but_logs(platform: Platform) -> None:
    colours = standing(platform)
    prepare(platform, colours)
    destroy(platform, colours)
    empty_zones(platform)
    platform.run("pulumi", "state", "unprotect", "--all", "--yes", "--stack", "shared")
    platform.stack("shared").destroy(color="never")
    # The logs of both colours stay for the days that their settings say.
    logs = [
        it
        for colour in COLOURS
        for it in (f"/aws/eks/eks-{colour}/cluster", f"/eks/eks-{colour}/pods")
    ]
    assert inventory.take_inventory() == platform.before | {"log group": sorted(logs)}
    assert children(platform) == []


def test_ending_the_cloud_ends_every_process_and_removes_its_folder(platform: Platform) -> None:
    server = psutil.Process(platform.cloud.pid)
    assert lifecycle.stop(platform.state)
    assert not server.is_running()
    assert not platform.state.root.exists()


def empty_zones(platform: Platform) -> None:
    """Removes the live names, as the guide does: DNS writers never delete, and zones hold on."""
    before = {name for zone in platform.zone_ids() for name, _ in platform.records(zone)}
    assert any(name.startswith("web.") for name in before)
    platform.run("bluegreen", "leftovers", "--remove-all", "--yes")
    # The API records in the third zone are the shared stack's own.
    for zone in ("devinfra.fr", "devinfra.local"):
        assert {kind for _, kind in platform.records(zone)} == {"NS", "SOA"}
