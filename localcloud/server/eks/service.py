"""What the EKS API does: clusters with real control planes, add-ons, access entries."""

import base64
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from catalogue.minors import KUBERNETES_VERSIONS, SHIPPED
from localcloud.cluster.spec import ClusterRuntime, ClusterSpec
from localcloud.server.eks import access
from localcloud.server.eks.errors import (
    InUseError,
    InvalidParameterError,
    InvalidRequestError,
    NotEmulatedError,
    NotFoundError,
)
from localcloud.server.eks.model import Cluster, Json
from localcloud.server.eks.versions import ADDON_VERSIONS
from localcloud.state import ACCOUNT_ID
from localcloud.tools.progress import ToolError

if TYPE_CHECKING:
    from localcloud.aws import AwsClients

_log = logging.getLogger(__name__)

_SERVICE_RANGES = ("10.100.0.0/16", "172.20.0.0/16")
_SERVICE_BLOCKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
_ZONES = 2  # EKS wants subnets in at least that many
_LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")

RuntimeFactory = Callable[[ClusterSpec, Callable[[str], bool]], ClusterRuntime]
"""Makes the runtime of a cluster; the second argument tells whether a role may be a node's."""


class Programs(Protocol):
    """The programs of control planes, by Kubernetes minor; some may still be obtained."""

    def why_not(self, minor: str) -> str:
        """Why it cannot be run, now or soon; empty where it can."""
        ...

    def obtain(self, minor: str) -> None:
        """Waits for them. Raises ToolError where one cannot be had."""
        ...

    def waits(self, minor: str) -> str:
        """What is waited for, for people; empty where nothing is."""
        ...


class EksService:
    """All clusters of the account in one region.

    Attributes:
        region: for example ``eu-west-1``.
        clusters: by name, as they are now; another mapping takes its place when one comes or
            goes, so that other threads can go through it.
    """

    def __init__(
        self,
        region: str,
        aws: "AwsClients",
        new_runtime: RuntimeFactory,
        programs: Programs,
    ) -> None:
        """Serves no cluster yet.

        Args:
            region: for example ``eu-west-1``.
            aws: clients of the local AWS.
            new_runtime: makes the runtime of a cluster.
            programs: of control planes.
        """
        self.region = region
        self.clusters: Mapping[str, Cluster] = {}
        self._aws = aws
        self._new_runtime = new_runtime
        self._programs = programs
        self._lock = threading.RLock()
        self._threads: list[threading.Thread] = []

    def cluster(self, name: str) -> Cluster:
        """A cluster by name. Raises NotFoundError."""
        found = self.clusters.get(name)
        if found is None:
            raise NotFoundError(f"No cluster found for name: {name}.")
        return found

    def describe(self, name: str) -> Json:
        """A cluster as it stands now. Raises NotFoundError."""
        cluster = self.cluster(name)
        if cluster.description["status"] == "CREATING":
            cluster.description["health"] = _health(self._programs.waits(cluster.spec.version))
        return cluster.description

    def create_cluster(self, request: Json, creator_arn: str) -> Json:
        """Begins to create a cluster; its control plane starts in the background."""
        name = str(request["name"])
        with self._lock:
            self._forget_unbegun(name)
            if name in self.clusters:
                raise InUseError(f"Cluster already exists with name: {name}")
            spec = self._spec(request)
            cluster = Cluster(spec, self._description(spec, request))
            self.clusters = {**self.clusters, name: cluster}
        bootstrap = cluster.description["accessConfig"].get(
            "bootstrapClusterCreatorAdminPermissions", True
        )
        mode = cluster.description["accessConfig"]["authenticationMode"]
        if bootstrap and mode != "CONFIG_MAP" and creator_arn:
            now = time.time()
            request_entry = {"principalArn": creator_arn}
            entry = access.create_entry(cluster, request_entry, now, known_principal=True)
            admin = f"{access.POLICY_ARN}AmazonEKSClusterAdminPolicy"
            scope = {"type": "cluster"}
            access.associate(entry, {"policyArn": admin, "accessScope": scope}, now)
        self._in_background(lambda: self._start(cluster), f"create {name}")
        return cluster.description

    def _forget_unbegun(self, name: str) -> None:
        """Takes away a cluster that failed as its programs could not be had: AWS has no such."""
        there = self.clusters.get(name)
        if there and there.description["status"] == "FAILED" and there.runtime is None:
            self._stop(there)

    def _spec(self, request: Json) -> ClusterSpec:
        version = str(request.get("version") or SHIPPED[-1])
        if version not in KUBERNETES_VERSIONS:
            known = ", ".join(KUBERNETES_VERSIONS)
            raise InvalidParameterError(
                f"unsupported Kubernetes version {version}; the local cloud has {known}"
            )
        if reason := self._programs.why_not(version):
            raise InvalidParameterError(reason)
        network = request.get("kubernetesNetworkConfig") or {}
        if network.get("ipFamily", "ipv4") != "ipv4":
            raise NotEmulatedError("IPv6 clusters are not emulated")
        vpc_id = self._vpc(request["resourcesVpcConfig"].get("subnetIds") or [])
        services = self._service_range(str(network.get("serviceIpv4Cidr") or ""), vpc_id)
        return ClusterSpec(
            name=str(request["name"]),
            identifier=secrets.token_hex(16).upper(),
            version=version,
            region=self.region,
            account_id=ACCOUNT_ID,
            service_cidr=services,
            vpc_id=vpc_id,
        )

    def _service_range(self, wanted: str, vpc_id: str) -> str:
        (vpc,) = self._aws.ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"]
        taken = [IPv4Network(it["CidrBlock"]) for it in vpc["CidrBlockAssociationSet"]]
        if not wanted:
            return next(
                it for it in _SERVICE_RANGES if not any(map(IPv4Network(it).overlaps, taken))
            )
        services = IPv4Network(wanted)
        if any(map(services.overlaps, taken)):
            raise InvalidParameterError(
                f"the service CIDR {wanted} overlaps with a CIDR of the VPC {vpc_id}"
            )
        if not any(services.subnet_of(IPv4Network(it)) for it in _SERVICE_BLOCKS):
            raise InvalidParameterError(
                f"the service CIDR {wanted} is not within {', '.join(_SERVICE_BLOCKS)}"
            )
        return wanted

    def _vpc(self, subnet_ids: list[str]) -> str:
        try:
            subnets = self._aws.ec2.describe_subnets(SubnetIds=subnet_ids)["Subnets"]
        except ClientError as error:
            raise InvalidParameterError(str(error)) from error
        zones = {subnet["AvailabilityZone"] for subnet in subnets}
        if len(zones) < _ZONES:
            raise InvalidParameterError("Subnets specified must be in at least two different AZs")
        vpcs = {subnet["VpcId"] for subnet in subnets}
        if len(vpcs) > 1:
            raise InvalidParameterError("Subnets must all belong to the same VPC")
        return vpcs.pop()

    def _check_security_groups(self, ids: list[str], vpc_id: str) -> None:
        if not ids:
            return
        try:
            groups = self._aws.ec2.describe_security_groups(GroupIds=ids)["SecurityGroups"]
        except ClientError as error:
            raise InvalidParameterError(str(error)) from error
        if {group.get("VpcId") for group in groups} != {vpc_id}:
            raise InvalidParameterError("Security groups must belong to the subnets' VPC")

    def _description(self, spec: ClusterSpec, request: Json) -> Json:
        self._check_role(str(request["roleArn"]))
        vpc: Json = request["resourcesVpcConfig"]
        self._check_security_groups(vpc.get("securityGroupIds") or [], spec.vpc_id)
        given = request.get("accessConfig") or {}
        return {
            "name": spec.name,
            "arn": f"arn:aws:eks:{self.region}:{ACCOUNT_ID}:cluster/{spec.name}",
            "createdAt": time.time(),
            "version": spec.version,
            "endpoint": f"https://{spec.endpoint_host}",
            "roleArn": request["roleArn"],
            "resourcesVpcConfig": {
                "subnetIds": vpc["subnetIds"],
                "securityGroupIds": vpc.get("securityGroupIds") or [],
                "clusterSecurityGroupId": self._make_security_group(spec),
                "vpcId": spec.vpc_id,
                "endpointPublicAccess": vpc.get("endpointPublicAccess", True),
                "endpointPrivateAccess": vpc.get("endpointPrivateAccess", False),
                "publicAccessCidrs": vpc.get("publicAccessCidrs") or ["0.0.0.0/0"],
            },
            "kubernetesNetworkConfig": {
                "serviceIpv4Cidr": spec.service_cidr,
                "ipFamily": "ipv4",
                "elasticLoadBalancing": {"enabled": False},
            },
            "logging": _logging(request.get("logging")),
            "identity": {"oidc": {"issuer": spec.issuer}},
            "status": "CREATING",
            "certificateAuthority": {},
            "platformVersion": "eks.1",
            "tags": request.get("tags") or {},
            "encryptionConfig": request.get("encryptionConfig") or [],
            "health": {"issues": []},
            "accessConfig": {
                "authenticationMode": given.get("authenticationMode", "CONFIG_MAP"),
                "bootstrapClusterCreatorAdminPermissions": given.get(
                    "bootstrapClusterCreatorAdminPermissions", True
                ),
            },
            "upgradePolicy": _upgrade_policy(request.get("upgradePolicy") or {}),
            "deletionProtection": request.get("deletionProtection", False),
        }

    def _check_role(self, arn: str) -> None:
        try:
            role = self._aws.iam.get_role(RoleName=arn.rsplit("/", 1)[-1])["Role"]
        except ClientError as error:
            raise InvalidParameterError(f"role {arn} does not exist") from error
        if "eks.amazonaws.com" not in json.dumps(role["AssumeRolePolicyDocument"]):
            raise InvalidParameterError(f"role {arn} does not trust eks.amazonaws.com")

    def _make_security_group(self, spec: ClusterSpec) -> str:
        name = f"eks-cluster-sg-{spec.name}-{spec.identifier[:10].lower()}"
        group = self._aws.ec2.create_security_group(
            GroupName=name,
            Description="EKS created security group applied to the control plane's interfaces",
            VpcId=spec.vpc_id,
            TagSpecifications=[
                {
                    "ResourceType": "security-group",
                    "Tags": [
                        {"Key": "Name", "Value": name},
                        {"Key": f"kubernetes.io/cluster/{spec.name}", "Value": "owned"},
                    ],
                }
            ],
        )["GroupId"]
        self._aws.ec2.authorize_security_group_ingress(
            GroupId=group,
            IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}],
        )
        return group

    def _in_background(self, work: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _start(self, cluster: Cluster) -> None:
        try:
            self._programs.obtain(cluster.spec.version)
            runtime = self._new_runtime(cluster.spec, lambda arn: self._is_node_role(cluster, arn))
            cluster.runtime = runtime
            endpoint = runtime.start()
        except ToolError as error:
            _log.warning("cluster %s: %s", cluster.spec.name, error)
            self._fail(cluster, f"{error} Then run the update again.")
            return
        except Exception as error:  # noqa: BLE001 - whatever it was, the caller must see FAILED
            _log.exception("cluster %s", cluster.spec.name)
            self._fail(cluster, str(error))
            return
        cluster.port = endpoint.port
        authority = base64.b64encode(endpoint.certificate_authority.encode()).decode()
        cluster.description["certificateAuthority"] = {"data": authority}
        cluster.description["health"] = {"issues": []}
        cluster.description["status"] = "ACTIVE"

    @staticmethod
    def _fail(cluster: Cluster, why: str) -> None:
        cluster.description["health"] = _health(why)
        cluster.description["status"] = "FAILED"

    def _is_node_role(self, cluster: Cluster, arn: str) -> bool:
        found = access.identify(cluster, arn, {})
        return found is not None and access.NODE_GROUP in found.groups

    def update_config(self, name: str, request: Json) -> Json:
        """Changes one part of a cluster's configuration, as UpdateClusterConfig does."""
        cluster = self._active(name)
        parts = [
            key
            for key in (
                "resourcesVpcConfig",
                "logging",
                "accessConfig",
                "deletionProtection",
                "upgradePolicy",
            )
            if request.get(key) is not None
        ]
        if len(parts) != 1:
            raise InvalidParameterError("exactly one kind of change can be made at a time")
        (part,) = parts
        description = cluster.description
        if part == "logging":
            description["logging"] = _logging(request["logging"])
            return cluster.add_update("LoggingUpdate", request["logging"])
        if part == "deletionProtection":
            description["deletionProtection"] = bool(request[part])
            return cluster.add_update("DeletionProtectionUpdate", {part: request[part]})
        if part == "upgradePolicy":
            description[part] = _upgrade_policy(request[part])
            return cluster.add_update("UpgradePolicyUpdate", request[part])
        if part == "accessConfig":
            self._change_mode(description["accessConfig"], request[part]["authenticationMode"])
            return cluster.add_update("AccessConfigUpdate", request[part])
        vpc: Json = request[part]
        for key in ("endpointPublicAccess", "endpointPrivateAccess", "publicAccessCidrs"):
            if vpc.get(key) is not None:
                description["resourcesVpcConfig"][key] = vpc[key]
        if sorted(vpc.get("subnetIds") or []) not in (
            [],
            sorted(description["resourcesVpcConfig"]["subnetIds"]),
        ):
            raise NotEmulatedError("other subnets for a running cluster are not emulated")
        if vpc.get("securityGroupIds") is not None:
            self._check_security_groups(vpc["securityGroupIds"], cluster.spec.vpc_id)
            description["resourcesVpcConfig"]["securityGroupIds"] = vpc["securityGroupIds"]
        return cluster.add_update("EndpointAccessUpdate", vpc)

    @staticmethod
    def _change_mode(config: Json, mode: str) -> None:
        order = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
        if order.index(mode) < order.index(config["authenticationMode"]):
            raise InvalidParameterError(
                f"authentication mode cannot go back from {config['authenticationMode']} to {mode}"
            )
        config["authenticationMode"] = mode

    def _active(self, name: str) -> Cluster:
        cluster = self.cluster(name)
        if cluster.description["status"] != "ACTIVE":
            raise InvalidRequestError(f"cluster {name} is {cluster.description['status']}")
        return cluster

    def delete_cluster(self, name: str) -> Json:
        """Begins to delete a cluster; its processes end in the background."""
        cluster = self.cluster(name)
        if cluster.description["deletionProtection"]:
            raise InvalidRequestError(
                f"Cannot delete cluster {name} because deletion protection is enabled."
            )
        if cluster.description["status"] == "CREATING":
            raise InUseError(f"cluster {name} is still being created")
        cluster.description["status"] = "DELETING"
        self._in_background(lambda: self._stop(cluster), f"delete {name}")
        return cluster.description

    def _stop(self, cluster: Cluster) -> None:
        if cluster.runtime is not None:
            cluster.runtime.stop()
        group = cluster.description["resourcesVpcConfig"]["clusterSecurityGroupId"]
        try:
            self._aws.ec2.delete_security_group(GroupId=group)
        except ClientError as error:
            # As in EKS: what somebody else still uses stays behind.
            _log.warning("security group of %s: %s", cluster.spec.name, error)
        with self._lock:
            left = dict(self.clusters)
            del left[cluster.spec.name]
            self.clusters = left

    def stop(self) -> None:
        """Ends every cluster's processes."""
        for thread in self._threads:
            thread.join()
        stoppers = [
            threading.Thread(target=cluster.runtime.stop)
            for cluster in self.clusters.values()
            if cluster.runtime is not None
        ]
        for stopper in stoppers:
            stopper.start()
        for stopper in stoppers:
            stopper.join()

    def create_addon(self, name: str, request: Json) -> Json:
        """Installs an add-on; it is CREATING until its pods are ready."""
        cluster = self._active(name)
        addon = str(request["addonName"])
        if addon in cluster.addons:
            raise InUseError("Addon already exists.")
        now = time.time()
        description: Json = {
            "addonName": addon,
            "clusterName": name,
            "status": "CREATING",
            "health": {"issues": []},
            "addonArn": f"{cluster.description['arn'].replace(':cluster/', ':addon/')}/{addon}/"
            f"{secrets.token_hex(4)}",
            "createdAt": now,
            "modifiedAt": now,
            "tags": request.get("tags") or {},
        }
        self._apply_addon(cluster, description, request)
        cluster.addons[addon] = description
        return description

    def update_addon(self, name: str, addon: str, request: Json) -> Json:
        """Changes an add-on; it is UPDATING until its pods are ready."""
        cluster = self._active(name)
        description = self.addon(name, addon)
        merged = {**{k: description.get(k) for k in ("addonVersion",)}, **request}
        self._apply_addon(cluster, description, merged)
        description["status"] = "UPDATING"
        description["modifiedAt"] = time.time()
        return cluster.add_update("AddonUpdate", {"AddonVersion": description["addonVersion"]})

    def _apply_addon(self, cluster: Cluster, description: Json, request: Json) -> None:
        addon = description["addonName"]
        offered = ADDON_VERSIONS.get(addon, {}).get(cluster.spec.version, ())
        version = request.get("addonVersion") or (offered[0] if offered else None)
        if version not in offered:
            raise InvalidParameterError(
                f"Addon version specified is not supported: {addon} {version} on Kubernetes"
                f" {cluster.spec.version}; the local cloud has {', '.join(offered) or 'none'}"
            )
        text = request.get("configurationValues") or ""
        role = request.get("serviceAccountRoleArn")
        if cluster.runtime is None:
            raise InvalidRequestError(f"cluster {cluster.spec.name} does not run")
        try:
            configuration: Json = json.loads(text) if text else {}
            cluster.runtime.apply_addon(addon, str(version), role, configuration)
        except (ValueError, LookupError) as error:
            raise InvalidParameterError(str(error)) from error
        description["addonVersion"] = version
        description["configurationValues"] = text or None
        description["serviceAccountRoleArn"] = role

    def addon(self, name: str, addon: str) -> Json:
        """An add-on as it stands now. Raises NotFoundError."""
        cluster = self.cluster(name)
        description = cluster.addons.get(addon)
        if description is None:
            raise NotFoundError(f"No addon: {addon} found in cluster: {name}")
        problem = cluster.runtime.addon_problem(addon) if cluster.runtime else "no cluster"
        if problem is None:
            description["status"] = "ACTIVE"
            description["health"] = {"issues": []}
        else:
            issue = {"code": "InsufficientNumberOfReplicas", "message": problem}
            description["health"] = {"issues": [{**issue, "resourceIds": []}]}
            if description["status"] == "ACTIVE":
                description["status"] = "DEGRADED"
        return description

    def delete_addon(self, name: str, addon: str, *, preserve: bool) -> Json:
        """Removes an add-on, and its objects unless they are to be preserved."""
        cluster = self.cluster(name)
        description = self.addon(name, addon)
        if not preserve and cluster.runtime is not None:
            cluster.runtime.remove_addon(addon)
        del cluster.addons[addon]
        return {**description, "status": "DELETING"}

    def principal_exists(self, arn: str) -> bool:
        """Whether IAM has a role or user of that ARN."""
        name = arn.rsplit("/", 1)[-1]
        try:
            if ":role/" in arn:
                return self._aws.iam.get_role(RoleName=name)["Role"]["Arn"] == arn
            return self._aws.iam.get_user(UserName=name)["User"]["Arn"] == arn
        except ClientError:
            return False

    def tagged(self, arn: str) -> Json:
        """The tags of a resource, to be changed in place. Raises NotFoundError."""
        for cluster in self.clusters.values():
            candidates: list[Any] = [
                (cluster.description["arn"], cluster.description),
                *((addon["addonArn"], addon) for addon in cluster.addons.values()),
                *(
                    (entry.description["accessEntryArn"], entry.description)
                    for entry in cluster.entries.values()
                ),
            ]
            for candidate, description in candidates:
                if candidate == arn:
                    return description["tags"]
        raise NotFoundError(f"no resource {arn}")


def _upgrade_policy(given: Json) -> Json:
    """What a cluster is to do when standard support of its minor ends; EKS's default is EXTENDED.

    That it does so is not emulated: no day comes here on which support ends.
    """
    kind = given.get("supportType") or "EXTENDED"
    if kind not in ("STANDARD", "EXTENDED"):
        raise InvalidParameterError(f"supportType {kind} is neither STANDARD nor EXTENDED")
    return {"supportType": kind}


def _health(problem: str) -> Json:
    issue = {"code": "InternalFailure", "message": problem, "resourceIds": []}
    return {"issues": [issue] if problem else []}


def _logging(given: Json | None) -> Json:
    wanted = {
        kind
        for entry in (given or {}).get("clusterLogging", [])
        if entry.get("enabled")
        for kind in entry.get("types", [])
    }
    groups = (
        {"types": [kind for kind in _LOG_TYPES if (kind in wanted) is enabled], "enabled": enabled}
        for enabled in (True, False)
    )
    return {"clusterLogging": [group for group in groups if group["types"]]}
