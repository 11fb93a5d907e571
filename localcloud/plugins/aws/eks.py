"""EKS resource types."""

from typing import Any

from localcloud.plugins.aws.clients import found, retry_while, wait_until
from localcloud.plugins.aws.properties import FIXED, KEY, PLAIN, REQUIRED, SET, Property
from localcloud.plugins.aws.resource import ResourceType, given, tag_changes, with_tags
from localcloud.plugins.plugin import Object, PluginError

_BUSY = ("ResourceInUseException",)
_CLUSTER_TIMEOUT = 1800.0  # seconds, as the real provider


class _Tagged(ResourceType):
    """EKS resources are tagged by ARN."""

    def _retag(self, arn: str, olds: Object, news: Object) -> None:
        added, removed = tag_changes(olds, news)
        if removed:
            self.aws.eks.untag_resource(resourceArn=arn, tagKeys=removed)
        if added:
            self.aws.eks.tag_resource(resourceArn=arn, tags=added)


class Cluster(_Tagged):
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
                "subnetIds": Property(unordered=True),
                "securityGroupIds": Property(unordered=True),
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
            fields={"provider": Property(fields={"keyArn": PLAIN}), "resources": SET},
        ),
        "kubernetesNetworkConfig": Property(
            replaces=True, fields={"ipFamily": PLAIN, "serviceIpv4Cidr": PLAIN}
        ),
        "upgradePolicy": Property(fields={"supportType": PLAIN}),
        "tags": PLAIN,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        parameters = given(
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

    def _describe(self, name: str) -> Any:
        answer = found(lambda: self.aws.eks.describe_cluster(name=name))
        return answer["cluster"] if answer else None

    def _wait_active(self, name: str, timeout: float) -> None:
        def active() -> bool:
            cluster = self._describe(name)
            status = cluster["status"] if cluster else "gone"
            if status in ("FAILED", "gone"):
                issues = (cluster or {}).get("health", {}).get("issues", [])
                why = "; ".join(issue.get("message", "") for issue in issues)
                raise PluginError(f"EKS cluster {name} is {status}: {why}")
            return status == "ACTIVE"

        wait_until(f"EKS cluster {name} did not become ACTIVE", active, timeout)

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
                "certificateAuthorities": [authority],
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
            "tags",
        )
        if "version" in changed:
            self._update(
                resource_id,
                self.aws.eks.update_cluster_version(name=resource_id, version=news["version"]),
                timeout,
            )
        for key, parameters in (
            ("vpcConfig", {"resourcesVpcConfig": news.get("vpcConfig")}),
            ("accessConfig", {"accessConfig": news.get("accessConfig")}),
            ("deletionProtection", {"deletionProtection": bool(news.get("deletionProtection"))}),
            ("enabledClusterLogTypes", {"logging": _logging(news.get("enabledClusterLogTypes"))}),
        ):
            # One change at a time: EKS refuses two in one call.
            if key in changed:
                answer = self.aws.eks.update_cluster_config(
                    name=resource_id,
                    **parameters,  # pyright: ignore[reportArgumentType]
                )
                self._update(resource_id, answer, timeout)
        self._retag(olds["arn"], olds, news)

    def _update(self, name: str, answer: Any, timeout: float) -> None:
        update = answer["update"]["id"]

        def done() -> bool:
            real: Any = self.aws.eks.describe_update(name=name, updateId=update)["update"]
            if real["status"] in ("Failed", "Cancelled"):
                raise PluginError(f"EKS update of {name} {real['status']}: {real.get('errors')}")
            return real["status"] == "Successful"

        wait_until(f"EKS update {update} of {name} did not end", done, timeout)
        self._wait_active(name, timeout)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        retry_while(_BUSY, lambda: self.aws.eks.delete_cluster(name=resource_id), timeout)
        wait_until(
            f"EKS cluster {resource_id} did not go",
            lambda: self._describe(resource_id) is None,
            timeout,
        )


_LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")


def _logging(types: "list[str] | None") -> Any:
    on = list(types or [])
    off = [kind for kind in _LOG_TYPES if kind not in on]
    entries = [{"types": on, "enabled": True}, {"types": off, "enabled": False}]
    return {"clusterLogging": [entry for entry in entries if entry["types"]]}


class Addon(_Tagged):
    """An add-on; its id is ``CLUSTER:NAME``."""

    token = "aws:eks/addon:Addon"
    default_timeout = 1200.0
    properties = {
        "clusterName": KEY,
        "addonName": KEY,
        "addonVersion": PLAIN,
        "configurationValues": Property(document=True),
        "preserve": PLAIN,
        "resolveConflictsOnCreate": PLAIN,
        "resolveConflictsOnUpdate": PLAIN,
        "serviceAccountRoleArn": PLAIN,
        "tags": PLAIN,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        cluster, name = inputs["clusterName"], inputs["addonName"]
        self.aws.eks.create_addon(
            **given(
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

    def _describe(self, cluster: str, name: str) -> Any:
        answer = found(lambda: self.aws.eks.describe_addon(clusterName=cluster, addonName=name))
        return answer["addon"] if answer else None

    def _wait_active(self, cluster: str, name: str, timeout: float) -> None:
        last = ""

        def active() -> bool:
            nonlocal last
            addon = self._describe(cluster, name) or {"status": "gone"}
            issues = addon.get("health", {}).get("issues", [])
            last = "; ".join(issue.get("message", "") for issue in issues)
            if addon["status"] in ("CREATE_FAILED", "UPDATE_FAILED", "gone"):
                raise PluginError(f"EKS add-on {name} of {cluster} is {addon['status']}: {last}")
            return addon["status"] == "ACTIVE"

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
                **given(
                    clusterName=cluster,
                    addonName=name,
                    addonVersion=news.get("addonVersion"),
                    configurationValues=news.get("configurationValues"),
                    resolveConflicts=news.get("resolveConflictsOnUpdate"),
                    serviceAccountRoleArn=news.get("serviceAccountRoleArn"),
                )
            )
            self._wait_active(cluster, name, timeout)
        self._retag(olds["arn"], olds, news)

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


class AccessEntry(_Tagged):
    """An access entry; its id is ``CLUSTER:PRINCIPAL``."""

    token = "aws:eks/accessEntry:AccessEntry"
    properties = {
        "clusterName": KEY,
        "principalArn": KEY,
        "type": FIXED,
        "kubernetesGroups": SET,
        "userName": PLAIN,
        "tags": PLAIN,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        self.aws.eks.create_access_entry(
            **given(
                clusterName=inputs["clusterName"],
                principalArn=inputs["principalArn"],
                type=inputs.get("type"),
                kubernetesGroups=inputs.get("kubernetesGroups"),
                username=inputs.get("userName"),
                tags=inputs.get("tags") or None,
            )
        )
        return f"{inputs['clusterName']}:{inputs['principalArn']}"

    def read(self, resource_id: str, state: Object) -> Object | None:
        cluster, principal = resource_id.split(":", 1)
        answer = found(
            lambda: self.aws.eks.describe_access_entry(clusterName=cluster, principalArn=principal)
        )
        if answer is None:
            return None
        entry = answer["accessEntry"]
        return with_tags(
            {
                "id": resource_id,
                "accessEntryArn": entry["accessEntryArn"],
                "clusterName": cluster,
                "principalArn": principal,
                "type": entry["type"],
                "kubernetesGroups": entry.get("kubernetesGroups", []),
                "userName": entry.get("username"),
                "createdAt": str(entry.get("createdAt", "")),
            },
            entry.get("tags", {}),
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        cluster, principal = resource_id.split(":", 1)
        if changed & {"kubernetesGroups", "userName"}:
            self.aws.eks.update_access_entry(
                clusterName=cluster,
                principalArn=principal,
                kubernetesGroups=news.get("kubernetesGroups", []),
                **given(username=news.get("userName")),
            )
        self._retag(olds["accessEntryArn"], olds, news)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        cluster, principal = resource_id.split(":", 1)
        self.aws.eks.delete_access_entry(clusterName=cluster, principalArn=principal)


class AccessPolicyAssociation(ResourceType):
    """An access policy of an access entry; its id is ``CLUSTER#PRINCIPAL#POLICY``."""

    token = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
    properties = {
        "clusterName": KEY,
        "principalArn": KEY,
        "policyArn": KEY,
        "accessScope": Property(
            required=True, replaces=True, fields={"type": REQUIRED, "namespaces": SET}
        ),
    }

    def create(self, inputs: Object, timeout: float) -> str:
        self.aws.eks.associate_access_policy(
            clusterName=inputs["clusterName"],
            principalArn=inputs["principalArn"],
            policyArn=inputs["policyArn"],
            accessScope=inputs["accessScope"],
        )
        return f"{inputs['clusterName']}#{inputs['principalArn']}#{inputs['policyArn']}"

    def read(self, resource_id: str, state: Object) -> Object | None:
        cluster, principal, policy = resource_id.split("#")
        answer = found(
            lambda: self.aws.eks.list_associated_access_policies(
                clusterName=cluster, principalArn=principal
            )
        )
        for item in answer["associatedAccessPolicies"] if answer else []:
            if item.get("policyArn") == policy:
                return {
                    "id": resource_id,
                    "clusterName": cluster,
                    "principalArn": principal,
                    "policyArn": policy,
                    "accessScope": item.get("accessScope"),
                    "associatedAt": str(item.get("associatedAt", "")),
                }
        return None

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(changed)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        cluster, principal, policy = resource_id.split("#")
        self.aws.eks.disassociate_access_policy(
            clusterName=cluster, principalArn=principal, policyArn=policy
        )
