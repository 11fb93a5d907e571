"""Data sources: what each takes, and how it is answered."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from localcloud.plugins.aws.clients import Clients
from localcloud.plugins.aws.ec2_network import read_subnet, read_vpc
from localcloud.plugins.aws.eks import Cluster
from localcloud.plugins.aws.kms_logs import LogGroup
from localcloud.plugins.aws.properties import PLAIN, REQUIRED, Properties, Property
from localcloud.plugins.aws.resource import tags_of
from localcloud.plugins.aws.route53 import read_zone
from localcloud.plugins.plugin import Object, PluginError

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef

_Found = TypeVar("_Found")


@dataclass(frozen=True)
class Invoke:
    """A data source: the arguments it takes, and its answer."""

    arguments: Properties
    answer: Callable[[Clients, Object], Object]


def _caller_identity(aws: Clients, _arguments: Object) -> Object:
    who = aws.sts.get_caller_identity()
    account = who["Account"]
    return {"id": account, "accountId": account, "arn": who["Arn"], "userId": who["UserId"]}


def _partition(_aws: Clients, _arguments: Object) -> Object:
    return {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


def _region(aws: Clients, _arguments: Object) -> Object:
    name = aws.region
    return {
        "id": name,
        "name": name,
        "region": name,
        "description": name,
        "endpoint": f"ec2.{name}.amazonaws.com",
    }


def _zones(aws: Clients, arguments: Object) -> Object:
    zones = aws.ec2.describe_availability_zones(Filters=_filters(arguments))["AvailabilityZones"]
    state = arguments.get("state")
    excluded = arguments.get("excludeZoneIds") or ()
    kept = [
        zone for zone in zones if state in (None, zone["State"]) and zone["ZoneId"] not in excluded
    ]
    return {
        "id": aws.region,
        "names": [zone["ZoneName"] for zone in kept],
        "zoneIds": [zone["ZoneId"] for zone in kept],
        "groupNames": sorted({zone.get("GroupName", aws.region) for zone in kept}),
        "state": state,
    }


def _filters(arguments: Object) -> "list[FilterTypeDef]":
    filters: list[FilterTypeDef] = [
        {"Name": item["name"], "Values": item["values"]} for item in arguments.get("filters") or []
    ]
    tags: dict[str, str] = arguments.get("tags") or {}
    filters.extend({"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items())
    if arguments.get("vpcId"):
        filters.append({"Name": "vpc-id", "Values": [arguments["vpcId"]]})
    return filters


def _exactly_one(what: str, found: list[_Found]) -> _Found:
    if len(found) != 1:
        raise PluginError(f"{len(found)} {what} match; exactly one must")
    return found[0]


def _without(state: Object, *keys: str) -> Object:
    """A resource's outputs without those that its data source lacks."""
    return {key: value for key, value in state.items() if key not in {"tagsAll", *keys}}


def _vpc(aws: Clients, arguments: Object) -> Object:
    ids = [arguments["id"]] if arguments.get("id") else []
    vpcs = aws.ec2.describe_vpcs(VpcIds=ids, Filters=_filters(arguments))["Vpcs"]
    vpc = _exactly_one("VPCs", vpcs)
    state = read_vpc(aws, vpc["VpcId"]) or {}
    return {
        **_without(state, "defaultNetworkAclId", "defaultRouteTableId", "defaultSecurityGroupId"),
        "default": vpc.get("IsDefault", False),
        "state": vpc["State"],
        "dhcpOptionsId": vpc.get("DhcpOptionsId", ""),
        "region": aws.region,
        "cidrBlockAssociations": [
            {
                "associationId": item.get("AssociationId", ""),
                "cidrBlock": item["CidrBlock"],
                "state": item.get("CidrBlockState", {}).get("State", "associated"),
            }
            for item in vpc.get("CidrBlockAssociationSet", [])
        ],
        "ipv6AssociationId": "",
        "ipv6CidrBlock": "",
    }


def _subnet(aws: Clients, arguments: Object) -> Object:
    ids = [arguments["id"]] if arguments.get("id") else []
    subnets = aws.ec2.describe_subnets(SubnetIds=ids, Filters=_filters(arguments))["Subnets"]
    subnet = _exactly_one("subnets", subnets)
    return {
        **_without(read_subnet(aws, subnet["SubnetId"]) or {}),
        "state": subnet["State"],
        "availableIpAddressCount": subnet.get("AvailableIpAddressCount", 0),
        "assignIpv6AddressOnCreation": False,
        "defaultForAz": subnet.get("DefaultForAz", False),
        "region": aws.region,
    }


def _subnets(aws: Clients, arguments: Object) -> Object:
    subnets = aws.ec2.describe_subnets(Filters=_filters(arguments))["Subnets"]
    return {"id": aws.region, "ids": sorted(subnet["SubnetId"] for subnet in subnets)}


def _route_tables(aws: Clients, arguments: Object) -> Object:
    tables = aws.ec2.describe_route_tables(Filters=_filters(arguments))["RouteTables"]
    return {"id": aws.region, "ids": sorted(table["RouteTableId"] for table in tables)}


def _zone(aws: Clients, arguments: Object) -> Object:
    zone = aws.route53.get_hosted_zone(Id=_zone_id(aws, arguments))["HostedZone"]
    return {
        **_without(read_zone(aws, zone["Id"].removeprefix("/hostedzone/")) or {}, "vpcs"),
        "privateZone": bool(zone.get("Config", {}).get("PrivateZone")),
        "callerReference": zone["CallerReference"],
        "resourceRecordSetCount": zone.get("ResourceRecordSetCount", 0),
    }


def _zone_id(aws: Clients, arguments: Object) -> str:
    if arguments.get("zoneId"):
        return arguments["zoneId"]
    if not arguments.get("name"):
        raise PluginError("zoneId or name must be given")
    name = str(arguments["name"]).rstrip(".") + "."
    private = bool(arguments.get("privateZone"))
    matching = [
        zone["Id"].removeprefix("/hostedzone/")
        for page in aws.route53.get_paginator("list_hosted_zones").paginate()
        for zone in page["HostedZones"]
        if zone["Name"] == name and bool(zone.get("Config", {}).get("PrivateZone")) == private
    ]
    return _exactly_one(f"{'private' if private else 'public'} hosted zones named {name}", matching)


def _parameter(aws: Clients, arguments: Object) -> Object:
    parameter = aws.ssm.get_parameter(
        Name=arguments["name"], WithDecryption=bool(arguments.get("withDecryption", True))
    )["Parameter"]
    value = parameter["Value"]
    return {
        "id": parameter["Name"],
        "name": parameter["Name"],
        "arn": parameter["ARN"],
        "type": parameter["Type"],
        "value": value,
        "insecureValue": value if parameter["Type"] != "SecureString" else "",
        "version": parameter["Version"],
    }


def _role(aws: Clients, arguments: Object) -> Object:
    role = aws.iam.get_role(RoleName=arguments["name"])["Role"]
    return {
        "id": role["RoleName"],
        "name": role["RoleName"],
        "arn": role["Arn"],
        "uniqueId": role["RoleId"],
        "path": role["Path"],
        "description": role.get("Description", ""),
        "maxSessionDuration": role.get("MaxSessionDuration", 3600),
        "createDate": role["CreateDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "permissionsBoundary": role.get("PermissionsBoundary", {}).get(
            "PermissionsBoundaryArn", ""
        ),
        "assumeRolePolicy": json.dumps(role["AssumeRolePolicyDocument"]),
        "tags": tags_of(role.get("Tags")),
    }


def _addon_version(aws: Clients, arguments: Object) -> Object:
    name, minor = arguments["addonName"], arguments["kubernetesVersion"]
    addons = aws.eks.describe_addon_versions(addonName=name, kubernetesVersion=minor)["addons"]
    versions: list[Any] = [item for addon in addons for item in addon.get("addonVersions", [])]
    if arguments.get("mostRecent"):
        chosen = versions[:1]
    else:
        chosen = [
            item
            for item in versions
            if any(x.get("defaultVersion") for x in item.get("compatibilities", []))
        ]
    if not chosen:
        raise PluginError(f"no version of add-on {name} for Kubernetes {minor}")
    version = chosen[0]["addonVersion"]
    return {
        "id": name,
        "addonName": name,
        "kubernetesVersion": minor,
        "mostRecent": bool(arguments.get("mostRecent")),
        "version": version,
    }


def _log_groups(aws: Clients, arguments: Object) -> Object:
    prefix = arguments.get("logGroupNamePrefix")
    given = {"logGroupNamePrefix": prefix} if prefix else {}
    pages = aws.logs.get_paginator("describe_log_groups").paginate(**given)
    found = [group for page in pages for group in page["logGroups"]]
    return {
        "id": aws.region,
        "logGroupNamePrefix": prefix,
        "logGroupNames": [group["logGroupName"] for group in found],
        "arns": [group["arn"].removesuffix(":*") for group in found],
        "region": aws.region,
    }


def _log_group(aws: Clients, arguments: Object) -> Object:
    name = arguments["name"]
    state = LogGroup(aws).read(name, {})
    if state is None:
        raise PluginError(f"there is no log group {name}")
    return {
        "id": name,
        "name": name,
        "arn": state["arn"],
        "kmsKeyId": state.get("kmsKeyId") or "",
        "retentionInDays": state.get("retentionInDays") or 0,
        "tags": state.get("tags") or {},
        "region": aws.region,
    }


def _clusters(aws: Clients, _arguments: Object) -> Object:
    pages = aws.eks.get_paginator("list_clusters").paginate()
    names = sorted(name for page in pages for name in page["clusters"])
    return {"id": aws.region, "names": names, "region": aws.region}


def _cluster(aws: Clients, arguments: Object) -> Object:
    state = Cluster(aws).read(arguments["name"], {})
    if state is None:
        raise PluginError(f"there is no EKS cluster {arguments['name']}")
    lists = {name: [state[key]] for key, name in _CLUSTER_LISTS.items()}
    return {
        **_without(state, "bootstrapSelfManagedAddons", "encryptionConfig", *_CLUSTER_LISTS),
        **lists,
        "region": aws.region,
    }


_CLUSTER_LISTS = {
    "accessConfig": "accessConfigs",
    "certificateAuthority": "certificateAuthorities",
    "kubernetesNetworkConfig": "kubernetesNetworkConfigs",
    "upgradePolicy": "upgradePolicies",
}
"""Objects of the resource that the data source has as lists of one."""


def _taking(*names: str, **more: Property) -> Properties:
    return {**dict.fromkeys(names, PLAIN), **more}


_FILTERS = Property(fields={"name": REQUIRED, "values": REQUIRED})
_SEARCH = _taking("tags", "region", filters=_FILTERS)
INVOKES: Mapping[str, Invoke] = {
    "aws:index/getCallerIdentity:getCallerIdentity": Invoke(_taking("id"), _caller_identity),
    "aws:index/getPartition:getPartition": Invoke(_taking("id"), _partition),
    "aws:index/getRegion:getRegion": Invoke(_taking("id", "region"), _region),
    "aws:index/getAvailabilityZones:getAvailabilityZones": Invoke(
        _taking("state", "region", "excludeZoneIds", filters=_FILTERS), _zones
    ),
    "aws:ec2/getVpc:getVpc": Invoke({**_taking("id"), **_SEARCH}, _vpc),
    "aws:ec2/getSubnet:getSubnet": Invoke({**_taking("id", "vpcId"), **_SEARCH}, _subnet),
    "aws:ec2/getSubnets:getSubnets": Invoke(_SEARCH, _subnets),
    "aws:ec2/getRouteTables:getRouteTables": Invoke({**_taking("vpcId"), **_SEARCH}, _route_tables),
    "aws:route53/getZone:getZone": Invoke(_taking("name", "zoneId", "privateZone"), _zone),
    "aws:iam/getRole:getRole": Invoke(_taking(name=REQUIRED), _role),
    "aws:ssm/getParameter:getParameter": Invoke(
        _taking("withDecryption", "region", name=REQUIRED), _parameter
    ),
    "aws:cloudwatch/getLogGroups:getLogGroups": Invoke(
        _taking("logGroupNamePrefix", "region"), _log_groups
    ),
    "aws:cloudwatch/getLogGroup:getLogGroup": Invoke(_taking("region", name=REQUIRED), _log_group),
    "aws:eks/getCluster:getCluster": Invoke(_taking("region", name=REQUIRED), _cluster),
    "aws:eks/getClusters:getClusters": Invoke(_taking("region"), _clusters),
    "aws:eks/getAddonVersion:getAddonVersion": Invoke(
        _taking("mostRecent", "region", addonName=REQUIRED, kubernetesVersion=REQUIRED),
        _addon_version,
    ),
}
"""Data sources by token."""
