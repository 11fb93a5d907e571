"""Reads IAM policy documents."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from guardrails.node import Node
from guardrails.rule import Seen

_DOCUMENTS = {
    "aws:iam/role:Role": ("assumeRolePolicy",),
    "aws:iam/rolePolicy:RolePolicy": ("policy",),
    "aws:iam/policy:Policy": ("policy",),
    "aws:iam/userPolicy:UserPolicy": ("policy",),
    "aws:iam/groupPolicy:GroupPolicy": ("policy",),
    "aws:sqs/queue:Queue": ("policy",),
    "aws:sqs/queuePolicy:QueuePolicy": ("policy",),
    "aws:kms/key:Key": ("policy",),
    "aws:kms/keyPolicy:KeyPolicy": ("policy",),
    "aws:s3/bucketPolicy:BucketPolicy": ("policy",),
    "aws:sns/topicPolicy:TopicPolicy": ("policy",),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": ("policy",),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ("policy",),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("policy",),
}
IDENTITY_POLICIES = (
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/policy:Policy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
    "aws:iam/role:Role",
)
"""Types with policies that say what an identity may do."""

RESOURCE_POLICIES = tuple(
    kind for kind in _DOCUMENTS if kind not in IDENTITY_POLICIES or kind == "aws:iam/role:Role"
)
"""Types with policies that say who may do something; a role's trust is one."""


def statements(document: Node) -> Iterator[Node]:
    """Statements of a policy document that allow something."""
    for statement in document.parsed()["Statement"].each():
        if statement["Effect"].text() != "Deny":
            yield statement


def permissions(resource: Seen) -> Iterable[Node]:
    """Statements that say what an identity may do, inline ones of a role included."""
    if resource.type == "aws:iam/role:Role":
        for policy in resource.props["inlinePolicies"].each():
            yield from statements(policy["policy"])
        return
    yield from statements(resource.props["policy"])


def grants(resource: Seen) -> Iterable[Node]:
    """Statements that say who may do something."""
    for key in _DOCUMENTS[resource.type]:
        yield from statements(resource.props[key])


def sid(statement: Node) -> str:
    """How a message calls a statement."""
    name = statement["Sid"].text()
    return f"statement {name}" if name else f"the statement on {_first(statement)}"


def _first(statement: Node) -> str:
    return next(iter(statement["Action"].texts()), "no action")


def matches(action: str, patterns: Iterable[str]) -> bool:
    """Whether an action is one of some patterns, whatever its case."""
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def conditions(statement: Node) -> Iterator[tuple[str, str, list[str]]]:
    """Conditions of a statement: operator, key in lower case, and the values."""
    for operator, keys in statement["Condition"].items():
        for key, values in keys.items():
            yield operator, key.lower(), values.texts()
