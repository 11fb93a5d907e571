"""IAM: who may take a role on, or use a resource."""

import re
from collections.abc import Iterable, Iterator

from guardrails.conditions import Condition, conditions, narrowing
from guardrails.node import Node
from guardrails.rule import Rule, Seen
from guardrails.statements import RESOURCE_POLICIES, allows, grants, member, sid
from guardrails.wildcards import is_wild, like

_ROLE = "aws:iam/role:Role"
_WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
_SERVICE_ACCOUNT = re.compile(r"system:serviceaccount:[a-z0-9-]+:[a-z0-9.-]+")
_OWNERS = ("aws:sourceaccount", "aws:sourcearn", "aws:principalorgid", "aws:principalaccount")
_PROVIDER = re.compile(r"arn:[^:]*:iam::[^:]*:oidc-provider/(.*)")
_CLUSTER = re.compile(r"oidc[.-]eks\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|api\.[a-z.]+)/id/.*")
_SAML = re.compile(r"arn:[^:]*:iam::[^:]*:saml-provider/.*")
_ELSEWHERE = (
    "ref:refs/heads/x7q",
    "ref:refs/tags/x7q",
    "ref:refs/pull/7/merge",
    "environment:x7q",
    "job_workflow_ref:x7q",
)
"""What a repository of GitHub runs for anybody who may push to it, as subjects say it."""


def _wildcard_principal(part: Node, _: Seen) -> Iterator[str]:
    if not member(part, "NotPrincipal").missing:
        yield f"{sid(part)} allows everybody but NotPrincipal"
    if any(map(is_wild, _principals(part))) and not any(
        key in _OWNERS for key in narrowing(part, principal_is_ours=False)
    ):
        yield f"{sid(part)} allows every principal"


def _principals(statement: Node, *kinds: str) -> list[str]:
    """Who a statement is about; of some kinds, such as ``federated``, if they are given."""
    principal = member(statement, "Principal")
    if isinstance(principal.value, str):
        return principal.texts()
    return [
        text
        for kind, named in principal.items()
        if not kinds or kind.lower() in kinds
        for text in named.texts()
    ]


def _from_outside(resource: Seen) -> Iterable[Node]:
    """Statements of a trust policy that let tokens of an OIDC provider in."""
    for statement in grants(resource):
        if allows(statement, _WEB_IDENTITY) and _providers(statement):
            yield statement


def _providers(statement: Node) -> list[str]:
    """Federated principals whose tokens open the role; all but those that speak SAML."""
    if not member(statement, "NotPrincipal").missing:
        return ["*"]
    named = _principals(statement, "federated", "*")
    return [it for it in named if not _SAML.fullmatch(it)]


def _is_cluster(statement: Node) -> bool:
    """Whether all tokens are of clusters: those of any other issuer are held to more."""
    issuers = [_PROVIDER.fullmatch(it) for it in _providers(statement)]
    return all(it is not None and _CLUSTER.fullmatch(it[1]) for it in issuers)


def _claims(statement: Node, claim: str) -> list[Condition]:
    """Conditions that demand a claim of the token."""
    return [it for it in conditions(statement) if it.key.endswith(f":{claim}") and it.demands]


def _irsa(part: Node, _: Seen) -> Iterator[str]:
    if not _is_cluster(part):
        return
    subjects = [it for it in _claims(part, "sub") if it.exact]
    audiences = [it for it in _claims(part, "aud") if it.exact]
    if not any(all(map(_SERVICE_ACCOUNT.fullmatch, it.values)) for it in subjects):
        yield "the condition on :sub does not name one namespace and service account"
    if not any(list(it.values) == ["sts.amazonaws.com"] for it in audiences):
        yield "the condition on :aud is not sts.amazonaws.com"


def _pipelines(part: Node, _: Seen) -> Iterator[str]:
    if _is_cluster(part):
        return
    if not any(it.exact for it in _claims(part, "aud")):
        yield "no condition on :aud says who the token is for"
    subjects = _claims(part, "sub")
    if not subjects:
        yield "no condition on :sub says which repository it is from"
    elif not any(not any(map(_too_wide, it.values)) for it in subjects):
        # One condition that is narrow is enough: all must hold.
        for value in dict.fromkeys(value for it in subjects for value in it.values):
            if _too_wide(value):
                yield f"the subject {value} does not name one repository and what it runs"


def _too_wide(subject: str) -> bool:
    """Whether a subject's project has a wildcard, or nothing narrows what runs in it.

    GitHub: ``repo:OWNER/NAME:environment:blue``, or with numbers behind both names, as in
    ``repo:OWNER@1/NAME@2:…``. GitLab: ``project_path:GROUP/NAME:ref_type:…``.
    """
    parts = subject.split(":")
    least = 3
    if len(parts) < least or is_wild(":".join(parts[:least])) or not parts[2]:
        return True
    # Tokens of GitLab name nothing but the branch, so its branches may be all.
    project = ":".join(parts[:2])
    return parts[0] == "repo" and any(like(subject, f"{project}:{it}") for it in _ELSEWHERE)


RULES = (
    Rule(
        name="no-wildcard-principal",
        says="No policy lets everybody in.",
        reason="Everybody is every AWS account there is.",
        remedy="Name the principal, or add a condition on the source account or ARN",
        severity="critical",
        types=RESOURCE_POLICIES,
        parts=grants,
        check=_wildcard_principal,
    ),
    Rule(
        name="workload-role-one-account",
        says="A workload role is opened by one namespace's service account, for STS.",
        reason="A wildcard would let any pod of the namespace, or of the cluster, take it on.",
        remedy="Use WorkloadRole, or StringEquals on the issuer's :sub and :aud",
        severity="critical",
        types=(_ROLE,),
        parts=_from_outside,
        check=_irsa,
    ),
    Rule(
        name="pipeline-role-one-repository",
        says="A pipeline's role is opened by one repository, and by what it may run.",
        reason="A wildcard would let pull requests of other repositories change the platform.",
        remedy="Set eks-platform:ci, which makes the roles",
        severity="critical",
        types=(_ROLE,),
        parts=_from_outside,
        check=_pipelines,
    ),
)
