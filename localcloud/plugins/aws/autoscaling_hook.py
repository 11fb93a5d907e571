"""Lifecycle hooks of Auto Scaling groups."""

from typing import TYPE_CHECKING

from localcloud.plugins.aws.properties import FIXED, KEY, PLAIN, REQUIRED
from localcloud.plugins.aws.resource import ResourceType, drop_none
from localcloud.plugins.plugin import Object, PluginError

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import LifecycleHookTypeDef


class LifecycleHook(ResourceType):
    """A hook; its id is its name, and an import names it ``GROUP/NAME``.

    moto keeps hooks and never waits for them. It keeps no notification target, role or metadata
    either, so these properties are not known here.
    """

    token = "aws:autoscaling/lifecycleHook:LifecycleHook"
    autoname = "name"
    properties = {
        "name": FIXED,
        "autoscalingGroupName": KEY,
        "lifecycleTransition": REQUIRED,
        "defaultResult": PLAIN,
        "heartbeatTimeout": PLAIN,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        group, name = inputs["autoscalingGroupName"], inputs["name"]
        # moto takes hooks of groups that do not exist.
        if not self._group_exists(group):
            raise PluginError(f"there is no Auto Scaling group {group}")
        if self._find(group, name) is not None:
            raise PluginError(f"Auto Scaling group {group} has a lifecycle hook {name} already")
        self._put(name, inputs)
        return name

    def _put(self, name: str, inputs: Object) -> None:
        self.aws.autoscaling.put_lifecycle_hook(
            LifecycleHookName=name,
            AutoScalingGroupName=inputs["autoscalingGroupName"],
            LifecycleTransition=inputs["lifecycleTransition"],
            **drop_none(
                DefaultResult=inputs.get("defaultResult"),
                HeartbeatTimeout=inputs.get("heartbeatTimeout"),
            ),
        )

    def _group_exists(self, group: str) -> bool:
        answer = self.aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])
        return bool(answer["AutoScalingGroups"])

    def _find(self, group: str, name: str) -> "LifecycleHookTypeDef | None":
        # moto keeps hooks of groups that are gone, and AWS refuses to list them.
        if not self._group_exists(group):
            return None
        hooks = self.aws.autoscaling.describe_lifecycle_hooks(
            AutoScalingGroupName=group, LifecycleHookNames=[name]
        )["LifecycleHooks"]
        return hooks[0] if hooks else None

    def read(self, resource_id: str, state: Object) -> Object | None:
        group = state.get("autoscalingGroupName")
        if group is None:
            group, _, resource_id = resource_id.partition("/")
        hook = self._find(group, resource_id)
        if hook is None:
            return None
        return {
            "id": resource_id,
            "name": resource_id,
            "autoscalingGroupName": group,
            "lifecycleTransition": hook["LifecycleTransition"],
            "defaultResult": hook["DefaultResult"],
            "heartbeatTimeout": hook["HeartbeatTimeout"],
        }

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self._put(resource_id, news)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        if self._find(state["autoscalingGroupName"], resource_id) is not None:
            self.aws.autoscaling.delete_lifecycle_hook(
                AutoScalingGroupName=state["autoscalingGroupName"], LifecycleHookName=resource_id
            )
