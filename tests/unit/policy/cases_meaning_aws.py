"""Cases of the policies on AWS resources, spelt so that only their meaning gives them away."""

import json
from collections.abc import Iterator, Mapping

from tests.unit.policy.case import Case
from tests.unit.policy.judge import Made, Plain

ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
CLUSTER = "aws:eks/cluster:Cluster"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
CLUSTER_ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/ABC"
GITHUB = "token.actions.githubusercontent.com"
ACCOUNT = "123456789012"
POD = "system:serviceaccount:kube-system:cilium-operator"


def _document(statement: Mapping[str, Plain]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def _allows(action: Plain, resource: Plain = "arn:q", **more: Plain) -> Mapping[str, Plain]:
    return {"policy": _document({"Action": action, "Resource": resource, **more})}


def _one(rule: str, kind: str, props: Mapping[str, Plain], what: str, *faults: str) -> Case:
    return Case(rule, what, (Made(kind, props),), faults)


def _actions() -> Iterator[Case]:
    rule = "no-wildcard-action"
    for action in ("**", "ec2:**", "iam:?*", "*:*", "EC2:*", "i?m:*", "?*", "iam*", "newer:**"):
        yield _one(rule, ROLE_POLICY, _allows(action), action, f"allows {action}")
    alphabet = [f"iam:{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"]
    yield _one(rule, ROLE_POLICY, _allows(alphabet), "an alphabet", "all of iam")
    yield _one(rule, ROLE_POLICY, _allows("ec2:*e*"), "nearly all", "allows ec2:*e*")
    lower = {"policy": json.dumps({"statement": {"effect": "Allow", "notaction": "iam:*"}})}
    yield _one(rule, ROLE_POLICY, lower, "lower case", "everything but")
    for action in ("ec2:Describe*", "kms:List*", "route53:Get*", "sqs:*Message"):
        yield _one(rule, ROLE_POLICY, _allows(action), action)


def _resources() -> Iterator[Case]:
    rule, deletes = "no-unscoped-resource", "allows ec2:TerminateInstances on every resource"
    here = f"arn:aws:ec2:eu-west-1:{ACCOUNT}"
    for resource in (
        "arn:*",
        "**",
        "?*",
        "*:*",
        "arn:aws:*",
        "arn:aws:ec2:*:*:*",
        "arn:aws:ec2:*:*:instance/*",
        f"{here}:*",
        f"{here}:instance/*",
        f"{here}:instance/i-*",
        f"{here}:*/*",
    ):
        props = _allows("ec2:TerminateInstances", ["arn:q", resource])
        yield _one(rule, ROLE_POLICY, props, f"an instance as {resource}", deletes)
    for action, resource in (
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:*"),
        ("s3:GetObject", "arn:aws:s3:::*"),
        ("s3:GetObject", "arn:aws:s3:::*/*"),
        ("iam:AttachRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/*"),
        ("iam:PassRole", "arn:aws:iam::*:role/*"),
        ("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z*"),
        ("kms:Decrypt", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/*-*"),
        ("sts:AssumeRole", "arn:aws:iam::*:role/*"),
    ):
        yield _one(rule, ROLE_POLICY, _allows(action, resource), resource, f"allows {action} on")
    alphabet = [f"arn:aws:s3:::{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz0123456789"]
    yield _one(rule, ROLE_POLICY, _allows("s3:GetObject", alphabet), "an alphabet", "s3:GetObject")
    hidden = _allows("ec2:De*", "*")
    yield _one(rule, ROLE_POLICY, hidden, "more than is listed", "ec2:De* on every resource (such")
    yield _one(rule, ROLE_POLICY, _allows("ec2:Describe*", "arn:*"), "what is listed")
    for action, resource in (
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:shop/*"),
        ("s3:GetObject", "arn:aws:s3:::state/*"),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/eks-*"),
        ("sqs:SendMessage", "arn:aws:sqs:*:*:eks-blue-*"),
        ("logs:PutLogEvents", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/eks/blue:*"),
    ):
        yield _one(rule, ROLE_POLICY, _allows(action, resource), f"{resource} is some")


_TAG = "aws:ResourceTag/team"


def _conditions() -> Iterator[Case]:
    rule = "no-unscoped-resource"
    for operator, key, value in (
        ("StringEqualsIfExists", _TAG, "web"),
        ("StringLikeIfExists", _TAG, "web"),
        ("StringNotEquals", _TAG, "other"),
        ("StringNotLike", _TAG, "*"),
        ("StringLike", _TAG, "*"),
        ("StringLike", _TAG, ["web", "?*"]),
        ("ForAllValues:StringEquals", _TAG, "web"),
        ("ForAnyValue:StringNotEquals", _TAG, "other"),
        ("Null", _TAG, "true"),
        ("StringEquals", _TAG, "${aws:ResourceTag/team}"),
        ("ArnLike", "ec2:Vpc", "arn:aws:ec2:*:*:vpc/*"),
        ("ArnLike", "ec2:Vpc", f"arn:aws:ec2:eu-west-1:{ACCOUNT}:vpc/*"),
        ("ArnNotLike", "ec2:Vpc", "arn:aws:ec2:*:*:vpc/vpc-1"),
        ("StringLike", "iam:PassedToService", "*.amazonaws.com"),
        ("StringNotEquals", "ec2:Owner", "aws-marketplace"),
        ("Null", "ec2:Vpc", "false"),
        ("StringBegins", _TAG, "web"),
    ):
        props = _allows("ec2:TerminateInstances", "*", Condition={operator: {key: value}})
        yield _one(rule, ROLE_POLICY, props, f"{operator} {key} {value}", "ec2:TerminateInstances")
    for operator, key, value in (
        ("StringEquals", _TAG, "web"),
        ("stringequals", "AWS:ResourceTag/team", ["web", "shop"]),
        ("StringLike", _TAG, "web-*"),
        ("ForAnyValue:StringEquals", _TAG, "web"),
        ("StringEquals", _TAG, "${aws:PrincipalTag/team}"),
        ("ArnEquals", "ec2:Vpc", "arn:aws:ec2:*:*:vpc/vpc-1"),
        ("StringEquals", "iam:PassedToService", "ec2.amazonaws.com"),
        ("StringEquals", "ec2:Owner", "amazon"),
    ):
        props = _allows("ec2:TerminateInstances", "*", Condition={operator: {key: value}})
        yield _one(rule, ROLE_POLICY, props, f"{operator} {key} {value} narrows")
    both = {"StringEqualsIfExists": {_TAG: "web"}, "Null": {_TAG: "false"}}
    props = _allows("ec2:TerminateInstances", "*", Condition=both)
    yield _one(rule, ROLE_POLICY, props, "two that are one together")


def _principal(principal: Plain, **conditions: Plain) -> Mapping[str, Plain]:
    statement = {"Principal": principal, "Action": "sqs:SendMessage", "Condition": conditions}
    return {"policy": _document(statement)}


def _principals() -> Iterator[Case]:
    rule, fault = "no-wildcard-principal", "allows every principal"
    for principal in ({"AWS": "**"}, {"Federated": "*"}, {"aws": "arn:aws:iam::*:root"}):
        yield _one(rule, QUEUE_POLICY, _principal(principal), json.dumps(principal), fault)
    for operator, key, value in (
        ("StringEqualsIfExists", "aws:SourceAccount", ACCOUNT),
        ("StringNotEquals", "aws:SourceAccount", ACCOUNT),
        ("StringLike", "aws:PrincipalOrgID", "o-*"),
        ("StringLike", "aws:SourceAccount", "*"),
        ("ArnLike", "aws:SourceArn", "arn:aws:*"),
        ("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:*"),
        ("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:orders"),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:::*"),
        ("StringEquals", "aws:SourceAccount", "${aws:PrincipalAccount}"),
    ):
        props = _principal("*", **{operator: {key: value}})
        yield _one(rule, QUEUE_POLICY, props, f"everybody, {operator} {key} {value}", fault)
    for operator, key, value in (
        ("StringEquals", "aws:SourceAccount", ACCOUNT),
        ("StringLike", "aws:PrincipalOrgID", "o-a1b2c3*"),
        ("ArnLike", "aws:SourceArn", f"arn:aws:*:*:{ACCOUNT}:*"),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:::uploads"),
    ):
        props = _principal("*", **{operator: {key: value}})
        yield _one(rule, QUEUE_POLICY, props, f"everybody, {operator} {key} {value} narrows")
    open_ = {"policyDocument": _document({"Principal": "*", "Action": "logs:PutLogEvents"})}
    kind = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
    yield _one(rule, kind, open_, "of logs", fault)
    bucket = {"policy": _document({"Principal": "*", "Action": "s3:GetObject"})}
    yield _one(rule, "aws:s3/bucket:Bucket", bucket, "in a bucket itself", fault)


def _trust(issuer: str, action: Plain, **conditions: Plain) -> Mapping[str, Plain]:
    principal = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"}
    statement = {"Principal": principal, "Action": action, "Condition": conditions}
    return {"assumeRolePolicy": _document(statement)}


_WEB = "sts:AssumeRoleWithWebIdentity"
_ACTIONS = ("sts:*", "*", "sts:assumerolewithwebidentity", "STS:AssumeRoleWith*", "sts:?*Identity")


def _cluster_trust() -> Iterator[Case]:
    rule = "workload-role-one-account"
    aud, sub = {f"{CLUSTER_ISSUER}:aud": "sts.amazonaws.com"}, {f"{CLUSTER_ISSUER}:sub": POD}
    for action in _ACTIONS:
        props = _trust(CLUSTER_ISSUER, action)
        yield _one(rule, ROLE, props, f"without a condition, {action}", ":sub does", ":aud is")
    for operator in ("StringEqualsIfExists", "StringNotEquals", "ForAllValues:StringEquals"):
        props = _trust(CLUSTER_ISSUER, _WEB, **{operator: {**aud, **sub}})
        yield _one(rule, ROLE, props, operator, ":sub does", ":aud is")
    exact = _trust(CLUSTER_ISSUER, _WEB, StringLike={**aud, **sub})
    yield _one(rule, ROLE, exact, "StringLike without a wildcard")
    besides = {"ForAllValues:StringEquals": sub, "StringLike": {f"{CLUSTER_ISSUER}:sub": "*"}}
    props = _trust(CLUSTER_ISSUER, _WEB, StringEquals={**aud, **sub}, **besides)
    yield _one(rule, ROLE, props, "more conditions than are needed")


def _repository(operator: str, subject: str) -> Mapping[str, Plain]:
    """Conditions on tokens of a repository: whom they are for is always said as it should be."""
    conditions: dict[str, dict[str, Plain]] = {
        "StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}
    }
    conditions.setdefault(operator, {})[f"{GITHUB}:sub"] = subject
    return conditions


def _pipeline_trust() -> Iterator[Case]:
    rule, wide = "pipeline-role-one-repository", "does not name one repository and what it runs"
    both = ("no condition on :aud", "no condition on :sub")
    for action in _ACTIONS:
        props = _trust(GITHUB, action)
        yield _one(rule, ROLE, props, f"without a condition, {action}", *both)
    nothing = {"Principal": {"Federated": "*"}, "NotAction": "s3:*"}
    props = {"assumeRolePolicy": _document(nothing)}
    yield _one(rule, ROLE, props, "all but", *both)
    disguised = _trust(f"shop.example/{CLUSTER_ISSUER}", _WEB)
    yield _one(rule, ROLE, disguised, "another's issuer that looks like a cluster's", *both)
    for subject in (
        "repo:a/b:ref:*",
        "repo:a/b:ref:refs/*",
        "repo:a/b:ref:refs/heads/*",
        "repo:a/b:ref:refs/heads/??*",
        "repo:a/b:environment:*",
        "repo:a/b:ref*",
        "repo:a/?:ref:refs/heads/main",
        "repo:a/b:*:blue",
    ):
        props = _trust(GITHUB, _WEB, **_repository("StringLike", subject))
        yield _one(rule, ROLE, props, subject, wide)
    for operator in (
        "StringEqualsIfExists",
        "StringNotEquals",
        "StringNotLike",
        "ForAllValues:StringEquals",
    ):
        props = _trust(GITHUB, _WEB, **_repository(operator, "repo:a/b:environment:blue"))
        yield _one(rule, ROLE, props, operator, "no condition on :sub")
    unsaid = _trust(GITHUB, _WEB, StringEqualsIfExists={f"{GITHUB}:aud": "sts.amazonaws.com"})
    yield _one(rule, ROLE, unsaid, "nothing but IfExists", *both)
    for subject in (
        "repo:a/b:ref:refs/heads/main",
        "repo:a/b:ref:refs/heads/release-*",
        "repo:a/b:environment:blue",
        "project_path:a/b:ref_type:branch:ref:*",
    ):
        props = _trust(GITHUB, _WEB, **_repository("StringLike", subject))
        yield _one(rule, ROLE, props, subject)
    saml = {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/people"}
    props = {"assumeRolePolicy": _document({"Principal": saml, "Action": "sts:*"})}
    yield _one(rule, ROLE, props, "people who sign in by SAML")


def _networks() -> Iterator[Case]:
    rule = "no-open-ingress"
    for key, found in (
        ("cidrIpv4", "0.0.0.0/1"),
        ("cidrIpv4", "1.2.3.4/0"),
        ("cidrIpv4", "0.0.0.0/0.0.0.0"),
        ("cidrIpv4", "64.0.0.0/2"),
        ("cidrIpv6", "0::0/0"),
        ("cidrIpv6", "0000:0000::/0"),
        ("cidrIpv6", "2000::/3"),
        ("cidrIpv6", "::ffff:0:0/96"),
        ("cidrIpv6", "::ffff:0.0.0.0/97"),
        ("cidrIpv6", "64:ff9b::/96"),
        ("cidrIpv6", "2002::/16"),
        ("cidrIpv4", "everywhere"),
    ):
        yield _one(rule, INGRESS, {key: found}, found, f"{found} may come in")
    for key, found in (
        ("cidrIpv4", "10.0.0.0/8"),
        ("cidrIpv4", "17.0.0.0/8"),
        ("cidrIpv6", "fc00::/7"),
        ("cidrIpv6", "2001:db8::/32"),
        ("cidrIpv6", "::ffff:10.0.0.0/104"),
    ):
        yield _one(rule, INGRESS, {key: found}, f"{found} is not the internet")
    some = [f"{first}.0.0.0/8" for first in range(1, 9)]
    yield _one(rule, GROUP, {"ingress": [{"cidrBlocks": some}]}, "a union", "most of the internet")
    rules = [{"cidrBlocks": [each]} for each in some]
    yield _one(rule, GROUP, {"ingress": rules}, "a union of rules", "most of the internet")
    for ranges, fault in (
        (["0.0.0.0/1", "128.0.0.0/1"], ("has 0.0.0.0/1", "has 128.0.0.0/1")),
        (["10.0.0.0/0"], ("has 10.0.0.0/0",)),
        (some, ("has most of the internet",)),
        (["192.0.2.0/24", "198.51.100.0/24"], ()),
    ):
        access = {"endpointPrivateAccess": True, "publicAccessCidrs": ranges}
        yield _one(
            "cluster-endpoint-limited", CLUSTER, {"vpcConfig": access}, f"{ranges[0]}, …", *fault
        )


def _attached() -> Iterator[Case]:
    rule = "no-administrator"
    for arn in (
        "arn:aws:iam::aws:policy/AdministratorAccess-Amplify",
        "arn:aws-cn:iam::aws:policy/IAMFullAccess",
        "arn:aws:iam::aws:policy/AIDevOpsAgentActionsPolicy",
    ):
        yield _one(rule, ATTACHMENT, {"policyArn": arn}, arn, "is attached")
    exclusive = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
    arns = {"policyArns": ["arn:aws:iam::aws:policy/PowerUserAccess"]}
    yield _one(rule, exclusive, arns, "in a list", "PowerUserAccess is attached")
    blank = {"sqsManagedSseEnabled": False, "kmsMasterKeyId": ""}
    yield _one("queues-encrypted", "aws:sqs/queue:Queue", blank, "a key of no name", "is false")


def _published() -> Iterator[Case]:
    """Statements of policies that others publish, reduced to the actions that matter."""
    rule, null = "no-unscoped-resource", "ingress.k8s.aws/cluster"
    # cilium: Documentation/network/concepts/ipam/eni.rst
    eni = ["ec2:DescribeSubnets", "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses",
           "ec2:CreateTags"]  # fmt: skip
    faults = tuple(f"allows {action} on every resource" for action in eni[1:])
    yield _one(rule, ROLE_POLICY, _allows(eni, "*"), "Cilium's operator", *faults)
    # aws-load-balancer-controller: docs/install/iam_policy.json
    untagged = {"Condition": {"Null": {f"aws:ResourceTag/{null}": "false"}}}
    controller, deletes = "load balancer controller", "elasticloadbalancing:DeleteLoadBalancer"
    yield _one(rule, ROLE_POLICY, _allows(deletes, "*", **untagged), f"{controller}: tagged")
    made_with = {"StringEquals": {"ec2:CreateAction": "CreateSecurityGroup"}}
    tagging = _allows("ec2:CreateTags", "*", Condition=made_with)
    yield _one(rule, ROLE_POLICY, tagging, f"{controller}: tags of what it makes")
    any_call = {"StringLike": {"ec2:CreateAction": "*"}}
    tagging = _allows("ec2:CreateTags", "*", Condition=any_call)
    yield _one(rule, ROLE_POLICY, tagging, "tags in any call", "allows ec2:CreateTags")
    opens = "ec2:AuthorizeSecurityGroupIngress"
    yield _one(rule, ROLE_POLICY, _allows(opens, "*"), f"{controller}: groups", f"allows {opens}")
    groups, tags = (
        "arn:aws:elasticloadbalancing:*:*:targetgroup/*",
        "elasticloadbalancing:AddTags",
    )
    yield _one(rule, ROLE_POLICY, _allows(tags, groups), f"{controller}: tags", f"allows {tags}")
    # external-dns: docs/tutorials/aws.md
    changes = "route53:ChangeResourceRecordSets"
    zones = "arn:aws:route53:::hostedzone/*"
    yield _one(rule, ROLE_POLICY, _allows(changes, zones), "ExternalDNS", f"allows {changes}")
    # dvdmelamed/aws-infra: modules/github-oidc/assume_role.tpl
    anybody = _trust(GITHUB, _WEB, StringLike={f"{GITHUB}:sub": "repo:*"})
    yield _one(
        "pipeline-role-one-repository",
        ROLE,
        anybody,
        "a template for everybody",
        "no condition on :aud",
        "does not name one repository",
    )


CASES: tuple[Case, ...] = (
    *_actions(),
    *_resources(),
    *_conditions(),
    *_principals(),
    *_cluster_trust(),
    *_pipeline_trust(),
    *_networks(),
    *_attached(),
    *_published(),
)
