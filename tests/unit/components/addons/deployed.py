"""All add-ons on a cluster, made once for every test that looks at them."""

from collections.abc import Collection, Mapping
from functools import lru_cache

from catalogue.addons import DEFAULT_AUTOSCALER, LINES, Autoscaler
from components.addon_stack.addon import Values
from components.control_plane import ControlPlane
from components.network_addons import NetworkAddons, NetworkAddonsArgs
from components.platform_addons import PlatformAddons, PlatformAddonsArgs
from handover.live_names import EVERY_NAME, NO_NAME, LiveNames
from settings.names import Colour
from tests.unit.components.addons.addon_cluster import (
    KEDA,
    TAGS,
    node,
    run_on_cluster,
    settings,
    site,
)
from tests.unit.pulumi_harness import Ran

RELEASE = "kubernetes:helm.sh/v3:Release"
INSTALLATION = "eks-platform:installation:Installation"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"


def nothing_left(kubeconfig: object, wanted: Mapping[str, LiveNames]) -> Collection[str]:
    assert kubeconfig, wanted
    return ()


def no_work(kubeconfig: object) -> Collection[str]:
    assert kubeconfig
    return ()


def deploy(
    *,
    minor: str = "1.34",
    colour: Colour = "blue",
    disabled: frozenset[str] = frozenset(),
    overrides: Mapping[str, Values] | None = None,
    secret: bool = False,
    isolated: bool = False,
    scraped: bool = False,
    live: bool = False,
    preview: bool = False,
    autoscaler: Autoscaler = DEFAULT_AUTOSCALER,
    karpenter: Mapping[str, object] | None = None,
    keda: Mapping[str, object] | None = None,
    reserve: Mapping[str, object] | None = None,
) -> Ran:
    """Every add-on, on two node groups that stand for themselves."""
    wanted = settings(
        colour=colour,
        minor=minor,
        disabled=disabled,
        overrides=overrides,
        secret=secret,
        isolated=isolated,
        scraped=scraped,
        autoscaler=autoscaler,
        karpenter=karpenter,
        keda=keda,
        reserve=reserve,
    )

    def program(cluster: ControlPlane) -> None:
        seen = site(cluster, wanted, live_names=EVERY_NAME if live else NO_NAME)
        NetworkAddons("network-addons", NetworkAddonsArgs(tags=TAGS, cluster=cluster, site=seen))
        args = PlatformAddonsArgs(
            tags=TAGS,
            cluster=cluster,
            site=seen,
            groups={name: f"eks-{colour}-{name}" for name in wanted.node_groups},
            nodes=[node()],
        )
        PlatformAddons("addons", args, probe=nothing_left, work=no_work, probe_deadline=0)

    return run_on_cluster(program, colour=colour, preview=preview)


@lru_cache
def deployed(
    minor: str = "1.34",
    colour: Colour = "blue",
    autoscaler: Autoscaler = DEFAULT_AUTOSCALER,
    *,
    asked: bool = False,
) -> Ran:
    """What `deploy` makes with every other default; not to be changed.

    Args:
        minor: Kubernetes minor.
        colour: the colour.
        autoscaler: the choice of autoscaler.
        asked: whether it has the add-ons that a key of the stack file asks for.
    """
    keda = KEDA if asked else None
    return deploy(minor=minor, colour=colour, autoscaler=autoscaler, keda=keda)


def with_addon(name: str, minor: str = "1.34") -> Ran:
    """What `deploy` makes where the add-on is installed; not to be changed."""
    line = LINES[name]
    choice = line.autoscaler or DEFAULT_AUTOSCALER
    return deployed(minor, autoscaler=choice, asked=bool(line.asked_by))
