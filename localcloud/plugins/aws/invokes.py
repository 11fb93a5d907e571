"""Data sources."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcloud.plugins.aws.clients import Clients
from localcloud.plugins.aws.ec2_network import read_subnet, read_vpc
from localcloud.plugins.aws.route53 import read_zone
from localcloud.plugins.plugin import Object, PluginError


@dataclass(frozen=True)
class Invoke:
    """A data source: the arguments it takes, and its answer."""

    arguments: tuple[str, ...]
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
    zones = aws.ec2.describe_availability_zones()["AvailabilityZones"]
    state = arguments.get("state")
    kept = [zone for zone in zones if state in (None, zone["State"])]
    return {
        "id": aws.region,
        "names": [zone["ZoneName"] for zone in kept],
        "zoneIds": [zone["ZoneId"] for zone in kept],
        "groupNames": sorted({zone.get("GroupName", aws.region) for zone in kept}),
        "state": state,
    }


def _filters(arguments: Object) -> Any:
    filters = [{"Name": f["name"], "Values": f["values"]} for f in arguments.get("filters") or []]
    filters += [
        {"Name": f"tag:{key}", "Values": [value]}
        for key, value in (arguments.get("tags") or {}).items()
    ]
    return filters


def _one(what: str, found: list[Any]) -> Any:
    if len(found) != 1:
        raise PluginError(f"{len(found)} {what} match; exactly one must")
    return found[0]


def _vpc(aws: Clients, arguments: Object) -> Object:
    ids = [arguments["id"]] if arguments.get("id") else []
    vpcs = aws.ec2.describe_vpcs(VpcIds=ids, Filters=_filters(arguments))["Vpcs"]
    vpc = _one("VPCs", vpcs)
    state = read_vpc(aws, vpc["VpcId"]) or {}
    return {
        **state,
        "main": state["mainRouteTableId"],
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
    filters = _filters(arguments)
    if arguments.get("vpcId"):
        filters.append({"Name": "vpc-id", "Values": [arguments["vpcId"]]})
    subnets = aws.ec2.describe_subnets(SubnetIds=ids, Filters=filters)["Subnets"]
    subnet = _one("subnets", subnets)
    return {
        **(read_subnet(aws, subnet["SubnetId"]) or {}),
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
    filters = _filters(arguments)
    if arguments.get("vpcId"):
        filters.append({"Name": "vpc-id", "Values": [arguments["vpcId"]]})
    tables = aws.ec2.describe_route_tables(Filters=filters)["RouteTables"]
    return {"id": aws.region, "ids": sorted(table["RouteTableId"] for table in tables)}


def _zone(aws: Clients, arguments: Object) -> Object:
    if arguments.get("zoneId"):
        state = read_zone(aws, arguments["zoneId"])
        if state is None:
            raise PluginError(f"no hosted zone {arguments['zoneId']}")
        private = bool(state["vpcs"])
    else:
        name = str(arguments.get("name", "")).rstrip(".") + "."
        private = bool(arguments.get("privateZone"))
        pages = aws.route53.get_paginator("list_hosted_zones").paginate()
        matching = [
            zone
            for page in pages
            for zone in page["HostedZones"]
            if zone["Name"] == name and bool(zone.get("Config", {}).get("PrivateZone")) == private
        ]
        kind = "private" if private else "public"
        zone = _one(f"{kind} hosted zones named {name}", matching)
        state = read_zone(aws, zone["Id"].removeprefix("/hostedzone/")) or {}
    return {**state, "privateZone": private, "callerReference": "", "resourceRecordSetCount": 0}


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


_SEARCH = ("filters", "tags", "region")
INVOKES = {
    "aws:index/getCallerIdentity:getCallerIdentity": Invoke(("id",), _caller_identity),
    "aws:index/getPartition:getPartition": Invoke(("id",), _partition),
    "aws:index/getRegion:getRegion": Invoke((), _region),
    "aws:index/getAvailabilityZones:getAvailabilityZones": Invoke(("state", "region"), _zones),
    "aws:ec2/getVpc:getVpc": Invoke(("id", *_SEARCH), _vpc),
    "aws:ec2/getSubnet:getSubnet": Invoke(("id", "vpcId", *_SEARCH), _subnet),
    "aws:ec2/getSubnets:getSubnets": Invoke(_SEARCH, _subnets),
    "aws:ec2/getRouteTables:getRouteTables": Invoke(("vpcId", *_SEARCH), _route_tables),
    "aws:route53/getZone:getZone": Invoke(("name", "zoneId", "privateZone"), _zone),
    "aws:ssm/getParameter:getParameter": Invoke(("name", "withDecryption", "region"), _parameter),
    "aws:eks/getAddonVersion:getAddonVersion": Invoke(
        ("addonName", "kubernetesVersion", "mostRecent", "region"), _addon_version
    ),
}
