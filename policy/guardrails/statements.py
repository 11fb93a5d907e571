"""Reads IAM policy documents."""

from collections.abc import Iterable, Iterator, Mapping

from guardrails.node import Node
from guardrails.rule import Seen
from guardrails.wildcards import compiled

_ROLE = "aws:iam/role:Role"
_TRUST: Mapping[str, str] = {
    _ROLE: "assumeRolePolicy",
    "aws:apigateway/restApiPolicy:RestApiPolicy": "policy",
    "aws:backup/vaultPolicy:VaultPolicy": "policy",
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": "accessPolicy",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
    "aws:codeartifact/domainPermissions:DomainPermissions": "policyDocument",
    "aws:dynamodb/resourcePolicy:ResourcePolicy": "policy",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "policy",
    "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy": "policy",
    "aws:ecr/registryPolicy:RegistryPolicy": "policy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:efs/fileSystemPolicy:FileSystemPolicy": "policy",
    "aws:kinesis/resourcePolicy:ResourcePolicy": "policy",
    "aws:kms/externalKey:ExternalKey": "policy",
    "aws:kms/key:Key": "policy",
    "aws:kms/keyPolicy:KeyPolicy": "policy",
    "aws:kms/replicaKey:ReplicaKey": "policy",
    "aws:opensearch/domain:Domain": "accessPolicies",
    "aws:opensearch/domainPolicy:DomainPolicy": "accessPolicies",
    "aws:s3/bucket:Bucket": "policy",
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:secretsmanager/secret:Secret": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:sns/topic:Topic": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:sqs/queue:Queue": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
}
_PERMISSIONS: Mapping[str, str] = {
    "aws:iam/groupPolicy:GroupPolicy": "policy",
    "aws:iam/policy:Policy": "policy",
    "aws:iam/rolePolicy:RolePolicy": "policy",
    "aws:iam/userPolicy:UserPolicy": "policy",
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": "inlinePolicy",
}
IDENTITY_POLICIES = (*_PERMISSIONS, _ROLE)
"""Types with policies that say what an identity may do."""

RESOURCE_POLICIES = tuple(_TRUST)
"""Types with policies that say who may do something; a role's trust is one."""


def member(holder: Node, name: str) -> Node:
    """A member of a document by its name, in whatever case it is written."""
    for key, value in holder.items():
        if key.lower() == name.lower():
            return value
    return holder[name]


def statements(document: Node) -> Iterator[Node]:
    """Statements of a policy document that allow something."""
    for statement in member(document.parsed(), "Statement").each():
        if member(statement, "Effect").text() != "Deny":
            yield statement


def permissions(resource: Seen) -> Iterable[Node]:
    """Statements that say what an identity may do, inline ones of a role included."""
    if resource.type == _ROLE:
        for policy in resource.props["inlinePolicies"].each():
            yield from statements(policy["policy"])
        return
    yield from statements(resource.props[_PERMISSIONS[resource.type]])


def grants(resource: Seen) -> Iterable[Node]:
    """Statements that say who may do something."""
    yield from statements(resource.props[_TRUST[resource.type]])


def actions(statement: Node) -> list[str]:
    """Patterns of the actions that a statement names."""
    return member(statement, "Action").texts()


def allows(statement: Node, action: str) -> bool:
    """Whether a statement that allows something allows an action."""
    excepted = member(statement, "NotAction")
    if not excepted.missing:
        return not matches(action, excepted.texts())
    return matches(action, actions(statement))


def sid(statement: Node) -> str:
    """How a message calls a statement."""
    name = member(statement, "Sid").text()
    return f"statement {name}" if name else f"the statement on {_first(statement)}"


def _first(statement: Node) -> str:
    return next(iter(actions(statement)), "no action")


def matches(action: str, patterns: Iterable[str]) -> bool:
    """Whether an action is one of some patterns, whatever its case."""
    return compiled(tuple(patterns), any_case=True).fullmatch(action) is not None
