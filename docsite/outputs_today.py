"""All outputs of each kind of stack in one model, for the reference."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from settings.names import Colour
from stacks import live_writer, outputs


class _Outputs(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, use_attribute_docstrings=True
    )


class Api(_Outputs):
    """The names by which people reach the active cluster."""

    endpoint: str
    """URL of the API server that stays the same through switches."""

    cname: str
    """Host that the CNAME gives."""

    txt: str
    """EKS name of the cluster, as the TXT record gives it."""


class Nodes(_Outputs):
    """The nodes of a cluster."""

    role_arn: str
    """IAM role that all nodes share."""

    security_group_id: str
    """Security group of nodes and pods."""

    groups: dict[str, str]
    """Auto Scaling group of each node group."""


class SharedOutputs(_Outputs):
    """Outputs of the shared stack."""

    network: outputs.Network
    zones: outputs.Zones
    human_roles: outputs.HumanRoles
    live_writer: live_writer.LiveWriter
    active_colour: Colour | None = None
    """Colour that production names point at."""
    api: Api | None = None
    kubeconfig: dict[str, object] | None = None
    """Kubeconfig that stays the same through switches."""


class ColourOutputs(_Outputs):
    """Outputs of a colour's stack."""

    cluster: outputs.Cluster
    nodes: Nodes
    live_writers: live_writer.WriterReport
    kubeconfig: dict[str, object]
    """Kubeconfig of this cluster."""
    dns: dict[str, object]
    """Domains of the cluster's own names, and TXT owner ids."""


def schema_of(model: type[BaseModel]) -> Mapping[str, Any]:
    """JSON Schema of a model, with what docstrings say of attributes at each of them."""
    schema = model.model_json_schema()
    for part in schema["$defs"].values():
        summary, _, attributes = part.get("description", "").partition("Attributes:")
        part["description"] = re.sub(r"^Output `\w+` of [^:.]*[:.]\s*", "", summary)
        for name, text in re.findall(r"\n {4}(\w+): (.+?)(?=\n {4}\w|\Z)", attributes, re.DOTALL):
            part["properties"][to_camel(name)]["description"] = text[0].upper() + text[1:]
    return schema
