"""Everything that the platform could leave behind in the local AWS account."""

import boto3

from localcloud.state import REGION

# What AWS itself keeps for a while after a deletion does not count as left behind.
_GONE_INSTANCES = ("shutting-down", "terminated")
_GONE_KEYS = ("PendingDeletion",)


def take_inventory() -> dict[str, list[str]]:
    """Names or ids of all resources by kind, sorted; kinds with none are left out."""
    found = {**_network(), **_compute(), **_identity(), **_names(), **_watched(), **_clusters()}
    return {kind: sorted(names) for kind, names in found.items() if names}


def _network() -> dict[str, list[str]]:
    ec2 = boto3.client("ec2", region_name=REGION)
    return {
        "vpc": [x["VpcId"] for x in ec2.describe_vpcs()["Vpcs"]],
        "subnet": [x["SubnetId"] for x in ec2.describe_subnets()["Subnets"]],
        "security group": [x["GroupId"] for x in ec2.describe_security_groups()["SecurityGroups"]],
        "route table": [x["RouteTableId"] for x in ec2.describe_route_tables()["RouteTables"]],
        "internet gateway": [
            x["InternetGatewayId"] for x in ec2.describe_internet_gateways()["InternetGateways"]
        ],
        "NAT gateway": [
            x["NatGatewayId"]
            for x in ec2.describe_nat_gateways()["NatGateways"]
            if x["State"] != "deleted"
        ],
        "address": [x["AllocationId"] for x in ec2.describe_addresses()["Addresses"]],
        "network interface": [
            x["NetworkInterfaceId"] for x in ec2.describe_network_interfaces()["NetworkInterfaces"]
        ],
    }


def _compute() -> dict[str, list[str]]:
    ec2 = boto3.client("ec2", region_name=REGION)
    autoscaling = boto3.client("autoscaling", region_name=REGION)
    elb = boto3.client("elbv2", region_name=REGION)
    return {
        "instance": [
            instance["InstanceId"]
            for reservation in ec2.describe_instances()["Reservations"]
            for instance in reservation["Instances"]
            if instance["State"]["Name"] not in _GONE_INSTANCES
        ],
        "volume": [x["VolumeId"] for x in ec2.describe_volumes()["Volumes"]],
        "launch template": [
            x["LaunchTemplateName"] for x in ec2.describe_launch_templates()["LaunchTemplates"]
        ],
        "Auto Scaling group": [
            x["AutoScalingGroupName"]
            for x in autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        ],
        "load balancer": [
            x["LoadBalancerName"] for x in elb.describe_load_balancers()["LoadBalancers"]
        ],
        "target group": [
            x["TargetGroupName"] for x in elb.describe_target_groups()["TargetGroups"]
        ],
    }


def _identity() -> dict[str, list[str]]:
    iam = boto3.client("iam", region_name=REGION)
    kms = boto3.client("kms", region_name=REGION)
    # Keys that AWS makes for itself, as for encrypted volumes, are nobody's to delete.
    own = {
        x.get("TargetKeyId")
        for x in kms.list_aliases()["Aliases"]
        if x["AliasName"].startswith("alias/aws/")
    }
    keys = [x["KeyId"] for page in kms.get_paginator("list_keys").paginate() for x in page["Keys"]]
    return {
        "role": [
            x["RoleName"]
            for page in iam.get_paginator("list_roles").paginate()
            for x in page["Roles"]
        ],
        "instance profile": [
            x["InstanceProfileName"] for x in iam.list_instance_profiles()["InstanceProfiles"]
        ],
        "OIDC provider": [
            x["Arn"] for x in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
        ],
        "policy": [x["PolicyName"] for x in iam.list_policies(Scope="Local")["Policies"]],
        "key": [
            key
            for key in keys
            if key not in own
            and kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] not in _GONE_KEYS
        ],
        "key alias": [
            x["AliasName"]
            for x in kms.list_aliases()["Aliases"]
            if not x["AliasName"].startswith("alias/aws/")
        ],
    }


def _names() -> dict[str, list[str]]:
    route53 = boto3.client("route53", region_name=REGION)
    logs = boto3.client("logs", region_name=REGION)
    return {
        "zone": [x["Name"] for x in route53.list_hosted_zones()["HostedZones"]],
        "log group": [x["logGroupName"] for x in logs.describe_log_groups()["logGroups"]],
    }


def _watched() -> dict[str, list[str]]:
    cloudwatch = boto3.client("cloudwatch", region_name=REGION)
    return {
        "alarm": [x.get("AlarmName", "") for x in cloudwatch.describe_alarms()["MetricAlarms"]],
        "dashboard": [
            x.get("DashboardName", "") for x in cloudwatch.list_dashboards()["DashboardEntries"]
        ],
    }


def _clusters() -> dict[str, list[str]]:
    return {"cluster": boto3.client("eks", region_name=REGION).list_clusters()["clusters"]}
