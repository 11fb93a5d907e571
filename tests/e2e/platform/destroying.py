"""Destroying colours: what goes first, and what is left."""

from collections.abc import Sequence

import boto3
import psutil
from pulumi.automation import ConfigValue

from localcloud import reaper
from localcloud.backend import latest
from localcloud.forks import server as fork_server
from localcloud.state import REGION
from tests.e2e.platform.conftest import COLOURS, Platform
from tests.e2e.platform.running import at_once
from tests.waiting import wait_until


def standing(platform: Platform) -> list[str]:
    """Colours of which something is there."""
    return [colour for colour in COLOURS if resources(platform, colour)]


def resources(platform: Platform, stack: str) -> list[str]:
    """URNs that a stack's state holds; read from its file, as an update holds the stack."""
    return [resource["urn"] for resource in latest(platform.state, stack).get("resources") or ()]


def prepare(platform: Platform, colours: Sequence[str]) -> None:
    """Makes colours such that a destroy may follow: none is active, empty or protected."""
    platform.set_active(None)
    platform.up("shared")
    empty_clusters(platform, colours)
    for colour in colours:
        platform.stack(colour).set_config("eks-platform:deletionProtection", ConfigValue("false"))
    at_once(platform.up, colours)


def destroy(platform: Platform, colours: Sequence[str]) -> None:
    """Destroys colours at once."""
    at_once(lambda colour: platform.stack(colour).destroy(color="never", run_program=True), colours)


def children(platform: Platform) -> list[str]:
    """Programs that the local cloud's server runs; the reaper, which would end them, is none."""
    found = psutil.Process(platform.cloud.pid).children(recursive=True)
    own = {reaper.__file__, fork_server.__file__}
    return [child.name() for child in found if not own & set(child.cmdline())]


def empty_clusters(platform: Platform, colours: Sequence[str]) -> None:
    """Removes the sample application, so that its load balancers go before their controller."""
    for colour in colours:
        platform.run(
            "kubectl", "--context", colour, "delete", "namespace", "sample", "--ignore-not-found"
        )
    elb = boto3.client("elbv2", region_name=REGION)
    wait_until(
        "load balancers have gone", lambda: not elb.describe_load_balancers()["LoadBalancers"]
    )
