"""KMS keys and aliases, and CloudWatch log groups."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from localcloud.plugins.aws.clients import found
from localcloud.plugins.aws.properties import DOCUMENT, FIXED, OURS, PLAIN, REQUIRED, TAGS
from localcloud.plugins.aws.resource import ResourceType, drop_none, tag_changes, with_tags
from localcloud.plugins.plugin import Object

if TYPE_CHECKING:
    from mypy_boto3_kms.type_defs import TagTypeDef
    from mypy_boto3_logs.type_defs import LogGroupTypeDef

_WINDOW = 30  # days; what AWS takes when none is given


def _tags(tags: Mapping[str, str] | None) -> "list[TagTypeDef]":
    return [{"TagKey": key, "TagValue": value} for key, value in (tags or {}).items()]


class Key(ResourceType):
    """A symmetric KMS key. Deleting it schedules its deletion, as on AWS."""

    token = "aws:kms/key:Key"
    properties = {
        "description": OURS,
        "deletionWindowInDays": PLAIN,
        "enableKeyRotation": PLAIN,
        "keyUsage": FIXED,
        "customerMasterKeySpec": FIXED,
        "policy": DOCUMENT,
        "rotationPeriodInDays": PLAIN,
        **TAGS,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        key = self.aws.kms.create_key(
            **drop_none(
                Description=inputs.get("description"),
                KeyUsage=inputs.get("keyUsage"),
                KeySpec=inputs.get("customerMasterKeySpec"),
                Policy=inputs.get("policy"),
            ),
            Tags=_tags(inputs.get("tags")),
        )["KeyMetadata"]["KeyId"]
        if inputs.get("enableKeyRotation"):
            self._rotate(key, inputs)
        return key

    def _rotate(self, key: str, inputs: Object) -> None:
        if inputs.get("enableKeyRotation"):
            self.aws.kms.enable_key_rotation(
                KeyId=key, **drop_none(RotationPeriodInDays=inputs.get("rotationPeriodInDays"))
            )
        else:
            self.aws.kms.disable_key_rotation(KeyId=key)

    def read(self, resource_id: str, state: Object) -> Object | None:
        answer = found(lambda: self.aws.kms.describe_key(KeyId=resource_id))
        if answer is None or answer["KeyMetadata"].get("KeyState") == "PendingDeletion":
            return None
        key = answer["KeyMetadata"]
        rotation = self.aws.kms.get_key_rotation_status(KeyId=resource_id)
        tags = self.aws.kms.list_resource_tags(KeyId=resource_id)["Tags"]
        policy = self.aws.kms.get_key_policy(KeyId=resource_id, PolicyName="default")
        return with_tags(
            {
                "id": resource_id,
                "arn": key.get("Arn"),
                "keyId": resource_id,
                "description": key.get("Description") or None,
                "keyUsage": key.get("KeyUsage"),
                "customerMasterKeySpec": key.get("KeySpec"),
                "enableKeyRotation": rotation["KeyRotationEnabled"],
                "rotationPeriodInDays": rotation.get("RotationPeriodInDays"),
                "policy": policy.get("Policy"),
            },
            {tag["TagKey"]: tag["TagValue"] for tag in tags},
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(
            changed,
            "description",
            "deletionWindowInDays",
            "enableKeyRotation",
            "policy",
            "rotationPeriodInDays",
            "tags",
        )
        if "description" in changed:
            self.aws.kms.update_key_description(
                KeyId=resource_id, Description=news.get("description", "")
            )
        if changed & {"enableKeyRotation", "rotationPeriodInDays"}:
            self._rotate(resource_id, news)
        if "policy" in changed and news.get("policy"):
            self.aws.kms.put_key_policy(
                KeyId=resource_id, PolicyName="default", Policy=news["policy"]
            )
        added, removed = tag_changes(olds, news)
        if removed:
            self.aws.kms.untag_resource(KeyId=resource_id, TagKeys=removed)
        if added:
            self.aws.kms.tag_resource(KeyId=resource_id, Tags=_tags(added))

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        if self.read(resource_id, state) is None:
            return  # AWS refuses to schedule it twice
        window = state.get("deletionWindowInDays") or _WINDOW
        self.aws.kms.schedule_key_deletion(KeyId=resource_id, PendingWindowInDays=window)


class Alias(ResourceType):
    """A key's alias; its id is its name."""

    token = "aws:kms/alias:Alias"
    autoname = "name"
    autoname_prefix = "alias/"
    properties = {"name": FIXED, "namePrefix": FIXED, "targetKeyId": REQUIRED}

    def create(self, inputs: Object, timeout: float) -> str:
        self.aws.kms.create_alias(AliasName=inputs["name"], TargetKeyId=inputs["targetKeyId"])
        return inputs["name"]

    def read(self, resource_id: str, state: Object) -> Object | None:
        pages = self.aws.kms.get_paginator("list_aliases").paginate()
        aliases = [alias for page in pages for alias in page["Aliases"]]
        alias = next((alias for alias in aliases if alias["AliasName"] == resource_id), None)
        if alias is None:
            return None
        key = self.aws.kms.describe_key(KeyId=alias["TargetKeyId"])["KeyMetadata"]
        arn = key.get("Arn", "")
        # A program may name the key by its ARN; then it is compared with it.
        by_arn = str(state.get("targetKeyId", "")).startswith("arn:")
        return {
            "id": resource_id,
            "name": resource_id,
            "arn": alias["AliasArn"],
            "targetKeyId": arn if by_arn else key["KeyId"],
            "targetKeyArn": arn,
        }

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.aws.kms.update_alias(AliasName=resource_id, TargetKeyId=news["targetKeyId"])

    def unsettled(self, changed: frozenset[str]) -> tuple[str, ...]:
        return ("targetKeyArn",)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        self.aws.kms.delete_alias(AliasName=resource_id)


class LogGroup(ResourceType):
    """A log group; its id is its name."""

    token = "aws:cloudwatch/logGroup:LogGroup"
    autoname = "name"
    properties = {
        "name": FIXED,
        "namePrefix": FIXED,
        "kmsKeyId": OURS,
        "retentionInDays": OURS,
        "skipDestroy": PLAIN,
        **TAGS,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        self.aws.logs.create_log_group(
            logGroupName=inputs["name"],
            **drop_none(kmsKeyId=inputs.get("kmsKeyId"), tags=inputs.get("tags") or None),
        )
        self._retain(inputs["name"], inputs)
        return inputs["name"]

    def _retain(self, name: str, inputs: Object) -> None:
        days = inputs.get("retentionInDays")
        if days:
            self.aws.logs.put_retention_policy(logGroupName=name, retentionInDays=days)

    def _describe(self, name: str) -> "LogGroupTypeDef | None":
        groups = self.aws.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        return next((group for group in groups if group["logGroupName"] == name), None)

    def read(self, resource_id: str, state: Object) -> Object | None:
        group = self._describe(resource_id)
        if group is None:
            return None
        arn = group["arn"].removesuffix(":*")
        return with_tags(
            {
                "id": resource_id,
                "arn": arn,
                "name": resource_id,
                "retentionInDays": group.get("retentionInDays"),
                "kmsKeyId": group.get("kmsKeyId"),
            },
            self.aws.logs.list_tags_for_resource(resourceArn=arn).get("tags", {}),
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(changed, "kmsKeyId", "retentionInDays", "skipDestroy", "tags")
        if "retentionInDays" in changed:
            if news.get("retentionInDays"):
                self._retain(resource_id, news)
            else:
                self.aws.logs.delete_retention_policy(logGroupName=resource_id)
        if "kmsKeyId" in changed:
            if news.get("kmsKeyId"):
                self.aws.logs.associate_kms_key(logGroupName=resource_id, kmsKeyId=news["kmsKeyId"])
            else:
                self.aws.logs.disassociate_kms_key(logGroupName=resource_id)
        added, removed = tag_changes(olds, news)
        arn = olds["arn"]
        if removed:
            self.aws.logs.untag_resource(resourceArn=arn, tagKeys=removed)
        if added:
            self.aws.logs.tag_resource(resourceArn=arn, tags=added)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        if not state.get("skipDestroy"):
            self.aws.logs.delete_log_group(logGroupName=resource_id)
