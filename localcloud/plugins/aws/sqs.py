"""SQS queues and their policies."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from localcloud.plugins.aws.clients import found
from localcloud.plugins.aws.properties import DOCUMENT, FIXED, KEY, PLAIN, TAGS, Property
from localcloud.plugins.aws.resource import ResourceType, tag_changes, with_tags
from localcloud.plugins.plugin import Object, PluginError

if TYPE_CHECKING:
    from mypy_boto3_sqs.literals import QueueAttributeNameType

_POLICY = "Policy"

_ATTRIBUTES: "Mapping[str, QueueAttributeNameType]" = {
    "delaySeconds": "DelaySeconds",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "policy": "Policy",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}

_DEFAULTS: "Mapping[QueueAttributeNameType, str]" = {
    "DelaySeconds": "0",
    "KmsDataKeyReusePeriodSeconds": "300",
    "KmsMasterKeyId": "",
    "MaximumMessageSize": "262144",
    "MessageRetentionPeriod": "345600",
    "Policy": "",
    "ReceiveMessageWaitTimeSeconds": "0",
    "RedrivePolicy": "",
    "SqsManagedSseEnabled": "true",
    "VisibilityTimeout": "30",
}
"""What a queue gets back when a property is no longer said."""

_TRUE_OR_FALSE = "sqsManagedSseEnabled"
_TEXTS = ("kmsMasterKeyId", "policy", "redrivePolicy")


class _OfQueue(ResourceType):
    """What a queue and its policy share: the attributes behind a queue's URL, which is the id."""

    def _attributes(self, url: str) -> dict[str, str] | None:
        answer = found(
            lambda: self.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        )
        return None if answer is None else {**answer.get("Attributes", {})}

    def _set(self, url: str, attributes: "Mapping[QueueAttributeNameType, str]") -> None:
        # moto forgets the policy whenever it is not among the attributes that are set.
        policy = (self._attributes(url) or {}).get(_POLICY, "")
        self.aws.sqs.set_queue_attributes(
            QueueUrl=url, Attributes={**({"Policy": policy} if policy else {}), **attributes}
        )


class Queue(_OfQueue):
    """A standard queue; first-in-first-out queues are not known here."""

    token = "aws:sqs/queue:Queue"
    autoname = "name"
    properties = {
        "name": FIXED,
        "namePrefix": FIXED,
        **dict.fromkeys(_ATTRIBUTES, PLAIN),
        "policy": DOCUMENT,
        "redrivePolicy": DOCUMENT,
        **TAGS,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        name: str = inputs["name"]
        # AWS and moto answer with the queue that is there, as if it had just been made.
        if found(lambda: self.aws.sqs.get_queue_url(QueueName=name)) is not None:
            raise PluginError(f"queue {name} exists already")
        return self.aws.sqs.create_queue(
            QueueName=name,
            Attributes={_ATTRIBUTES[k]: _to_text(v) for k, v in inputs.items() if k in _ATTRIBUTES},
            tags=inputs.get("tags") or {},
        )["QueueUrl"]

    def read(self, resource_id: str, state: Object) -> Object | None:
        real = self._attributes(resource_id)
        if real is None:
            return None
        return with_tags(
            {
                "id": resource_id,
                "url": resource_id,
                "arn": real["QueueArn"],
                "name": resource_id.rsplit("/", 1)[-1],
                **{key: _read(key, real.get(name)) for key, name in _ATTRIBUTES.items()},
            },
            self.aws.sqs.list_queue_tags(QueueUrl=resource_id).get("Tags", {}),
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(changed, *_ATTRIBUTES, "tags")
        attributes: dict[QueueAttributeNameType, str] = {
            name: _to_text(news[key]) if news.get(key) is not None else _DEFAULTS[name]
            for key, name in _ATTRIBUTES.items()
            if key in changed
        }
        if attributes:
            self._set(resource_id, attributes)
        added, removed = tag_changes(olds, news)
        if removed:
            self.aws.sqs.untag_queue(QueueUrl=resource_id, TagKeys=removed)
        if added:
            self.aws.sqs.tag_queue(QueueUrl=resource_id, Tags=added)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        self.aws.sqs.delete_queue(QueueUrl=resource_id)


class QueuePolicy(_OfQueue):
    """The policy of a queue, whose URL is its id."""

    token = "aws:sqs/queuePolicy:QueuePolicy"
    properties = {"queueUrl": KEY, "policy": Property(required=True, document=True)}

    def create(self, inputs: Object, timeout: float) -> str:
        self._set(inputs["queueUrl"], {"Policy": _to_text(inputs["policy"])})
        return inputs["queueUrl"]

    def read(self, resource_id: str, state: Object) -> Object | None:
        policy = (self._attributes(resource_id) or {}).get(_POLICY)
        if not policy:
            return None
        return {"id": resource_id, "queueUrl": resource_id, "policy": policy}

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self._set(resource_id, {"Policy": _to_text(news["policy"])})

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        self._set(resource_id, {"Policy": ""})


def _to_text(value: object) -> str:
    """An attribute as the API takes it: every one is a text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(key: str, value: str | None) -> str | int | bool | None:
    if not value:
        return None
    if key == _TRUE_OR_FALSE:
        return value.lower() == "true"
    return value if key in _TEXTS else int(value)
