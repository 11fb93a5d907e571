"""All that a colour has: in AWS, in its cluster and in its stack, by names that colours share."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3

from localcloud.state import REGION
from tests.e2e.platform.conftest import Platform
from tests.e2e.platform.kube import Kube

Holdings = Counter[str]
"""What → how many of it."""

_RANDOM = re.compile(r"-[0-9a-f]{7,10}(?=$| )|[0-9a-f]{32}", re.IGNORECASE)
"""Random digits that end an automatic name, and the id of a cluster in its issuer."""

_NOT_ASKED_FOR = {
    "controllerrevisions",
    "csinodes",
    "endpoints",
    "endpointslices",
    "events",
    "ipaddresses",
    "leases",
    "nodes",
    "pods",
    "replicasets",
}
"""Kinds that controllers make as they please."""


def read_holdings(platform: Platform, colour: str) -> Holdings:
    """Everything that a colour has; two colours that were made alike have the same."""
    found = [*_in_aws(colour), *_in_cluster(platform.kube(colour)), *_in_state(platform, colour)]
    return Counter(_RANDOM.sub("", name.replace(colour, "COLOUR")) for name in found)


def _in_aws(colour: str) -> Iterator[str]:
    cluster = f"eks-{colour}"
    for kind, name in _everything():
        if cluster in name:
            yield f"{kind} {name}"
    eks = boto3.client("eks", region_name=REGION)
    for addon in eks.list_addons(clusterName=cluster)["addons"]:
        yield f"EKS add-on {addon}"
    for principal in eks.list_access_entries(clusterName=cluster)["accessEntries"]:
        yield f"access entry {principal}"
        policies = eks.list_associated_access_policies(clusterName=cluster, principalArn=principal)
        for policy in policies["associatedAccessPolicies"]:
            yield f"access policy {policy['policyArn']} of {principal}"


def _everything() -> Iterator[tuple[str, str]]:
    """Kind, and a name in which the cluster's is, of all that is in the account."""
    yield from _of_ec2()
    yield from _of_iam()
    group = boto3.client("autoscaling", region_name=REGION)
    for it in group.describe_auto_scaling_groups()["AutoScalingGroups"]:
        name = it["AutoScalingGroupName"]
        yield "Auto Scaling group", f"{name} of {len(it['Instances'])}"
        for hook in group.describe_lifecycle_hooks(AutoScalingGroupName=name)["LifecycleHooks"]:
            yield "lifecycle hook", str(hook.get("LifecycleHookName"))
    for it in boto3.client("logs", region_name=REGION).describe_log_groups()["logGroups"]:
        yield "log group", str(it.get("logGroupName"))
    for url in boto3.client("sqs", region_name=REGION).list_queues().get("QueueUrls", ()):
        yield "queue", url
    events = boto3.client("events", region_name=REGION)
    for rule in (str(it.get("Name")) for it in events.list_rules()["Rules"]):
        yield "event rule", f"{rule} to {len(events.list_targets_by_rule(Rule=rule)['Targets'])}"
    kms = boto3.client("kms", region_name=REGION)
    for it in kms.list_aliases()["Aliases"]:
        yield "key alias", str(it.get("AliasName"))
    for it in kms.list_keys()["Keys"]:
        yield "key", str(kms.describe_key(KeyId=str(it.get("KeyId")))["KeyMetadata"]["Description"])


def _of_ec2() -> Iterator[tuple[str, str]]:
    ec2 = boto3.client("ec2", region_name=REGION)
    groups = {
        it["GroupId"]: it["GroupName"] for it in ec2.describe_security_groups()["SecurityGroups"]
    }
    for name in groups.values():
        yield "security group", name
    for rule in ec2.describe_security_group_rules()["SecurityGroupRules"]:
        way = "out of" if rule.get("IsEgress") else "into"
        ports = f"{rule.get('IpProtocol')} {rule.get('FromPort')}-{rule.get('ToPort')}"
        name = f"{way} {groups[rule['GroupId']]} {ports} {rule.get('Description')}"  # pyright: ignore
        yield "rule", name
    for it in ec2.describe_launch_templates()["LaunchTemplates"]:
        yield "launch template", f"{it.get('LaunchTemplateName')} {it.get('LatestVersionNumber')}"


def _of_iam() -> Iterator[tuple[str, str]]:
    iam = boto3.client("iam", region_name=REGION)
    roles = [
        it["RoleName"]
        for page in iam.get_paginator("list_roles").paginate()
        for it in page["Roles"]
    ]
    for role in roles:
        yield "role", role
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            yield "role policy", f"{role} {policy}"
        for it in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
            yield "attached policy", f"{role} {it.get('PolicyName')}"
    for it in iam.list_instance_profiles()["InstanceProfiles"]:
        yield "instance profile", it["InstanceProfileName"]


def _in_cluster(kube: Kube) -> Iterator[str]:
    groups = [("/api/v1", kube.get("/api/v1"))]
    for group in kube.get("/apis")["groups"]:
        path = f"/apis/{group['preferredVersion']['groupVersion']}"
        groups.append((path, kube.get(path)))
    for path, group in groups:
        for kind in group["resources"]:
            name = kind["name"]
            if "list" in kind["verbs"] and "/" not in name and name not in _NOT_ASKED_FOR:
                for item in kube.get(f"{path}/{name}")["items"]:
                    yield f"{kind['kind']} {_place(item)}"


def _place(item: dict[str, Any]) -> str:
    meta = item["metadata"]
    return f"{meta.get('namespace', '')}/{meta['name']}"


def _in_state(platform: Platform, colour: str) -> Iterator[str]:
    deployment: Any = platform.stack(colour).export_stack().deployment
    assert not deployment.get("pending_operations")
    for resource in deployment["resources"]:
        assert not resource.get("delete")
        yield f"in the state {resource['urn']}"
