"""All add-ons on a cluster, made once for every test that looks at them."""

from collections.abc import Collection, Mapping
from functools import lru_cache

from components.addons.live_names import EVERY_NAME, NO_NAME, LiveNames
from components.addons.network import NetworkAddons, NetworkAddonsArgs
from components.addons.phases import AddonChoice
from components.addons.platform import PlatformAddons, PlatformAddonsArgs
from components.addons.spec import Values
from components.control_plane import ControlPlane
from settings.names import Colour
from tests.unit.components.addons.made import (
    GROUPS,
    PRIVATE,
    PUBLIC,
    TAGS,
    node,
    run_on_cluster,
    site,
)
from tests.unit.pulumi_harness import Ran

RELEASE = "kubernetes:helm.sh/v3:Release"
INSTALLATION = "eks-platform:installation:Installation"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"


def nothing_left(kubeconfig: object, wanted: Mapping[str, LiveNames]) -> Collection[str]:
    assert kubeconfig, wanted
    return ()


def deploy(
    *,
    minor: str = "1.34",
    colour: Colour = "blue",
    disabled: frozenset[str] = frozenset(),
    overrides: Mapping[str, Values] | None = None,
    live: bool = False,
    preview: bool = False,
) -> Ran:
    """Every add-on, on two node groups that stand for themselves."""
    choice = AddonChoice(disabled=disabled, overrides=overrides or {})

    def program(cluster: ControlPlane) -> None:
        seen = site(cluster, minor, choice.enabled)
        NetworkAddons(
            "network-addons",
            NetworkAddonsArgs(tags=TAGS, cluster=cluster, site=seen, choice=choice),
        )
        args = PlatformAddonsArgs(
            tags=TAGS,
            colour=colour,
            cluster=cluster,
            kubernetes_version=minor,
            region="eu-west-1",
            site=seen,
            choice=choice,
            groups={name: f"eks-{colour}-{name}" for name in GROUPS},
            nodes=[node()],
            private_zone=PRIVATE,
            public_zone=PUBLIC,
            interval_seconds=60,
            log_level="info",
            live_names=EVERY_NAME if live else NO_NAME,
            live_term=3,
        )
        PlatformAddons("addons", args, probe=nothing_left, probe_deadline=0)

    return run_on_cluster(program, colour=colour, preview=preview)


@lru_cache
def deployed(minor: str = "1.34", colour: Colour = "blue") -> Ran:
    """What `deploy` makes with every default; not to be changed."""
    return deploy(minor=minor, colour=colour)
