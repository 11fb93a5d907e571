"""Resources of calls of other services that their parameters do not name as the reference does."""

import re
from collections.abc import Callable, Mapping

from localcloud.server.permissions import account
from localcloud.server.permissions.call import Call
from localcloud.server.permissions.ec2_resources import Arns, Special
from localcloud.server.permissions.parameters import values_of
from localcloud.state import ACCOUNT_ID

_PRINCIPAL = re.compile(r"arn:[^:]+:iam::(\d*):(\w+)/(?:.*/)?([^/]+)")


def _arn_prefix(call: Call, service: str) -> str:
    return f"arn:aws:{service}:{call.region}:{ACCOUNT_ID}"


def _route53(call: Call, kind: str) -> Arns:
    said = call.parameters
    kind = said.get("ResourceType", kind)
    ids = values_of(said, "HostedZoneId", "Id", "ResourceId", "ResourceIds")
    return [f"arn:aws:route53:::{kind}/{it.rpartition('/')[2]}" for it in ids]


def _kms(call: Call, _kind: str) -> Arns:
    said = call.parameters
    aliases = values_of(said, "AliasName")
    keys = values_of(said, "KeyId", "TargetKeyId") or aliases
    if not keys and "CiphertextBlob" in said:
        keys = [account.key_of(said["CiphertextBlob"])]
    return [
        *(account.key_arn(call.region, it) for it in keys),
        *(f"{_arn_prefix(call, 'kms')}:{it}" for it in aliases),
    ]


def _autoscaling(call: Call, _kind: str) -> Arns:
    said = call.parameters
    names = [
        *values_of(said, "AutoScalingGroupName", "AutoScalingGroupNames"),
        *(tag["ResourceId"] for tag in said.get("Tags", ()) if tag.get("ResourceId")),
    ]
    if not names:
        groups = [account.group_of(call.region, it) for it in values_of(said, "InstanceId")]
        names = [it for it in groups if it is not None]
    form = f"{_arn_prefix(call, 'autoscaling')}:autoScalingGroup:*:autoScalingGroupName"
    return [account.group_arn(call.region, name) or f"{form}/{name}" for name in names]


def _balancing(call: Call, _kind: str) -> Arns:
    """All that a call says is an ARN already, but the names of what it makes."""
    said, here = call.parameters, _arn_prefix(call, "elasticloadbalancing")
    if call.operation == "CreateLoadBalancer":
        kind = {"network": "net", "gateway": "gwy"}.get(said.get("Type", ""), "app")
        return [f"{here}:loadbalancer/{kind}/{said['Name']}/*"]
    if call.operation == "CreateTargetGroup":
        return [f"{here}:targetgroup/{said['Name']}/*"]
    if call.operation == "SetRulePriorities":
        return [it["RuleArn"] for it in said["RulePriorities"]]
    # A call that names several kinds is about the smallest.
    kinds = ("ResourceArns", "RuleArn", "ListenerArn", "TargetGroupArn", "LoadBalancerArn")
    return next((found for it in kinds if (found := values_of(said, it))), ())


def _iam(call: Call, kind: str) -> Arns | None:
    said, path = call.parameters, call.parameters.get("Path", "/")
    here = f"arn:aws:iam::{ACCOUNT_ID}"
    if kind == "role" and "RoleName" in said:
        name = said["RoleName"]
        return [account.role_arn(name) or f"{here}:role{path}{name}"]
    if kind == "instance-profile":
        name = said["InstanceProfileName"]
        return [account.instance_profile_arn(name) or f"{here}:instance-profile{path}{name}"]
    if call.operation == "CreatePolicy":
        return [f"{here}:policy{path}{said['PolicyName']}"]
    if call.operation == "CreateOpenIDConnectProvider":
        return [f"{here}:oidc-provider/{said['Url'].removeprefix('https://')}"]
    return None


def _logs(call: Call, kind: str) -> Arns | None:
    """A log group is asked about as its streams are, but for its tags.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    and the ARNs of AWS's denials: https://github.com/hashicorp/terraform-provider-aws/issues/8804.
    """
    said = call.parameters
    if kind not in ("log-group", "log-stream") or "logGroupName" not in said:
        return None
    stream = said.get("logStreamName", "")
    return [f"{_arn_prefix(call, 'logs')}:log-group:{said['logGroupName']}:log-stream:{stream}"]


def _log_groups(call: Call) -> str:
    return f"{_arn_prefix(call, 'logs')}:log-group::log-stream:"


def _sqs(call: Call, _kind: str) -> Arns:
    names = values_of(call.parameters, "QueueUrl", "QueueName")
    return [f"{_arn_prefix(call, 'sqs')}:{it.rpartition('/')[2]}" for it in names]


def _parameters(call: Call, _kind: str) -> Arns:
    """Parameters of SSM; the public ones belong to no account."""
    found: list[str] = []
    for name in values_of(call.parameters, "Name", "Names", "Path"):
        owner = "" if name.startswith("/aws/service/") else ACCOUNT_ID
        plain = name.partition(":")[0].removeprefix("/")
        whole = f"arn:aws:ssm:{call.region}:{owner}:parameter/{plain}"
        found.append(name if name.startswith("arn:") else whole)
    return found


def _secrets(call: Call, _kind: str) -> Arns:
    here = f"{_arn_prefix(call, 'secretsmanager')}:secret"
    names = values_of(call.parameters, "SecretId", "Name")
    return [
        account.secret_arn(call.region, it) or (it if it.startswith("arn:") else f"{here}:{it}")
        for it in names
    ]


def _access_entry(call: Call, _kind: str) -> Arns:
    found = _PRINCIPAL.fullmatch(call.parameters["principalArn"])
    if found is None:
        return [None]
    owner, kind, name = found.groups()
    here = f"{_arn_prefix(call, 'eks')}:access-entry/{call.parameters['clusterName']}"
    return [f"{here}/{kind}/{owner}/{name}/*"]


def _deleted_objects(call: Call, _kind: str) -> Arns | None:
    if "Delete" not in call.parameters:
        return None
    bucket = call.parameters["Bucket"]
    return [f"arn:aws:s3:::{bucket}/{it['Key']}" for it in call.parameters["Delete"]["Objects"]]


BY_SERVICE: Mapping[str, Special] = {
    "autoscaling": _autoscaling,
    "elasticloadbalancing": _balancing,
    "iam": _iam,
    "kms": _kms,
    "logs": _logs,
    "route53": _route53,
    "secretsmanager": _secrets,
    "sqs": _sqs,
}

BY_ACTION: Mapping[str, Special] = {
    **dict.fromkeys(
        (
            "eks:AssociateAccessPolicy",
            "eks:DeleteAccessEntry",
            "eks:DescribeAccessEntry",
            "eks:DisassociateAccessPolicy",
            "eks:ListAssociatedAccessPolicies",
            "eks:UpdateAccessEntry",
        ),
        _access_entry,
    ),
    **dict.fromkeys(
        (
            "ssm:DeleteParameter",
            "ssm:GetParameter",
            "ssm:GetParameters",
            "ssm:GetParametersByPath",
            "ssm:PutParameter",
        ),
        _parameters,
    ),
    "s3:DeleteObject": _deleted_objects,
}

LISTED: Mapping[str, Callable[[Call], str]] = {"logs:DescribeLogGroups": _log_groups}
"""Actions that know no resources by the reference, and have one in AWS's denials."""
