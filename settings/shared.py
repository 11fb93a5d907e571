"""Settings of the shared stack (`Pulumi.shared.yaml`)."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from handover.assignment import Assignment, assign
from handover.name_annotation import MAX_NAME, TXT_PREFIX
from settings.arns import Boundary
from settings.ci import Ci
from settings.human_roles import HumanRoles
from settings.model import Matching, Region, Settings, distinct, expected
from settings.names import COLOURS, Colour, cluster_name
from settings.network import Network, OwnNetwork
from settings.tags import Tags

ZoneName = Annotated[
    str,
    Matching(
        r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]",
        "a lower-case DNS zone name such as devinfra.fr, without a final dot",
    ),
]
LiveName = Annotated[
    str,
    Matching(
        # ExternalDNS compares names decoded, so encoded ones would match nothing.
        r"(?=.{1,253}$)(?!(?:.*\.)?xn--)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+"
        r"[a-z][a-z0-9-]{0,61}[a-z0-9]",
        "a full lower-case DNS name such as web.devinfra.fr, no final dot, no label xn--",
    ),
]


class Zone(Settings):
    """A Route 53 hosted zone."""

    name: ZoneName
    """DNS name of the zone."""

    create: bool = False
    """Create the zone; otherwise it is looked up. Off by default: Route 53 would gladly
    make a second zone of the same name, which nobody delegates to."""


def _check_room(zone: str, name: str, room: int) -> str:
    """Refuses a zone in which one of its names would be too long for DNS."""
    if len(zone) > room:
        raise expected(
            f"a zone of at most {room} characters: {name} takes {MAX_NAME - room} more, and DNS"
            f" {MAX_NAME} in all"
        )
    return zone


class NamesZone(Zone):
    """A hosted zone of applications' names."""

    @field_validator("name")
    @classmethod
    def _check_length(cls, value: str) -> str:
        # A name of one character, with the longest that its TXT record has before it.
        taken = max(len(f"{TXT_PREFIX}x.{cluster_name(colour)}.") for colour in COLOURS)
        return _check_room(value, "the record of x.eks-COLOUR.ZONE", MAX_NAME - taken)

    delegated: tuple[ZoneName, ...] = ()
    """Full names below the zone that have name servers of their own. The DNS writers leave them
    and all below them alone: such records belong into the zone of those name servers."""

    _distinct = field_validator("delegated")(distinct)

    @field_validator("delegated")
    @classmethod
    def _check_below(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        zone = info.data.get("name")
        strange = [name for name in value if zone and not name.endswith(f".{zone}")]
        if strange:
            raise expected("names below the zone", f"{zone}, unlike {', '.join(strange)}")
        return value


class ApiZone(Zone):
    """The hosted zone of the active API server and cluster."""

    @field_validator("name")
    @classmethod
    def _check_length(cls, value: str) -> str:
        return _check_room(value, "api.ZONE", MAX_NAME - len("api."))


class Zones(Settings):
    """The three hosted zones of the platform."""

    public: NamesZone
    """Public names of applications."""

    private: NamesZone
    """Private names of applications, answered inside the VPC."""

    api: ApiZone
    """Names of the active API server and cluster."""

    @field_validator("private", "api")
    @classmethod
    def _check_apart(cls, value: Zone, info: ValidationInfo) -> Zone:
        # A DNS writer's domain filter also matches zones below its own: it would write there.
        for key, other in info.data.items():
            if f".{value.name}".endswith(f".{other.name}") or other.name.endswith(f".{value.name}"):
                raise expected(
                    f"a zone that neither equals, holds nor lies in zones.{key}", other.name
                )
        return value


class Canary(Settings):
    """Live names that have a writer of their own."""

    colour: Colour | None = None
    """Colour that writes them. Absent: none, as on their way from one colour to the other."""

    names: tuple[LiveName, ...] = Field(min_length=1)
    """Full names, public or private. Each stands for itself alone, not for the names below it."""

    _distinct = field_validator("names")(distinct)


WARM_PERCENT = 80
"""Default of `Switch.warm_percent`: what a rolling update may take away too, and a little."""


class Switch(Settings):
    """What `bluegreen switch` demands."""

    warm_percent: int = Field(default=WARM_PERCENT, ge=0, le=100)
    """Per cent of the ready pods of the active colour, workload by workload, that the other one
    must have behind live names before production moves there. 0: none, and no room for them on
    its nodes either."""


class SharedSettings(Settings):
    """What `Pulumi.shared.yaml` may say."""

    region: Region = Field(alias="aws:region")
    """AWS region of the platform."""

    network: Network = OwnNetwork()
    """A VPC of its own, or `existing` ids."""

    zones: Zones
    """Hosted zones, created or looked up by name."""

    human_roles: HumanRoles
    """IAM roles for people, for both clusters; own ones, or `existing` ones."""

    colours: tuple[Colour, ...] = ()
    """Colour stacks that exist. Reading a stack that does not exist is an error, so this says
    which to read: add a colour after its first `pulumi up`, remove it once it is destroyed."""

    active_colour: Colour | None = None
    """Colour that production names point at. Absent: none, as before the first cluster and
    halfway through a switch."""

    canary: Canary | None = None
    """Live names that the active colour does not write: those of a canary. Absent: none,
    it writes them all."""

    switch: Switch = Switch()
    """What `bluegreen switch` demands of the colour that production moves to."""

    forget_colours: tuple[Colour, ...] = ()
    """Colours whose cluster is gone for good: no word is awaited from them any more."""

    bastion: bool = False
    """A way into the VPC: one small instance in a private subnet that Session Manager reaches,
    without keys or open ports. Off: it costs a little, and is not needed behind a VPN."""

    dashboard: bool = False
    """A CloudWatch dashboard of both colours side by side, `eks-platform`."""

    ci: Ci | None = None
    """IAM roles for pipelines that preview and update the stacks. Absent: none."""

    permissions_boundary: Boundary | None = None
    """IAM policy beyond which no role that this stack makes may go. Pipelines may have
    another one, in `ci`. Absent: none."""

    tags: Tags = Field(default_factory=dict[str, str])
    """Tags for every AWS resource, beside the program's own."""

    _distinct = field_validator("colours", "forget_colours")(distinct)

    @field_validator("active_colour")
    @classmethod
    def _check_active(cls, value: Colour | None, info: ValidationInfo) -> Colour | None:
        colours = info.data.get("colours")
        if value is not None and colours is not None and value not in colours:
            raise expected("a colour that eks-platform:colours lists; leave the key out for none")
        return value

    @property
    def assignment(self) -> Assignment:
        """Who is to write which live names."""
        canary = self.canary
        if canary is None:
            return Assignment(active=self.active_colour)
        return assign(self.active_colour, canary.colour, canary.names)

    @field_validator("canary")
    @classmethod
    def _check_canary(cls, value: Canary | None, info: ValidationInfo) -> Canary | None:
        colours, zones = info.data.get("colours"), info.data.get("zones")
        if value is None:
            return value
        if value.colour is not None and colours is not None and value.colour not in colours:
            raise expected(
                "a colour that eks-platform:colours lists; leave canary.colour out for none",
                value.colour,
            )
        if isinstance(zones, Zones):
            strange = [name for name in value.names if not _is_live(name, zones)]
            if strange:
                raise expected(
                    "names below zones.public or zones.private, and not below a cluster's own"
                    f" domain such as {cluster_name('blue')}.{zones.public.name}",
                    ", ".join(strange),
                )
        return value

    @field_validator("forget_colours")
    @classmethod
    def _check_forgotten(
        cls, value: tuple[Colour, ...], info: ValidationInfo
    ) -> tuple[Colour, ...]:
        kept = [colour for colour in value if colour in info.data.get("colours", ())]
        if kept:
            raise expected("no colour that eks-platform:colours lists", ", ".join(kept))
        return value


def _is_live(name: str, zones: Zones) -> bool:
    """Whether a live DNS writer may write a name."""
    for zone in (zones.public.name, zones.private.name):
        if name.endswith(f".{zone}"):
            own = (f".{cluster_name(colour)}.{zone}" for colour in COLOURS)
            return not any(f".{name}".endswith(domain) for domain in own)
    return False
