"""EKS clusters."""

from typing import TYPE_CHECKING, Any

from localcloud.fair_clock import FairClock
from localcloud.plugins.aws.clients import found, retry_while, wait_until
from localcloud.plugins.aws.properties import FIXED, KEY, PLAIN, REQUIRED, SET, TAGS, Property
from localcloud.plugins.aws.resource import ResourceType, drop_none, tag_changes, with_tags
from localcloud.plugins.plugin import Object, PluginError
from localcloud.telling import Telling

if TYPE_CHECKING:
    from mypy_boto3_eks.literals import LogTypeType
    from mypy_boto3_eks.type_defs import (
        ClusterTypeDef,
        LoggingUnionTypeDef,
        LogSetupTypeDef,
        UpdateTypeDef,
    )

_BUSY = ("ResourceInUseException",)
_CLUSTER_TIMEOUT = 1800.0  # seconds, as the real provider
_VPC_PARTS = (
    ("endpointPrivateAccess", "endpointPublicAccess", "publicAccessCidrs"),
    ("subnetIds", "securityGroupIds"),
)
_LOG_TYPES: tuple["LogTypeType", ...] = (
    "api",
    "audit",
    "authenticator",
    "controllerManager",
    "scheduler",
)


class EksType(ResourceType):
    """EKS resources are tagged by ARN."""

    def retag(self, arn: str, olds: Object, news: Object) -> None:
        """Changes the tags of what `arn` names."""
        added, removed = tag_changes(olds, news)
        if removed:
            self.aws.eks.untag_resource(resourceArn=arn, tagKeys=removed)
        if added:
            self.aws.eks.tag_resource(resourceArn=arn, tags=added)


class Cluster(EksType):
    """A cluster; its id is its name."""

    token = "aws:eks/cluster:Cluster"
    autoname = "name"
    default_timeout = _CLUSTER_TIMEOUT
    properties = {
        "name": FIXED,
        "roleArn": KEY,
        "version": PLAIN,
        "vpcConfig": Property(
            required=True,
            fields={
                "subnetIds": Property(required=True, unordered=True),
                "securityGroupIds": SET,
                "endpointPrivateAccess": PLAIN,
                "endpointPublicAccess": PLAIN,
                "publicAccessCidrs": SET,
            },
        ),
        "accessConfig": Property(
            fields={
                "authenticationMode": PLAIN,
                "bootstrapClusterCreatorAdminPermissions": FIXED,
            }
        ),
        "bootstrapSelfManagedAddons": FIXED,
        "deletionProtection": PLAIN,
        "enabledClusterLogTypes": SET,
        "encryptionConfig": Property(
            replaces=True,
            fields={
                "provider": Property(required=True, fields={"keyArn": REQUIRED}),
                "resources": Property(required=True, unordered=True),
            },
        ),
        "kubernetesNetworkConfig": Property(
            replaces=True, fields={"ipFamily": PLAIN, "serviceIpv4Cidr": PLAIN}
        ),
        "upgradePolicy": Property(fields={"supportType": PLAIN}),
        **TAGS,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        parameters = drop_none(
            name=inputs["name"],
            roleArn=inputs["roleArn"],
            version=inputs.get("version"),
            resourcesVpcConfig=inputs["vpcConfig"],
            accessConfig=inputs.get("accessConfig"),
            bootstrapSelfManagedAddons=inputs.get("bootstrapSelfManagedAddons"),
            deletionProtection=inputs.get("deletionProtection"),
            kubernetesNetworkConfig=inputs.get("kubernetesNetworkConfig"),
            upgradePolicy=inputs.get("upgradePolicy"),
            tags=inputs.get("tags") or None,
        )
        if inputs.get("encryptionConfig"):
            parameters["encryptionConfig"] = [inputs["encryptionConfig"]]
        if inputs.get("enabledClusterLogTypes"):
            parameters["logging"] = _logging(inputs["enabledClusterLogTypes"])
        self.aws.eks.create_cluster(**parameters)
        self._wait_active(inputs["name"], timeout)
        return inputs["name"]

    def _describe(self, name: str) -> "ClusterTypeDef | None":
        answer = found(lambda: self.aws.eks.describe_cluster(name=name))
        return answer["cluster"] if answer else None

    def _wait_active(self, name: str, timeout: float) -> None:
        clock, told = FairClock(), Telling()

        def active() -> bool:
            cluster = self._describe(name)
            status = cluster["status"] if cluster else "gone"
            issues = (cluster or {}).get("health", {}).get("issues", [])
            why = "; ".join(issue.get("message", "") for issue in issues)
            if status in ("FAILED", "gone"):
                raise PluginError(f"EKS cluster {name} is {status}: {why}")
            if status == "CREATING" and why:
                # Its programs are still obtained, which takes as long as it takes.
                clock.restart()
                told.tell(f"{name} is {why}")
            return status == "ACTIVE"

        wait_until(f"EKS cluster {name} did not become ACTIVE", active, timeout, clock=clock)

    def read(self, resource_id: str, state: Object) -> Object | None:
        cluster = self._describe(resource_id)
        if cluster is None:
            return None
        vpc = cluster["resourcesVpcConfig"]
        encryption = cluster.get("encryptionConfig") or [None]
        logs = cluster.get("logging", {}).get("clusterLogging", [])
        authority = {"data": cluster.get("certificateAuthority", {}).get("data", "")}
        return with_tags(
            {
                "id": resource_id,
                "arn": cluster["arn"],
                "name": cluster["name"],
                "roleArn": cluster["roleArn"],
                "version": cluster["version"],
                "platformVersion": cluster.get("platformVersion", ""),
                "status": cluster["status"],
                "endpoint": cluster.get("endpoint", ""),
                "createdAt": str(cluster.get("createdAt", "")),
                "certificateAuthority": authority,
                "identities": [{"oidcs": [{"issuer": cluster["identity"]["oidc"]["issuer"]}]}],
                "vpcConfig": {
                    "subnetIds": vpc["subnetIds"],
                    "securityGroupIds": vpc.get("securityGroupIds", []),
                    "clusterSecurityGroupId": vpc.get("clusterSecurityGroupId", ""),
                    "endpointPrivateAccess": vpc.get("endpointPrivateAccess", False),
                    "endpointPublicAccess": vpc.get("endpointPublicAccess", True),
                    "publicAccessCidrs": vpc.get("publicAccessCidrs", []),
                    "vpcId": vpc.get("vpcId", ""),
                },
                "accessConfig": cluster.get("accessConfig"),
                "deletionProtection": cluster.get("deletionProtection", False),
                "enabledClusterLogTypes": sorted(
                    kind for entry in logs if entry["enabled"] for kind in entry["types"]
                ),
                "encryptionConfig": encryption[0],
                "kubernetesNetworkConfig": cluster.get("kubernetesNetworkConfig"),
                "upgradePolicy": cluster.get("upgradePolicy"),
            },
            cluster.get("tags", {}),
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(
            changed,
            "version",
            "vpcConfig",
            "accessConfig",
            "deletionProtection",
            "enabledClusterLogTypes",
            "upgradePolicy",
            "tags",
        )
        if "version" in changed:
            self._update(
                resource_id,
                self.aws.eks.update_cluster_version(name=resource_id, version=news["version"])[
                    "update"
                ],
                timeout,
            )
        for parameters in _config_changes(olds, news, changed):
            answer = self.aws.eks.update_cluster_config(name=resource_id, **parameters)
            self._update(resource_id, answer["update"], timeout)
        self.retag(olds["arn"], olds, news)

    def _update(self, name: str, update: "UpdateTypeDef", timeout: float) -> None:
        update_id = update["id"]

        def done() -> bool:
            real = self.aws.eks.describe_update(name=name, updateId=update_id)["update"]
            if real["status"] in ("Failed", "Cancelled"):
                raise PluginError(f"EKS update of {name} {real['status']}: {real.get('errors')}")
            return real["status"] == "Successful"

        wait_until(f"EKS update {update_id} of {name} did not end", done, timeout)
        self._wait_active(name, timeout)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        retry_while(_BUSY, lambda: self.aws.eks.delete_cluster(name=resource_id), timeout)
        wait_until(
            f"EKS cluster {resource_id} did not go",
            lambda: self._describe(resource_id) is None,
            timeout,
        )


def _config_changes(olds: Object, news: Object, changed: frozenset[str]) -> list[dict[str, Any]]:
    """Parameters of one call each: EKS refuses two kinds of change in one."""
    calls: list[dict[str, Any]] = []
    if "vpcConfig" in changed:
        before, after = olds["vpcConfig"], news["vpcConfig"]
        for keys in _VPC_PARTS:
            part = {key: after[key] for key in keys if key in after}
            if part != {key: before[key] for key in keys if key in before}:
                calls.append({"resourcesVpcConfig": part})
    if "accessConfig" in changed:
        mode = (news.get("accessConfig") or {}).get("authenticationMode")
        calls.append({"accessConfig": drop_none(authenticationMode=mode)})
    if "deletionProtection" in changed:
        calls.append({"deletionProtection": bool(news.get("deletionProtection"))})
    if "upgradePolicy" in changed and news.get("upgradePolicy"):
        calls.append({"upgradePolicy": news["upgradePolicy"]})
    if "enabledClusterLogTypes" in changed:
        calls.append({"logging": _logging(news.get("enabledClusterLogTypes"))})
    return calls


def _logging(types: "list[LogTypeType] | None") -> "LoggingUnionTypeDef":
    on: list[LogTypeType] = list(types or [])
    off: list[LogTypeType] = [kind for kind in _LOG_TYPES if kind not in on]
    entries: list[LogSetupTypeDef] = [
        {"types": on, "enabled": True},
        {"types": off, "enabled": False},
    ]
    return {"clusterLogging": [entry for entry in entries if entry.get("types")]}
