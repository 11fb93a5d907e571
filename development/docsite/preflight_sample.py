"""Snippet: what `bluegreen preflight` says of a new account that lacks something.

The rules judge the shipped stack files and what is given here; the command's own renderer shows it.
"""

from datetime import date

from rich.console import RenderableType

from bluegreen.finding import Finding
from bluegreen.preflight import account, capacity, pins, zones
from bluegreen.preflight.account import Caller, Simulated
from bluegreen.preflight.capacity import Usage
from bluegreen.preflight.looks import Unseen
from bluegreen.preflight.pins import ClusterVersion
from bluegreen.preflight.wanted import Wanted
from bluegreen.preflight.zones import FoundZone
from bluegreen.render import findings
from bluegreen.world import stack_settings
from localcloud.state import PROJECT_ROOT

_DAY = date(2026, 12, 1)
_VCPUS = ("L-1216C47A", "L-34B43A08")
_NEW_ACCOUNT = 32.0  # vCPUs, such as many begin with
_ENOUGH = 100.0


def shown() -> RenderableType:
    """What people see."""
    return findings.account(_findings(stack_settings.read(PROJECT_ROOT, ["blue"])))


def _findings(wanted: Wanted) -> list[Finding]:
    caller = Caller(
        "123456789012", "arn:aws:iam::123456789012:user/you", "eu-west-1", opted_in=True
    )
    supported = dict.fromkeys(wanted.minors, ClusterVersion("STANDARD_SUPPORT", date(2027, 8, 2)))
    services = (account.SPOT_SERVICE, *account.LINKED_SERVICES)
    roles = {service: service != account.SPOT_SERVICE for service in services}
    images = dict[str, bool | Unseen](dict.fromkeys(pins.images(wanted), True))
    images[next(it for it in images if "fluentd" in it)] = Unseen(
        "HTTP Error 429: Too Many Requests"
    )
    limits = {
        key: _NEW_ACCOUNT if key.code in _VCPUS else _ENOUGH for key in capacity.quotas(wanted)
    }
    idle = Usage(vcpus={}, vpcs=1, addresses=0, clusters=0, own_network=False)
    zone = FoundZone("Z0123456789", private=False, servers=("ns-1.awsdns-01.com",), vpcs=())
    return [
        account.caller(caller),
        account.permissions(Simulated((), ())),
        *account.linked_roles(wanted, roles),
        pins.kubernetes(wanted, supported, _DAY),
        pins.node_images(wanted, pins.node_image_names(wanted)),
        pins.downloads("images", "the registries have the pinned images", images, ""),
        capacity.quotas_suffice(wanted, limits, idle),
        zones.delegation("devinfra.fr", zone, ()),
    ]
