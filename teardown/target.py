"""What is to be emptied."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class OwnZone(BaseModel):
    """A colour's own part of a hosted zone.

    Attributes:
        zone_id: Route 53 id of the zone, without ``/hostedzone/``.
        domain: the colour's own domain in it, such as ``eks-blue.devinfra.fr``. Nothing outside
            of it is ever touched, whatever its TXT record says.
        owner_id: TXT owner id of the colour's own DNS writer of that domain.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)

    zone_id: str
    domain: str
    owner_id: str


class Target(BaseModel):
    """A colour's cluster.

    Attributes:
        colour: the colour; for messages.
        cluster_name: EKS cluster name.
        region: AWS region.
        kubeconfig: kubeconfig as an object.
        zones: its own parts of hosted zones.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)

    colour: str
    cluster_name: str
    region: str
    kubeconfig: Mapping[str, Any]
    zones: tuple[OwnZone, ...]

    def to_json(self) -> str:
        """As JSON, the same text for the same target: the engine gives objects in any order."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
