"""What EC2 resource types have in common."""

from collections.abc import Callable
from typing import Any, ClassVar

from localcloud.plugins.aws.clients import Clients, retry_while, tag_list
from localcloud.plugins.aws.resource import ResourceType, tag_changes
from localcloud.plugins.plugin import Object


def tag_on_create(kind: str, inputs: Object) -> dict[str, Any]:
    """The TagSpecifications parameter of EC2's create calls, if there are tags."""
    tags = tag_list(inputs.get("tags"))
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]} if tags else {}


def retag(aws: Clients, resource_id: str, olds: Object, news: Object) -> None:
    """Changes an EC2 resource's tags."""
    added, removed = tag_changes(olds, news)
    if removed:
        aws.ec2.delete_tags(Resources=[resource_id], Tags=[{"Key": key} for key in removed])
    if added:
        aws.ec2.create_tags(Resources=[resource_id], Tags=tag_list(added))


class TaggedResourceType(ResourceType):
    """A resource type of which EC2 changes tags alone."""

    in_state_alone: ClassVar[tuple[str, ...]] = ()
    """Properties that only this provider knows: they change without a call."""

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(changed, *self.in_state_alone, "tags")
        retag(self.aws, resource_id, olds, news)


def arn(aws: Clients, kind: str, resource_id: str) -> str:
    """ARN of an EC2 resource."""
    return f"arn:aws:ec2:{aws.region}:{aws.account_id}:{kind}/{resource_id}"


def delete_ec2(call: Callable[[], object]) -> None:
    """Deletes once what depends on the resource is gone."""
    retry_while(("DependencyViolation",), call)
