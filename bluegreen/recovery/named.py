"""Finds AWS resources by their fixed names, or by what they belong to."""

import json
import zlib
from collections.abc import Iterator, Mapping

from botocore.exceptions import ClientError

from bluegreen.recovery.candidate import Candidate, Find, Inputs, carries_tags, tags_by_key
from bluegreen.world.aws import Aws

_ABSENT = (
    "NoSuchEntity",
    "ResourceNotFound",
    "ResourceNotFoundException",
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
    "InvalidLaunchTemplateName.NotFoundException",
    "InvalidRouteTableID.NotFound",
)
"""Codes by which services say that there is no such thing."""


def _none_if_absent(find: Find) -> Find:
    """A search that AWS may answer with an error which says that there is nothing."""

    def found(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
        try:
            yield from find(aws, inputs)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _ABSENT:
                raise

    return found


def _role(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    role = aws.iam.get_role(RoleName=inputs["name"])["Role"]
    # One that was to have no tags has a name with random digits, which nobody else chose.
    own = not inputs.get("tags") or carries_tags(inputs, tags_by_key(role.get("Tags", ())))
    yield Candidate(role["RoleName"], own=own, what=f"IAM role {role['RoleName']}")


def _instance_profile(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    profile = aws.iam.get_instance_profile(InstanceProfileName=inputs["name"])["InstanceProfile"]
    name = profile["InstanceProfileName"]
    own = carries_tags(inputs, tags_by_key(profile.get("Tags", ())))
    yield Candidate(name, own=own, what=f"instance profile {name}")


def _oidc_provider(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    issuer = str(inputs["url"]).removeprefix("https://")
    for provider in aws.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        arn = str(provider.get("Arn"))
        # The issuer is the cluster's alone: its id is in the URL.
        if arn.endswith(f":oidc-provider/{issuer}"):
            yield Candidate(arn, own=True, what=f"OIDC provider {arn}")


def _log_group(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    name = str(inputs["name"])
    pages = aws.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
    for group in (group for page in pages for group in page["logGroups"]):
        if group.get("logGroupName") == name:
            arn = str(group.get("arn")).removesuffix(":*")
            tags = aws.logs.list_tags_for_resource(resourceArn=arn)["tags"]
            yield Candidate(name, own=carries_tags(inputs, tags), what=f"log group {name}")


def _alias(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    pages = aws.kms.get_paginator("list_aliases").paginate()
    for alias in (alias for page in pages for alias in page["Aliases"]):
        name = str(alias.get("AliasName"))
        if name == inputs["name"]:
            own = alias.get("TargetKeyId") == inputs["targetKeyId"]
            yield Candidate(name, own=own, what=f"KMS {name}")


def _queue(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    url = aws.sqs.get_queue_url(QueueName=inputs["name"])["QueueUrl"]
    own = carries_tags(inputs, aws.sqs.list_queue_tags(QueueUrl=url).get("Tags", {}))
    yield Candidate(url, own=own, what=f"queue {inputs['name']}")


def _alarm(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    names = [str(inputs["name"])]
    for alarm in aws.cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]:
        arn = str(alarm.get("AlarmArn"))
        tags = aws.cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]
        own = carries_tags(inputs, tags_by_key(tags))
        yield Candidate(names[0], own=own, what=f"alarm {names[0]}")


def _dashboard(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    name = str(inputs["dashboardName"])
    body = aws.cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"]
    # It has no tags: one that shows just this is the one that was made.
    own = json.loads(body) == json.loads(str(inputs["dashboardBody"]))
    yield Candidate(name, own=own, what=f"dashboard {name}")


def _event_rule(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    rule = aws.events.describe_rule(Name=inputs["name"])
    tags = aws.events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]
    own = carries_tags(inputs, tags_by_key(tags))
    yield Candidate(rule["Name"], own=own, what=f"EventBridge rule {rule['Name']}")


def _event_target(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    rule = str(inputs["rule"])
    pages = aws.events.get_paginator("list_targets_by_rule").paginate(Rule=rule)
    for target in (target for page in pages for target in page["Targets"]):
        # Its id is a random one. A second one would get each event again.
        if target["Arn"] == inputs["arn"]:
            said = {"targetId": target["Id"]}
            what = f"target {target['Id']} of {rule}"
            yield Candidate(f"{rule}-{target['Id']}", own=True, what=what, outputs=said)


def _cluster(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    cluster = aws.eks.describe_cluster(name=inputs["name"])["cluster"]
    own = carries_tags(inputs, cluster.get("tags", {}))
    name = str(inputs["name"])
    if own:
        # What is made next needs its endpoint and its issuer.
        aws.eks.get_waiter("cluster_active").wait(name=name)
    yield Candidate(name, own=own, what=f"cluster {name}")


def _addon(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    cluster, name = str(inputs["clusterName"]), str(inputs["addonName"])
    addon = aws.eks.describe_addon(clusterName=cluster, addonName=name)["addon"]
    own = carries_tags(inputs, addon.get("tags", {}))
    if own:
        aws.eks.get_waiter("addon_active").wait(clusterName=cluster, addonName=name)
    yield Candidate(f"{cluster}:{name}", own=own, what=f"EKS add-on {name} of {cluster}")


def _access_entry(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    cluster, principal = str(inputs["clusterName"]), str(inputs["principalArn"])
    entry = aws.eks.describe_access_entry(clusterName=cluster, principalArn=principal)
    own = carries_tags(inputs, entry["accessEntry"].get("tags", {}))
    what = f"access entry of {principal} in {cluster}"
    yield Candidate(f"{cluster}:{principal}", own=own, what=what)


def _auto_scaling_group(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    names = [str(inputs["name"])]
    answer = aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=names)
    for group in answer["AutoScalingGroups"]:
        name = group["AutoScalingGroupName"]
        own = carries_tags(inputs, tags_by_key(group.get("Tags", ())))
        yield Candidate(name, own=own, what=f"Auto Scaling group {name}")


def _lifecycle_hook(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    group, name = str(inputs["autoscalingGroupName"]), str(inputs["name"])
    hooks = aws.autoscaling.describe_lifecycle_hooks(
        AutoScalingGroupName=group, LifecycleHookNames=[name]
    )
    for hook in hooks["LifecycleHooks"]:
        own = hook.get("LifecycleTransition") == inputs["lifecycleTransition"]
        yield Candidate(name, own=own, what=f"lifecycle hook {name} of {group}")


def _launch_template(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    names = [str(inputs["name"])]
    answer = aws.ec2.describe_launch_templates(LaunchTemplateNames=names)
    for template in answer["LaunchTemplates"]:
        found = str(template.get("LaunchTemplateId"))
        own = carries_tags(inputs, tags_by_key(template.get("Tags", ())))
        yield Candidate(found, own=own, what=f"launch template {names[0]}")


def _route(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    table, destination = str(inputs["routeTableId"]), str(inputs["destinationCidrBlock"])
    answer = aws.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    for route in (route for found in answer for route in found.get("Routes", ())):
        if route.get("DestinationCidrBlock") == destination:
            own = all(
                inputs.get(said) in (None, route.get(there))
                for said, there in (("gatewayId", "GatewayId"), ("natGatewayId", "NatGatewayId"))
            )
            # As the provider makes it: a checksum of the destination.
            found = f"r-{table}{zlib.crc32(destination.encode())}"
            yield Candidate(found, own=own, what=f"route {destination} of {table}")


def _association(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    subnet = str(inputs["subnetId"])
    answer = aws.ec2.describe_route_tables(
        Filters=[{"Name": "association.subnet-id", "Values": [subnet]}]
    )
    for table in answer["RouteTables"]:
        for association in table.get("Associations", ()):
            if association.get("SubnetId") == subnet:
                own = table.get("RouteTableId") == inputs["routeTableId"]
                found = str(association.get("RouteTableAssociationId"))
                yield Candidate(found, own=own, what=f"the route table of {subnet}")


def _record(aws: Aws, inputs: Inputs) -> Iterator[Candidate]:
    zone, name, kind = str(inputs["zoneId"]), str(inputs["name"]), inputs["type"]
    answer = aws.route53.list_resource_record_sets(
        HostedZoneId=zone, StartRecordName=name, StartRecordType=kind, MaxItems="1"
    )
    for record in answer["ResourceRecordSets"]:
        if record["Name"].rstrip(".").lower() != name.rstrip(".").lower():
            continue
        if record["Type"] == kind:
            values = {item["Value"].strip('"') for item in record.get("ResourceRecords", ())}
            own = values == set(inputs.get("records") or ()) and record.get("TTL") == inputs["ttl"]
            yield Candidate(f"{zone}_{name}_{kind}", own=own, what=f"record {name} {kind}")


NAMED: Mapping[str, Find] = {
    token: _none_if_absent(find)
    for token, find in {
        "aws:autoscaling/group:Group": _auto_scaling_group,
        "aws:autoscaling/lifecycleHook:LifecycleHook": _lifecycle_hook,
        "aws:cloudwatch/dashboard:Dashboard": _dashboard,
        "aws:cloudwatch/eventRule:EventRule": _event_rule,
        "aws:cloudwatch/eventTarget:EventTarget": _event_target,
        "aws:cloudwatch/logGroup:LogGroup": _log_group,
        "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm,
        "aws:ec2/launchTemplate:LaunchTemplate": _launch_template,
        "aws:ec2/route:Route": _route,
        "aws:ec2/routeTableAssociation:RouteTableAssociation": _association,
        "aws:eks/accessEntry:AccessEntry": _access_entry,
        "aws:eks/addon:Addon": _addon,
        "aws:eks/cluster:Cluster": _cluster,
        "aws:iam/instanceProfile:InstanceProfile": _instance_profile,
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider": _oidc_provider,
        "aws:iam/role:Role": _role,
        "aws:kms/alias:Alias": _alias,
        "aws:route53/record:Record": _record,
        "aws:sqs/queue:Queue": _queue,
    }.items()
}
"""By Pulumi type. The name is taken: the engine cannot create what is found here."""

REPEATED = frozenset(
    {
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:sqs/queuePolicy:QueuePolicy",
    }
)
"""Types whose create is a put: made twice, it is the same. What they belong to is the stack's."""
