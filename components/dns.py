"""The hosted zones of the platform."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pulumi
from pulumi_aws import route53

from components.base import PROJECT, Component, ComponentArgs
from settings.shared import NamesZone, Zone, Zones

Exported: TypeAlias = dict[str, pulumi.Output[str] | list[str]]
"""A zone as an output says it."""


@dataclass(frozen=True, kw_only=True)
class HostedZonesArgs(ComponentArgs):
    """What `HostedZones` needs.

    Attributes:
        settings: the zones, and which of them to create.
        vpc_id: VPC that a created private zone answers in.
    """

    settings: Zones
    vpc_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class HostedZone:
    """A hosted zone that stands.

    Attributes:
        id: Route 53 id, without ``/hostedzone/``.
        name: DNS name, without a final dot.
        arn: ARN, for policies.
        delegated: as given.
    """

    id: pulumi.Output[str]
    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    delegated: Sequence[str] = ()

    def exported(self) -> Exported:
        """Its attributes by their names in outputs."""
        delegated = {"delegated": list(self.delegated)} if self.delegated else {}
        return {"id": self.id, "name": self.name, "arn": self.arn, **delegated}


class HostedZones(Component):
    """The public, the private and the API zone.

    Pulumi type: ``eks-platform:dns:HostedZones``.

    Creates the zones that are to be created, protected: a zone made anew gets other name
    servers, and is dead until its parent delegates to these. Looks the others up.

    Args:
        name: Pulumi name.
        args: what it needs.
        opts: resource options.

    Attributes:
        public: zone of public names.
        private: zone of private names.
        api: zone of the API records.

    Raises:
        Exception: out of the zone's Outputs, when a looked-up zone does not exist or is not
            the only one of its name and kind (the provider's error).
    """

    MODULE = "dns"

    def __init__(
        self, name: str, args: HostedZonesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._name = name
        self._args = args
        wanted = args.settings
        self.public = self._zone("public", wanted.public, "Public names of applications")
        self.private = self._zone(
            "private", wanted.private, "Private names of applications", vpc_id=args.vpc_id
        )
        self.api = self._zone("api", wanted.api, "The active API server and cluster")
        self.register_outputs(self.exported())

    def exported(self) -> dict[str, Exported]:
        """The zones by their names in outputs."""
        return {
            "public": self.public.exported(),
            "private": self.private.exported(),
            "api": self.api.exported(),
        }

    def _zone(
        self, kind: str, zone: Zone, comment: str, *, vpc_id: pulumi.Input[str] | None = None
    ) -> HostedZone:
        name = pulumi.Output.from_input(zone.name)
        delegated = zone.delegated if isinstance(zone, NamesZone) else ()
        if not zone.create:
            found = route53.get_zone_output(
                name=zone.name,
                private_zone=vpc_id is not None,
                opts=pulumi.InvokeOptions(parent=self),
            )
            return HostedZone(id=found.zone_id, name=name, arn=found.arn, delegated=delegated)
        made = route53.Zone(
            f"{self._name}-{kind}",
            name=zone.name,
            # It is given in the call that makes the zone, before any tag: by it one is known whose
            # creation was interrupted.
            comment=f"{comment} ({PROJECT})",
            vpcs=None if vpc_id is None else [{"vpc_id": vpc_id}],
            tags=self._args.named(zone.name),
            opts=self.child(protect=True),
        )
        return HostedZone(id=made.id, name=name, arn=made.arn, delegated=delegated)
