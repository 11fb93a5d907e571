"""EKS add-ons."""

from typing import TYPE_CHECKING

from localcloud.plugins.aws.clients import found, wait_until
from localcloud.plugins.aws.eks import EksType
from localcloud.plugins.aws.properties import KEY, OURS, PLAIN, TAGS, Property
from localcloud.plugins.aws.resource import drop_none, with_tags
from localcloud.plugins.plugin import Object, PluginError

if TYPE_CHECKING:
    from mypy_boto3_eks.type_defs import AddonTypeDef


class Addon(EksType):
    """An add-on; its id is ``CLUSTER:NAME``."""

    token = "aws:eks/addon:Addon"
    default_timeout = 1200.0
    properties = {
        "clusterName": KEY,
        "addonName": KEY,
        "addonVersion": PLAIN,
        "configurationValues": Property(document=True, ours=True),
        "preserve": PLAIN,
        "resolveConflictsOnCreate": PLAIN,
        "resolveConflictsOnUpdate": PLAIN,
        "serviceAccountRoleArn": OURS,
        **TAGS,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        cluster, name = inputs["clusterName"], inputs["addonName"]
        self.aws.eks.create_addon(
            **drop_none(
                clusterName=cluster,
                addonName=name,
                addonVersion=inputs.get("addonVersion"),
                configurationValues=inputs.get("configurationValues"),
                resolveConflicts=inputs.get("resolveConflictsOnCreate"),
                serviceAccountRoleArn=inputs.get("serviceAccountRoleArn"),
                tags=inputs.get("tags") or None,
            )
        )
        self._wait_active(cluster, name, timeout)
        return f"{cluster}:{name}"

    def _describe(self, cluster: str, name: str) -> "AddonTypeDef | None":
        answer = found(lambda: self.aws.eks.describe_addon(clusterName=cluster, addonName=name))
        return answer["addon"] if answer else None

    def _wait_active(self, cluster: str, name: str, timeout: float) -> None:
        last = ""

        def active() -> bool:
            nonlocal last
            addon = self._describe(cluster, name) or {}
            status = addon.get("status", "gone")
            issues = addon.get("health", {}).get("issues", [])
            last = "; ".join(issue.get("message", "") for issue in issues)
            if status in ("CREATE_FAILED", "UPDATE_FAILED", "gone"):
                raise PluginError(f"EKS add-on {name} of {cluster} is {status}: {last}")
            return status == "ACTIVE"

        try:
            wait_until(f"EKS add-on {name} of {cluster} did not become ACTIVE", active, timeout)
        except PluginError as error:
            raise PluginError(f"{error}; {last}" if last else str(error)) from error

    def read(self, resource_id: str, state: Object) -> Object | None:
        cluster, name = resource_id.split(":", 1)
        addon = self._describe(cluster, name)
        if addon is None:
            return None
        return with_tags(
            {
                "id": resource_id,
                "arn": addon["addonArn"],
                "clusterName": cluster,
                "addonName": name,
                "addonVersion": addon["addonVersion"],
                "configurationValues": addon.get("configurationValues") or None,
                "serviceAccountRoleArn": addon.get("serviceAccountRoleArn") or None,
                "createdAt": str(addon.get("createdAt", "")),
            },
            addon.get("tags", {}),
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        cluster, name = resource_id.split(":", 1)
        if changed & {"addonVersion", "configurationValues", "serviceAccountRoleArn"}:
            self.aws.eks.update_addon(
                **drop_none(
                    clusterName=cluster,
                    addonName=name,
                    addonVersion=news.get("addonVersion"),
                    configurationValues=news.get("configurationValues"),
                    resolveConflicts=news.get("resolveConflictsOnUpdate"),
                    serviceAccountRoleArn=news.get("serviceAccountRoleArn"),
                )
            )
            self._wait_active(cluster, name, timeout)
        self.retag(olds["arn"], olds, news)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        cluster, name = resource_id.split(":", 1)
        self.aws.eks.delete_addon(
            clusterName=cluster, addonName=name, preserve=bool(state.get("preserve"))
        )
        wait_until(
            f"EKS add-on {name} of {cluster} did not go",
            lambda: self._describe(cluster, name) is None,
            timeout,
        )
