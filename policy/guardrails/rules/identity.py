"""IAM: what identities may do."""

from collections.abc import Iterator, Mapping, Sequence

from guardrails.actions import whole_services
from guardrails.administrators import ESCALATING, named, on_everything
from guardrails.conditions import narrowing
from guardrails.node import Node
from guardrails.rule import Rule, Seen
from guardrails.statements import (
    IDENTITY_POLICIES,
    actions,
    matches,
    member,
    permissions,
    sid,
)

UNSCOPED: Mapping[str, str] = {
    # Reading that knows no resources, or shows no more than names and shapes.
    "ec2:Describe*": "AWS knows no resources for it",
    "ec2:GetManagedPrefixListEntries": "ranges of prefix lists, no secret",
    "ec2:GetSecurityGroupsForVpc": "AWS knows no resources for it",
    "ec2:GetInstanceTypesFromInstanceRequirements": "AWS knows no resources for it",
    "ec2:GetCoipPoolUsage": "AWS knows no resources for it",
    "autoscaling:Describe*": "AWS knows no resources for it",
    "elasticloadbalancing:Describe*": "AWS knows no resources for it",
    "route53:List*": "a list of zones is filtered by who asks for it",
    "route53:Get*": "zones and changes; DNS names are no secret",
    "eks:List*": "names of clusters and add-ons",
    "eks:Describe*": "shapes of clusters; access needs an access entry",
    "iam:Get*": "roles and policies, which hold no secret",
    "iam:List*": "roles and policies, which hold no secret",
    "kms:DescribeKey": "shapes of keys, not what they encrypt",
    "kms:GetKey*": "policy and rotation of keys",
    "kms:List*": "names of keys",
    "logs:Describe*": "names of log groups, not what is in them",
    "logs:List*": "tags of log groups",
    "acm:DescribeCertificate": "certificates are public",
    "acm:ListCertificates": "certificates are public",
    "cognito-idp:DescribeUserPoolClient": "the load balancer controller asks before it signs in",
    "waf*:Get*": "the load balancer controller reads which ACL it is to attach",
    "waf*:AssociateWebACL": "the load balancer controller, beside the load balancer's own right",
    "waf*:DisassociateWebACL": "the load balancer controller, as above",
    "shield:*Protection": "the load balancer controller's own load balancers",
    "shield:GetSubscriptionState": "AWS knows no resources for it",
    "sqs:ListQueue*": "names and tags of queues",
    "sqs:GetQueueAttributes": "shapes of queues, not their messages",
    "events:Describe*": "shapes of rules",
    "events:List*": "names of rules",
    "sts:GetCallerIdentity": "says who one is",
    "tag:GetResources": "names and tags",
    "pricing:GetProducts": "public price lists",
    "ssm:UpdateInstanceInformation": "an instance says of itself that it is there",
    "ssmmessages:*Channel": "AWS knows no resources for it",
    "ssm:DescribeParameters": "names of parameters, not their values",
    "secretsmanager:ListSecrets": "names of secrets, not their values",
    "secretsmanager:BatchGetSecretValue": "gives only what GetSecretValue allows, one by one",
    "ecr:GetAuthorizationToken": "AWS knows no resources for it",
    "cloudwatch:GetMetricData": "AWS knows no resources for it; figures, no secret",
    "cloudwatch:PutMetricData": "AWS knows no resources for it",
    "cloudwatch:DescribeAlarms": "shapes of alarms",
    "cloudwatch:GetDashboard": "shapes of dashboards, not the values that they show",
    "cloudwatch:ListTagsForResource": "tags of alarms",
}
"""Actions that may be allowed on every resource, each with the reason."""

_CLUSTER_ADMINISTRATOR = "AmazonEKSClusterAdminPolicy"
_NARROWING = (
    "aws:resourcetag/",
    "aws:requesttag/",
    "ec2:resourcetag/",
    "iam:awsservicename",
    "ec2:createaction",  # tags what the same call makes, and nothing that is there
)
_NARROWING_KEYS = (
    "ec2:vpc",
    "aws:sourcearn",
    "iam:passedtoservice",
    "ec2:owner",  # of an image or a snapshot
)


def _wildcard_action(part: Node, _: Seen) -> Iterator[str]:
    if not member(part, "NotAction").missing:
        yield f"{sid(part)} allows everything but what NotAction names"
    found = whole_services(actions(part))
    for pattern in sorted(set(found.values())):
        services = sorted(service for service, by in found.items() if by == pattern)
        yield f"{sid(part)} allows {pattern}{_in_full(pattern, services)}"


def _in_full(pattern: str, services: Sequence[str]) -> str:
    """What a pattern comes to, where it does not say it itself."""
    plain = pattern == "*" or pattern.lower().endswith(":*")
    named = [service for service in services if "*" not in service and "?" not in service]
    return "" if plain or len(named) != 1 else f", with what stands beside it all of {named[0]}"


def _unscoped(part: Node, _: Seen) -> Iterator[str]:
    if _narrowed(part):
        return
    for pattern, reaching in on_everything(part):
        beyond = sorted(action for action in reaching if not matches(action, UNSCOPED))
        if beyond:
            such = "" if beyond == [pattern] or pattern == "*" else f" (such as {_worst(beyond)})"
            yield f"{sid(part)} allows {pattern} on every resource{such}"


def _worst(actions_: Sequence[str]) -> str:
    """The one that a reader should see of many."""
    return next((it for it in ESCALATING if it in actions_), actions_[0])


def _narrowed(statement: Node) -> bool:
    """Whether a condition on tags or ARNs says what a statement on everything is about."""
    return any(
        key.startswith(_NARROWING) or key in _NARROWING_KEYS
        for key in narrowing(statement, principal_is_ours=True)
    )


def _administrator(part: Node, resource: Seen) -> Iterator[str]:
    for key in ("managedPolicyArns", "policyArns", "managedPolicyArn", "policyArn"):
        for arn in part[key].texts():
            name = arn.rpartition("/")[2]
            if name in named() or name == _CLUSTER_ADMINISTRATOR:
                yield f"{arn} is attached"


def _static(part: Node, resource: Seen) -> Iterator[str]:
    del part
    yield f"{resource.kind} {resource.name} has credentials that do not expire"


RULES = (
    Rule(
        name="no-wildcard-action",
        says="No statement allows all actions, nor all of a service.",
        reason="It also allows what AWS adds next year.",
        remedy="Name the actions",
        severity="critical",
        types=IDENTITY_POLICIES,
        parts=permissions,
        check=_wildcard_action,
    ),
    Rule(
        name="no-unscoped-resource",
        says="Only listed actions are allowed on every resource.",
        reason="A stolen token would reach other teams' resources in the account.",
        remedy="Name ARNs, or add a condition on a tag; an action that knows no resources goes to"
        " UNSCOPED in policy/guardrails/rules/identity.py, with the reason",
        types=IDENTITY_POLICIES,
        parts=permissions,
        check=_unscoped,
    ),
    Rule(
        name="no-administrator",
        says="No identity gets a policy that allows everything.",
        reason="Nothing here needs it, and who gets the role gets the account.",
        remedy="Attach a policy that names what is needed",
        severity="critical",
        types=(
            "aws:iam/role:Role",
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            "aws:iam/userPolicyAttachment:UserPolicyAttachment",
            "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
            "aws:iam/policyAttachment:PolicyAttachment",
            "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
            "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive",
            "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive",
            "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment",
        ),
        check=_administrator,
    ),
    Rule(
        name="no-static-credentials",
        says="There are no IAM users and no access keys.",
        reason="They work for whoever finds them, for ever.",
        remedy="Use a role that OIDC or the node opens",
        severity="critical",
        types=("aws:iam/user:User", "aws:iam/accessKey:AccessKey"),
        check=_static,
    ),
)
