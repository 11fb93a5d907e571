"""EventBridge rules of the default bus, and their targets."""

import uuid
from typing import TYPE_CHECKING, cast

from localcloud.plugins.aws.clients import found, tag_list
from localcloud.plugins.aws.properties import (
    DOCUMENT,
    FIXED,
    KEY,
    OURS,
    PLAIN,
    REQUIRED,
    TAGS,
    Property,
)
from localcloud.plugins.aws.resource import ResourceType, drop_none, tag_changes, tags_of, with_tags
from localcloud.plugins.plugin import Object, PluginError

if TYPE_CHECKING:
    from mypy_boto3_events.literals import RuleStateType
    from mypy_boto3_events.type_defs import TargetOutputTypeDef, TargetTypeDef

_BUS = "default"


class EventRule(ResourceType):
    """A rule; its id is its name."""

    token = "aws:cloudwatch/eventRule:EventRule"
    autoname = "name"
    properties = {
        "name": FIXED,
        "namePrefix": FIXED,
        "description": OURS,
        "eventPattern": DOCUMENT,
        "scheduleExpression": OURS,
        "roleArn": OURS,
        "state": PLAIN,
        "forceDestroy": PLAIN,
        **TAGS,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        name: str = inputs["name"]
        # PutRule would change the one that is there.
        if found(lambda: self.aws.events.describe_rule(Name=name)) is not None:
            raise PluginError(f"rule {name} exists already")
        self._put(name, inputs, inputs.get("tags"))
        return name

    def _put(self, name: str, inputs: Object, tags: Object | None = None) -> None:
        self.aws.events.put_rule(
            Name=name,
            **drop_none(
                Description=inputs.get("description"),
                EventPattern=inputs.get("eventPattern"),
                ScheduleExpression=inputs.get("scheduleExpression"),
                RoleArn=inputs.get("roleArn"),
                # In the same call, as the real provider: AWS takes them of new rules alone.
                Tags=tag_list(tags) if tags else None,
            ),
            State=cast("RuleStateType", inputs.get("state") or "ENABLED"),
        )

    def _tag(self, name: str, olds: Object, news: Object) -> None:
        arn = self.aws.events.describe_rule(Name=name)["Arn"]
        added, removed = tag_changes(olds, news)
        if removed:
            self.aws.events.untag_resource(ResourceARN=arn, TagKeys=removed)
        if added:
            self.aws.events.tag_resource(ResourceARN=arn, Tags=tag_list(added))

    def read(self, resource_id: str, state: Object) -> Object | None:
        rule = found(lambda: self.aws.events.describe_rule(Name=resource_id))
        if rule is None:
            return None
        tags = self.aws.events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]
        return with_tags(
            {
                "id": resource_id,
                "arn": rule["Arn"],
                "name": rule["Name"],
                "eventBusName": rule.get("EventBusName") or _BUS,
                "state": rule["State"],
                "description": rule.get("Description") or None,
                "eventPattern": rule.get("EventPattern") or None,
                "scheduleExpression": rule.get("ScheduleExpression") or None,
                "roleArn": rule.get("RoleArn") or None,
            },
            tags_of(tags),
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        if changed - {"tags", "forceDestroy"}:
            self._put(resource_id, news)
        self._tag(resource_id, olds, news)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        self.aws.events.delete_rule(Name=resource_id, Force=bool(state.get("forceDestroy")))


class EventTarget(ResourceType):
    """A target of a rule; its id is ``RULE-TARGET``, and an import names it ``RULE/TARGET``."""

    token = "aws:cloudwatch/eventTarget:EventTarget"
    properties = {
        "arn": REQUIRED,
        "rule": KEY,
        "targetId": FIXED,
        "input": OURS,
        "inputPath": OURS,
        "roleArn": OURS,
        "forceDestroy": PLAIN,
        "deadLetterConfig": Property(ours=True, fields={"arn": PLAIN}),
        "retryPolicy": Property(
            ours=True, fields={"maximumEventAgeInSeconds": PLAIN, "maximumRetryAttempts": PLAIN}
        ),
    }

    def create(self, inputs: Object, timeout: float) -> str:
        target_id = inputs.get("targetId") or f"pulumi-{uuid.uuid4().hex[:16]}"
        if self._find(inputs["rule"], target_id) is not None:
            raise PluginError(f"rule {inputs['rule']} has a target {target_id} already")
        self._put(target_id, inputs)
        return f"{inputs['rule']}-{target_id}"

    def _put(self, target_id: str, inputs: Object) -> None:
        letters, retries = inputs.get("deadLetterConfig"), inputs.get("retryPolicy")
        target = {
            "Id": target_id,
            "Arn": inputs["arn"],
            **drop_none(
                Input=inputs.get("input"),
                InputPath=inputs.get("inputPath"),
                RoleArn=inputs.get("roleArn"),
                DeadLetterConfig={"Arn": letters["arn"]} if letters else None,
                RetryPolicy={k[0].upper() + k[1:]: v for k, v in retries.items()}
                if retries
                else None,
            ),
        }
        answer = self.aws.events.put_targets(
            Rule=inputs["rule"], Targets=[cast("TargetTypeDef", target)]
        )
        for entry in answer["FailedEntries"]:
            raise PluginError(f"target {target_id}: {entry.get('ErrorMessage')}")

    def _find(self, rule: str, target_id: str) -> "TargetOutputTypeDef | None":
        answer = found(lambda: self.aws.events.list_targets_by_rule(Rule=rule))
        targets = answer["Targets"] if answer else []
        return next((target for target in targets if target["Id"] == target_id), None)

    def read(self, resource_id: str, state: Object) -> Object | None:
        rule, target_id = _parts(resource_id, state)
        target = self._find(rule, target_id)
        if target is None:
            return None
        retries, letters = target.get("RetryPolicy"), target.get("DeadLetterConfig")
        return {
            "id": f"{rule}-{target_id}",
            "rule": rule,
            "targetId": target_id,
            "arn": target["Arn"],
            "eventBusName": _BUS,
            "input": target.get("Input"),
            "inputPath": target.get("InputPath"),
            "roleArn": target.get("RoleArn"),
            "deadLetterConfig": {"arn": letters.get("Arn")} if letters else None,
            "retryPolicy": {k[0].lower() + k[1:]: v for k, v in retries.items()}
            if retries
            else None,
        }

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        _, target_id = _parts(resource_id, olds)
        self._put(target_id, news)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        rule, target_id = _parts(resource_id, state)
        self.aws.events.remove_targets(
            Rule=rule, Ids=[target_id], Force=bool(state.get("forceDestroy"))
        )


def _parts(resource_id: str, state: Object) -> tuple[str, str]:
    """Rule and target id."""
    rule = state.get("rule")
    if rule is None:
        rule, _, target_id = resource_id.partition("/")
        return rule, target_id
    return rule, state.get("targetId") or resource_id.removeprefix(f"{rule}-")
