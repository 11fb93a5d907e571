"""Auto Scaling groups."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from localcloud.plugins.aws import autoscaling_policy
from localcloud.plugins.aws.clients import retry_while, wait_until
from localcloud.plugins.aws.properties import FIXED, PLAIN, REQUIRED, SET, Property
from localcloud.plugins.aws.resource import ResourceType, drop_none
from localcloud.plugins.plugin import Object, PluginError

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import (
        AutoScalingGroupTypeDef,
        RefreshPreferencesUnionTypeDef,
        TagTypeDef,
    )

_PREFERENCES = {
    "autoRollback": PLAIN,
    "checkpointDelay": PLAIN,
    "instanceWarmup": PLAIN,
    "maxHealthyPercentage": PLAIN,
    "minHealthyPercentage": PLAIN,
    "scaleInProtectedInstances": PLAIN,
    "skipMatching": PLAIN,
    "standbyInstances": PLAIN,
}
_RESOURCE_TYPE = "auto-scaling-group"
_BUSY = ("ScalingActivityInProgress", "ResourceInUse")
_CAPACITY_TIMEOUT = "10m"
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class Group(ResourceType):
    """An Auto Scaling group; a new launch template version starts an instance refresh."""

    token = "aws:autoscaling/group:Group"
    autoname = "name"
    default_timeout = 900.0
    restless = frozenset({"desiredCapacity"})
    properties = {
        "name": FIXED,
        "namePrefix": FIXED,
        "minSize": REQUIRED,
        "maxSize": REQUIRED,
        "desiredCapacity": PLAIN,
        "capacityRebalance": PLAIN,
        "defaultCooldown": PLAIN,
        "defaultInstanceWarmup": PLAIN,
        "enabledMetrics": Property(unordered=True, ours=True),
        "forceDelete": PLAIN,
        "healthCheckGracePeriod": PLAIN,
        "healthCheckType": PLAIN,
        "instanceRefresh": Property(
            fields={
                "strategy": REQUIRED,
                "triggers": SET,
                "preferences": Property(fields=_PREFERENCES),
            }
        ),
        "maxInstanceLifetime": PLAIN,
        "metricsGranularity": PLAIN,
        "mixedInstancesPolicy": autoscaling_policy.PROPERTY,
        "protectFromScaleIn": PLAIN,
        "suspendedProcesses": Property(unordered=True, ours=True),
        "tags": Property(
            unordered=True,
            ours=True,
            fields={"key": REQUIRED, "value": REQUIRED, "propagateAtLaunch": REQUIRED},
        ),
        "terminationPolicies": PLAIN,
        "vpcZoneIdentifiers": SET,
        "waitForCapacityTimeout": PLAIN,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        name: str = inputs["name"]
        self.aws.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            Tags=[self._tag(name, tag) for tag in inputs.get("tags", [])],
            **self._parameters(inputs),
            **drop_none(DesiredCapacity=inputs.get("desiredCapacity")),
        )
        self._set_processes(name, {}, inputs)
        self._set_metrics(name, {}, inputs)
        least = inputs.get("desiredCapacity") or inputs["minSize"]
        self._wait_for_capacity(name, inputs, f"at least {least}", lambda have: have >= least)
        return name

    @staticmethod
    def _tag(name: str, tag: Object) -> "TagTypeDef":
        return {
            "ResourceId": name,
            "ResourceType": _RESOURCE_TYPE,
            "Key": tag["key"],
            "Value": tag["value"],
            "PropagateAtLaunch": tag["propagateAtLaunch"],
        }

    @staticmethod
    def _parameters(inputs: Object) -> dict[str, Any]:
        subnets = inputs.get("vpcZoneIdentifiers")
        parameters = drop_none(
            MinSize=inputs["minSize"],
            MaxSize=inputs["maxSize"],
            CapacityRebalance=inputs.get("capacityRebalance"),
            DefaultCooldown=inputs.get("defaultCooldown"),
            DefaultInstanceWarmup=inputs.get("defaultInstanceWarmup"),
            HealthCheckType=inputs.get("healthCheckType"),
            HealthCheckGracePeriod=inputs.get("healthCheckGracePeriod"),
            MaxInstanceLifetime=inputs.get("maxInstanceLifetime"),
            NewInstancesProtectedFromScaleIn=inputs.get("protectFromScaleIn"),
            TerminationPolicies=inputs.get("terminationPolicies"),
            VPCZoneIdentifier=",".join(subnets) if subnets else None,
        )
        if "mixedInstancesPolicy" in inputs:
            policy = autoscaling_policy.to_api(inputs["mixedInstancesPolicy"])
            parameters["MixedInstancesPolicy"] = policy
        return parameters

    def _set_processes(self, name: str, olds: Object, news: Object) -> None:
        before, after = (set(x.get("suspendedProcesses") or []) for x in (olds, news))
        if after - before:
            self.aws.autoscaling.suspend_processes(
                AutoScalingGroupName=name, ScalingProcesses=sorted(after - before)
            )
        if before - after:
            self.aws.autoscaling.resume_processes(
                AutoScalingGroupName=name, ScalingProcesses=sorted(before - after)
            )

    def _set_metrics(self, name: str, olds: Object, news: Object) -> None:
        before, after = (set(x.get("enabledMetrics") or []) for x in (olds, news))
        if after - before:
            self.aws.autoscaling.enable_metrics_collection(
                AutoScalingGroupName=name,
                Metrics=sorted(after - before),
                Granularity=news.get("metricsGranularity", "1Minute"),
            )
        if before - after:
            self.aws.autoscaling.disable_metrics_collection(
                AutoScalingGroupName=name, Metrics=sorted(before - after)
            )

    def _describe(self, name: str) -> "AutoScalingGroupTypeDef | None":
        groups = self.aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        found = groups["AutoScalingGroups"]
        return found[0] if found else None

    def _wait_for_capacity(
        self, name: str, inputs: Object, wanted: str, satisfied: Callable[[int], bool]
    ) -> None:
        """Waits as long as the inputs say; not at all, if they say 0."""
        timeout = _seconds(inputs.get("waitForCapacityTimeout", _CAPACITY_TIMEOUT))

        def enough() -> bool:
            group = self._describe(name)
            if group is None:
                raise PluginError(f"Auto Scaling group {name} is gone")
            healthy = [
                it
                for it in group["Instances"]
                if it["LifecycleState"] == "InService" and it["HealthStatus"] == "Healthy"
            ]
            return satisfied(len(healthy))

        if timeout > 0:
            what = f"Auto Scaling group {name} did not have {wanted} healthy instances"
            wait_until(what, enough, timeout)

    def read(self, resource_id: str, state: Object) -> Object | None:
        group = self._describe(resource_id)
        if group is None:
            return None
        return {
            "id": resource_id,
            "arn": group["AutoScalingGroupARN"],
            "name": group["AutoScalingGroupName"],
            "minSize": group["MinSize"],
            "maxSize": group["MaxSize"],
            "desiredCapacity": group["DesiredCapacity"],
            "capacityRebalance": group.get("CapacityRebalance", False),
            "defaultCooldown": group.get("DefaultCooldown"),
            **_if_told(group),
            "healthCheckType": group.get("HealthCheckType"),
            "healthCheckGracePeriod": group.get("HealthCheckGracePeriod"),
            "protectFromScaleIn": group.get("NewInstancesProtectedFromScaleIn", False),
            "terminationPolicies": group.get("TerminationPolicies"),
            "vpcZoneIdentifiers": _listed(group.get("VPCZoneIdentifier")),
            "suspendedProcesses": [p["ProcessName"] for p in group.get("SuspendedProcesses", [])],
            "enabledMetrics": [m["Metric"] for m in group.get("EnabledMetrics", [])],
            "tags": [
                {
                    "key": tag["Key"],
                    "value": tag["Value"],
                    "propagateAtLaunch": tag["PropagateAtLaunch"],
                }
                for tag in group.get("Tags", [])
            ],
            "mixedInstancesPolicy": autoscaling_policy.from_api(group.get("MixedInstancesPolicy")),
        }

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        capacity = drop_none(DesiredCapacity=news.get("desiredCapacity"))
        self.aws.autoscaling.update_auto_scaling_group(
            AutoScalingGroupName=resource_id,
            **self._parameters(news),
            **(capacity if "desiredCapacity" in changed else {}),
        )
        if "tags" in changed:
            self._retag(resource_id, news)
        self._set_processes(resource_id, olds, news)
        self._set_metrics(resource_id, olds, news)
        if changed & {"minSize", "desiredCapacity"}:
            # What the program leaves to others, or ignores, is what was last known of it.
            desired = news.get("desiredCapacity", olds.get("desiredCapacity")) or 0
            exact = max(news["minSize"], desired)
            self._wait_for_capacity(resource_id, news, f"exactly {exact}", lambda n: n == exact)
        if "instanceRefresh" in news and _refreshes(changed, news["instanceRefresh"]):
            self._refresh(resource_id, news["instanceRefresh"])

    def _refresh(self, name: str, refresh: Object) -> None:
        preferences: dict[str, Any] = {
            key[0].upper() + key[1:]: value for key, value in refresh.get("preferences", {}).items()
        }
        self.aws.autoscaling.start_instance_refresh(
            AutoScalingGroupName=name,
            Strategy=refresh["strategy"],
            Preferences=cast("RefreshPreferencesUnionTypeDef", preferences),
        )

    def _retag(self, name: str, news: Object) -> None:
        group = self._describe(name)
        wanted = {tag["key"] for tag in news.get("tags", [])}
        real = [tag["Key"] for tag in group.get("Tags", [])] if group else []
        removed = [key for key in real if key not in wanted]
        if removed:
            self.aws.autoscaling.delete_tags(
                Tags=[
                    {"ResourceId": name, "ResourceType": _RESOURCE_TYPE, "Key": key}
                    for key in removed
                ]
            )
        if wanted:
            self.aws.autoscaling.create_or_update_tags(
                Tags=[self._tag(name, tag) for tag in news["tags"]]
            )

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        if self._describe(resource_id) is None:
            return
        self.aws.autoscaling.update_auto_scaling_group(
            AutoScalingGroupName=resource_id, MinSize=0, MaxSize=0, DesiredCapacity=0
        )
        wait_until(
            f"the instances of Auto Scaling group {resource_id} did not end",
            lambda: not (self._describe(resource_id) or {}).get("Instances"),
            timeout,
        )
        retry_while(
            _BUSY,
            lambda: self.aws.autoscaling.delete_auto_scaling_group(
                AutoScalingGroupName=resource_id, ForceDelete=bool(state.get("forceDelete"))
            ),
            timeout,
        )
        wait_until(
            f"Auto Scaling group {resource_id} did not go",
            lambda: self._describe(resource_id) is None,
            timeout,
        )


def _listed(identifiers: str | None) -> list[str]:
    return sorted(identifiers.split(",")) if identifiers else []


def _seconds(duration: str) -> float:
    """Seconds of a duration as Go writes it, such as 1h30m."""
    parts = re.findall(r"([0-9.]+)(ms|s|m|h)", duration)
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def _if_told(group: "AutoScalingGroupTypeDef") -> Object:
    """Settings that not every AutoScaling API tells."""
    return drop_none(
        defaultInstanceWarmup=group.get("DefaultInstanceWarmup"),
        maxInstanceLifetime=group.get("MaxInstanceLifetime"),
    )


def _refreshes(changed: frozenset[str], refresh: Object) -> bool:
    # A new launch template version always does; other properties only when named.
    triggers = {"mixedInstancesPolicy", *_camels(refresh.get("triggers", []))}
    return bool(changed & triggers)


def _camels(names: list[str]) -> list[str]:
    """Terraform's snake-case trigger names in Pulumi's spelling."""
    return ["tags" if name == "tag" else _camel(name) for name in names]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
