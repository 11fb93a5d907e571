"""Cases of the policies on AWS resources."""

import json
from collections.abc import Mapping, Sequence

from tests.unit.policy.case import Case
from tests.unit.policy.judge import UNKNOWN, Made, Plain, reference

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:autoscaling/group:Group"
CLUSTER = "aws:eks/cluster:Cluster"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
KEY = "aws:kms/key:Key"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
TAGS = {"Project": "eks-platform", "Stack": "blue", "ManagedBy": "pulumi", "Team": "web"}


def _one(
    rule: str, kind: str, what: str, props: Mapping[str, Plain], *faults: str, unknown: str = ""
) -> Case:
    return Case(rule, what, (Made(kind, props),), faults, unknown)


def _metadata(**options: Plain) -> Mapping[str, Plain]:
    return {"metadataOptions": options}


NODES = (
    _one("node-imds-v2", TEMPLATE, "required", _metadata(httpTokens="required")),
    _one("node-imds-v2", TEMPLATE, "optional", _metadata(httpTokens="optional"), "is optional"),
    _one("node-imds-v2", TEMPLATE, "left out", {}, "httpTokens is not set"),
    _one(
        "node-imds-v2", TEMPLATE, "not known", _metadata(httpTokens=UNKNOWN), unknown="httpTokens"
    ),
    _one("node-imds-hop-limit", TEMPLATE, "one", _metadata(httpPutResponseHopLimit=1)),
    _one("node-imds-hop-limit", TEMPLATE, "two", _metadata(httpPutResponseHopLimit=2), "is 2"),
    _one("node-imds-hop-limit", TEMPLATE, "left out", _metadata(), "is not set"),
    _one(
        "node-no-public-address",
        TEMPLATE,
        "none",
        {"networkInterfaces": [{"associatePublicIpAddress": "false"}]},
    ),
    _one(
        "node-no-public-address",
        TEMPLATE,
        "one of two",
        {
            "networkInterfaces": [
                {"associatePublicIpAddress": "false"},
                {"associatePublicIpAddress": "true"},
            ]
        },
        "networkInterfaces[1].associatePublicIpAddress is not false",
    ),
    _one("node-no-public-address", TEMPLATE, "left to the subnet", {}, "the subnet decides"),
    _one(
        "node-no-public-address",
        "aws:ec2/instance:Instance",
        "of an instance",
        {"associatePublicIpAddress": True},
        "associatePublicIpAddress is not false",
    ),
    _one(
        "subnet-no-public-address", "aws:ec2/subnet:Subnet", "off", {"mapPublicIpOnLaunch": False}
    ),
    _one(
        "subnet-no-public-address",
        "aws:ec2/subnet:Subnet",
        "on",
        {"mapPublicIpOnLaunch": True},
        "mapPublicIpOnLaunch is true",
    ),
    Case(
        "node-private-subnets",
        "private",
        (
            reference("shared", network={"privateSubnetIds": ["subnet-1", "subnet-2"]}),
            Made(GROUP, {"vpcZoneIdentifiers": ["subnet-1"]}),
        ),
    ),
    Case(
        "node-private-subnets",
        "one public",
        (
            reference("shared", network={"privateSubnetIds": ["subnet-1"]}),
            Made(GROUP, {"vpcZoneIdentifiers": ["subnet-1", "subnet-9"]}, "spot"),
        ),
        ("subnet-9 is no private subnet",),
    ),
    Case(
        "node-private-subnets",
        "of the shared stack itself",
        (
            Made("eks-platform:network:Network", {"privateSubnetIds": ["subnet-1"]}),
            Made(GROUP, {"vpcZoneIdentifiers": ["subnet-1"]}),
        ),
    ),
    Case(
        "node-private-subnets",
        "one public of the shared stack itself",
        (
            Made("eks-platform:network:Network", {"privateSubnetIds": ["subnet-1"]}),
            Made(GROUP, {"vpcZoneIdentifiers": ["subnet-9"]}, "bastion"),
        ),
        ("subnet-9 is no private subnet",),
    ),
    Case(
        "node-private-subnets",
        "subnets not known",
        (
            reference("shared", network={"privateSubnetIds": UNKNOWN}),
            Made(GROUP, {"vpcZoneIdentifiers": ["subnet-1"]}),
        ),
        unknown="privateSubnetIds",
    ),
    _one("node-template-version-fixed", GROUP, "number", {"launchTemplate": {"version": "3"}}),
    _one(
        "node-template-version-fixed",
        GROUP,
        "latest, among several types",
        {
            "mixedInstancesPolicy": {
                "launchTemplate": {"launchTemplateSpecification": {"version": "$Latest"}}
            }
        },
        "version is $Latest",
    ),
    _one(
        "node-template-version-fixed",
        GROUP,
        "of a template that changes",
        {"launchTemplate": {"version": UNKNOWN}},
    ),
    _one("node-image-fixed", TEMPLATE, "an id", {"imageId": "ami-0123456789abcdef0"}),
    _one(
        "node-image-fixed",
        TEMPLATE,
        "a parameter",
        {"imageId": "resolve:ssm:/aws/service/eks/recommended"},
        "the image is resolve:ssm:",
    ),
    _one("node-image-fixed", TEMPLATE, "none", {}, "the image is not set"),
)


def _disk(value: Plain) -> Mapping[str, Plain]:
    return {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": value}}]}


ENCRYPTION = (
    _one("node-disks-encrypted", TEMPLATE, "encrypted", _disk("true")),
    _one("node-disks-encrypted", TEMPLATE, "clear", _disk("false"), "ebs.encrypted is not true"),
    _one("volumes-encrypted", "aws:ebs/volume:Volume", "encrypted", {"encrypted": True}),
    _one("volumes-encrypted", "aws:ebs/volume:Volume", "clear", {}, "encrypted is not true"),
    _one("queues-encrypted", "aws:sqs/queue:Queue", "managed", {"sqsManagedSseEnabled": True}),
    _one("queues-encrypted", "aws:sqs/queue:Queue", "own key", {"kmsMasterKeyId": "alias/events"}),
    _one(
        "queues-encrypted",
        "aws:sqs/queue:Queue",
        "clear",
        {"sqsManagedSseEnabled": False},
        "sqsManagedSseEnabled is false",
    ),
    _one(
        "cluster-secrets-encrypted",
        CLUSTER,
        "encrypted",
        {"encryptionConfig": {"resources": ["secrets"], "provider": {"keyArn": "arn:key"}}},
    ),
    _one(
        "cluster-secrets-encrypted",
        CLUSTER,
        "key not known yet",
        {"encryptionConfig": {"resources": ["secrets"], "provider": {"keyArn": UNKNOWN}}},
    ),
    _one("cluster-secrets-encrypted", CLUSTER, "clear", {}, "does not name secrets"),
    _one("key-rotation", KEY, "on", {"enableKeyRotation": True}),
    _one("key-rotation", KEY, "off", {}, "enableKeyRotation is not true"),
    _one("key-rotation", KEY, "signing keys cannot", {"customerMasterKeySpec": "RSA_2048"}),
    _one("key-deletion-window", KEY, "default", {}),
    _one("key-deletion-window", KEY, "a week", {"deletionWindowInDays": 7}, "is 7"),
)


def _endpoint(**options: Plain) -> Mapping[str, Plain]:
    return {"vpcConfig": options}


_SHUT = _endpoint(endpointPrivateAccess=True, endpointPublicAccess=False)


def _active(colour: str | None, *, protected: bool) -> tuple[Made, ...]:
    return (
        reference("shared", **({"activeColour": colour} if colour else {})),
        Made(CLUSTER, {"deletionProtection": protected}, "eks-blue"),
    )


_UNREAD = (Made(CLUSTER, {"deletionProtection": False}, "eks-blue"),)

CONTROL_PLANE = (
    Case("active-cluster-protected", "nothing read", _UNREAD, unknown="activeColour of stack"),
    _one("cluster-endpoint-limited", CLUSTER, "private", _SHUT),
    _one(
        "cluster-endpoint-limited",
        CLUSTER,
        "named ranges",
        _endpoint(
            endpointPrivateAccess=True,
            endpointPublicAccess=True,
            publicAccessCidrs=["192.0.2.0/24"],
        ),
    ),
    _one(
        "cluster-endpoint-limited",
        CLUSTER,
        "everywhere",
        _endpoint(
            endpointPrivateAccess=True, endpointPublicAccess=True, publicAccessCidrs=["0.0.0.0/0"]
        ),
        "has 0.0.0.0/0",
    ),
    _one("cluster-endpoint-limited", CLUSTER, "defaults", {}, "not true", "the whole internet"),
    _one(
        "cluster-logs",
        CLUSTER,
        "kept",
        {"enabledClusterLogTypes": ["api", "audit", "authenticator"]},
    ),
    _one("cluster-logs", CLUSTER, "one", {"enabledClusterLogTypes": ["api"]}, "lacks audit, auth"),
    _one("cluster-version-fixed", CLUSTER, "a minor", {"version": "1.35"}),
    _one("cluster-version-fixed", CLUSTER, "none", {}, "version is not set"),
    _one(
        "addon-version-fixed",
        "aws:eks/addon:Addon",
        "exact",
        {"addonVersion": "v1.12.4-eksbuild.18"},
    ),
    _one("addon-version-fixed", "aws:eks/addon:Addon", "none", {}, "addonVersion is not set"),
    _one(
        "cluster-access-entries",
        CLUSTER,
        "both",
        {"accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"}},
    ),
    _one(
        "cluster-access-entries",
        CLUSTER,
        "aws-auth alone",
        {"accessConfig": {"authenticationMode": "CONFIG_MAP"}},
        "is CONFIG_MAP",
    ),
    Case("active-cluster-protected", "active", _active("blue", protected=True)),
    Case(
        "active-cluster-protected",
        "active and open",
        _active("blue", protected=False),
        ("blue is the active colour",),
    ),
    Case("active-cluster-protected", "idle and open", _active("green", protected=False)),
    Case("active-cluster-protected", "none active", _active(None, protected=False)),
)

LOGGING = (
    _one("log-retention", LOGS, "90 days", {"retentionInDays": 90}),
    _one("log-retention", LOGS, "for ever", {}, "kept for ever"),
    _one("log-retention-long-enough", LOGS, "90 days", {"retentionInDays": 90}),
    _one("log-retention-long-enough", LOGS, "a week", {"retentionInDays": 7}, "is 7"),
)


def document(*statements: Mapping[str, Plain]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _may(
    actions: Sequence[str] | str, resources: Sequence[str] | str, **more: Plain
) -> Mapping[str, Plain]:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources, **more}
    return {"policy": document(statement)}


_ZONE_ARN = "arn:aws:route53:::hostedzone/Z1"

PERMISSIONS = (
    _one(
        "no-wildcard-action",
        ROLE_POLICY,
        "named",
        _may(["route53:ChangeResourceRecordSets"], _ZONE_ARN),
    ),
    _one("no-wildcard-action", ROLE_POLICY, "service", _may("sqs:*", "arn:q"), "allows sqs:*"),
    _one("no-wildcard-action", ROLE_POLICY, "all", _may("*", "arn:q"), "allows *"),
    _one(
        "no-wildcard-action",
        ROLE_POLICY,
        "all but",
        {"policy": document({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})},
        "NotAction",
    ),
    _one(
        "no-wildcard-action",
        ROLE_POLICY,
        "denied",
        {"policy": document({"Effect": "Deny", "Action": "*", "Resource": "*"})},
    ),
    _one(
        "no-wildcard-action",
        ROLE,
        "in a role's inline policy",
        {"inlinePolicies": [{"name": "all", **_may("s3:*", "arn:b")}]},
        "allows s3:*",
    ),
    _one("no-wildcard-action", ROLE_POLICY, "not known", {"policy": UNKNOWN}, unknown="policy"),
    _one(
        "no-unscoped-resource",
        ROLE_POLICY,
        "a zone",
        _may("route53:ChangeResourceRecordSets", _ZONE_ARN),
    ),
    _one("no-unscoped-resource", ROLE_POLICY, "listed", _may("ec2:DescribeInstances", "*")),
    _one(
        "no-unscoped-resource",
        ROLE_POLICY,
        "secrets",
        _may(["secretsmanager:GetSecretValue", "ec2:DescribeVpcs"], ["*"]),
        "allows secretsmanager:GetSecretValue on every resource",
    ),
    _one(
        "no-unscoped-resource",
        ROLE_POLICY,
        "told apart by a tag",
        _may(
            "elasticloadbalancing:DeleteLoadBalancer",
            "*",
            Condition={"Null": {"aws:ResourceTag/elbv2.k8s.aws/cluster": "false"}},
        ),
    ),
    _one(
        "no-unscoped-resource",
        ROLE_POLICY,
        "a condition on something else",
        _may(
            "autoscaling:SetDesiredCapacity",
            "*",
            Condition={"Bool": {"aws:SecureTransport": "true"}},
        ),
        "allows autoscaling:SetDesiredCapacity",
    ),
    _one(
        "no-administrator",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "a small one",
        {"policyArn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"},
    ),
    _one(
        "no-administrator",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "attached",
        {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
        "AdministratorAccess is attached",
    ),
    _one(
        "no-administrator",
        ROLE,
        "in the role",
        {"managedPolicyArns": ["arn:aws:iam::aws:policy/PowerUserAccess"]},
        "PowerUserAccess is attached",
    ),
    _one("no-static-credentials", "aws:iam/user:User", "a user", {}, "do not expire"),
    _one("no-static-credentials", ROLE, "a role", {}),
)

_ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/ABC"
_GITHUB = "token.actions.githubusercontent.com"


def _web_identity(
    provider: str, conditions: Mapping[str, Mapping[str, Plain]]
) -> Mapping[str, Plain]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{provider}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": conditions,
    }
    return {"assumeRolePolicy": document(statement)}


def _pod(operator: str, subject: Plain, **more: Plain) -> Mapping[str, Plain]:
    audience = {f"{_ISSUER}:aud": more.get("audience", "sts.amazonaws.com")}
    conditions: dict[str, dict[str, Plain]] = {"StringEquals": audience}
    conditions.setdefault(operator, {})[f"{_ISSUER}:sub"] = subject
    return _web_identity(_ISSUER, conditions)


def _pipeline(**claims: Plain) -> Mapping[str, Plain]:
    return _web_identity(
        _GITHUB, {"StringEquals": {f"{_GITHUB}:{claim}": value for claim, value in claims.items()}}
    )


def _principal(principal: Plain, **more: Plain) -> Mapping[str, Plain]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage", **more}
    return {"policy": document(statement)}


_QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"

TRUST = (
    _one(
        "no-wildcard-principal",
        _QUEUE_POLICY,
        "a service",
        _principal({"Service": "events.amazonaws.com"}),
    ),
    _one("no-wildcard-principal", _QUEUE_POLICY, "everybody", _principal("*"), "every principal"),
    _one(
        "no-wildcard-principal",
        ROLE,
        "every account",
        {"assumeRolePolicy": _principal({"AWS": ["*"]})["policy"]},
        "every principal",
    ),
    _one(
        "no-wildcard-principal",
        _QUEUE_POLICY,
        "everybody of one rule",
        _principal("*", Condition={"ArnEquals": {"aws:SourceArn": "arn:rule"}}),
    ),
    _one(
        "workload-role-one-account",
        ROLE,
        "one",
        _pod("StringEquals", "system:serviceaccount:kube-system:external-dns-public"),
    ),
    _one(
        "workload-role-one-account",
        ROLE,
        "a wildcard",
        _pod("StringLike", "system:serviceaccount:kube-system:*"),
        "does not name one namespace and service account",
    ),
    _one(
        "workload-role-one-account",
        ROLE,
        "a wildcard compared exactly",
        _pod("StringEquals", "system:serviceaccount:*:external-dns"),
        "does not name one namespace and service account",
    ),
    _one(
        "workload-role-one-account",
        ROLE,
        "another audience",
        _pod("StringEquals", "system:serviceaccount:a:b", audience="anything"),
        ":aud is not sts.amazonaws.com",
    ),
    _one(
        "workload-role-one-account",
        ROLE,
        "not known before the cluster",
        {"assumeRolePolicy": UNKNOWN},
        unknown="assumeRolePolicy",
    ),
    _one(
        "pipeline-role-one-repository",
        ROLE,
        "pull requests",
        _pipeline(aud="sts.amazonaws.com", sub="repo:acme/platform:pull_request"),
    ),
    _one(
        "pipeline-role-one-repository",
        ROLE,
        "an environment of a repository that is told by its number",
        _pipeline(aud="sts.amazonaws.com", sub="repo:acme@12/platform@345:environment:blue"),
    ),
    _one(
        "pipeline-role-one-repository",
        ROLE,
        "every repository of an owner that is told by its number",
        _pipeline(aud="sts.amazonaws.com", sub="repo:acme@12/*:environment:blue"),
        "repo:acme@12/*:environment",
    ),
    _one(
        "pipeline-role-one-repository",
        ROLE,
        "one branch of several repositories",
        _pipeline(aud="sts.amazonaws.com", sub="repo:acme/*:ref:refs/heads/main"),
        "repo:acme/*:ref",
    ),
    _one(
        "pipeline-role-one-repository",
        ROLE,
        "whatever the repository runs",
        _pipeline(aud="sts.amazonaws.com", sub="repo:acme/platform:*"),
        "does not name one repository and what it runs",
    ),
    _one(
        "pipeline-role-one-repository",
        ROLE,
        "anybody",
        _pipeline(),
        "no condition on :aud",
        "no condition on :sub",
    ),
)

NETWORK = (
    _one("no-open-ingress", INGRESS, "a group", {"referencedSecurityGroupId": "sg-1"}),
    _one("no-open-ingress", INGRESS, "everywhere", {"cidrIpv4": "0.0.0.0/0"}, "0.0.0.0/0 may come"),
    _one("no-open-ingress", INGRESS, "IPv6", {"cidrIpv6": "::/0"}, "::/0 may come in"),
    _one(
        "no-open-ingress",
        SECURITY_GROUP,
        "inline",
        {"ingress": [{"cidrBlocks": ["10.0.0.0/8"]}, {"cidrBlocks": ["0.0.0.0/0"]}]},
        "0.0.0.0/0 may come in",
    ),
    _one(
        "no-open-ingress",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "outwards",
        {"type": "egress", "cidrBlocks": ["0.0.0.0/0"]},
    ),
    _one(
        "no-open-ingress",
        INGRESS,
        "a range not known",
        {"cidrIpv4": UNKNOWN},
        unknown="cidrIpv4",
    ),
    _one(
        "default-group-empty",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "empty",
        {"vpcId": "vpc-1"},
    ),
    _one(
        "default-group-empty",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "open",
        {"ingress": [{"self": True}]},
        "it has ingress rules",
    ),
)

TAGGING = (
    _one("tags", KEY, "all", {"tags": TAGS}),
    Case("tags", "the EKS component's role", (Made(ROLE, {}, parents="eks:index:Cluster$"),)),
    Case(
        "tags",
        "the EKS component's cluster",
        (Made(CLUSTER, {}, parents="eks:index:Cluster$"),),
        ("lacks the tags",),
    ),
    _one("tags", KEY, "none", {}, "lacks the tags Project, Stack, ManagedBy"),
    _one("tags", KEY, "another stack's", {"tags": TAGS | {"Stack": "green"}}, "Stack is green"),
    _one(
        "tags",
        GROUP,
        "as a list",
        {"tags": [{"key": key, "value": value} for key, value in TAGS.items()]},
    ),
    _one("tags", GROUP, "a list without", {"tags": []}, "lacks the tags"),
)

CASES: tuple[Case, ...] = (
    *NODES,
    *ENCRYPTION,
    *CONTROL_PLANE,
    *LOGGING,
    *PERMISSIONS,
    *TRUST,
    *NETWORK,
    *TAGGING,
)
