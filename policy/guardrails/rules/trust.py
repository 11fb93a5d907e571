"""IAM: who may take a role on, or use a resource."""

import re
from collections.abc import Iterable, Iterator

from guardrails.node import Node
from guardrails.rule import Rule, Seen
from guardrails.statements import RESOURCE_POLICIES, conditions, grants, sid

_ROLE = "aws:iam/role:Role"
_WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
_EXACT = ("StringEquals", "ForAllValues:StringEquals")
_SERVICE_ACCOUNT = re.compile(r"system:serviceaccount:[a-z0-9-]+:[a-z0-9.-]+")
_OWNERS = ("aws:sourceaccount", "aws:sourcearn", "aws:principalorgid", "aws:principalaccount")


def _wildcard_principal(part: Node, _: Seen) -> Iterator[str]:
    if not part["NotPrincipal"].missing:
        yield f"{sid(part)} allows everybody but NotPrincipal"
    principal = part["Principal"]
    listed = dict(principal.items())
    named = [principal] if isinstance(principal.value, str) else list(listed.values())
    everybody = any("*" in node.texts() for node in named)
    if everybody and not any(key in _OWNERS for _, key, _ in conditions(part)):
        yield f"{sid(part)} allows every principal"


def _from_outside(resource: Seen) -> Iterable[Node]:
    """Statements of a trust policy that let tokens of an OIDC provider in."""
    for statement in grants(resource):
        if _WEB_IDENTITY in statement["Action"].texts():
            yield statement


def _is_cluster(statement: Node) -> bool:
    return "oidc.eks." in " ".join(statement.at("Principal", "Federated").texts())


def _irsa(part: Node, _: Seen) -> Iterator[str]:
    if not _is_cluster(part):
        return
    found = {"aud": False, "sub": False}
    for operator, key, values in conditions(part):
        claim = key.rpartition(":")[2]
        if operator not in _EXACT or claim not in found:
            continue
        if claim == "aud":
            found["aud"] = values == ["sts.amazonaws.com"]
        else:
            found["sub"] = bool(values) and all(map(_SERVICE_ACCOUNT.fullmatch, values))
    if not found["sub"]:
        yield "the condition on :sub does not name one namespace and service account"
    if not found["aud"]:
        yield "the condition on :aud is not sts.amazonaws.com"


def _pipelines(part: Node, _: Seen) -> Iterator[str]:
    if _is_cluster(part):
        return
    subjects = [v for _o, key, v in conditions(part) if key.endswith(":sub")]
    audiences = [v for o, key, v in conditions(part) if key.endswith(":aud") and o in _EXACT]
    if not audiences:
        yield "no condition on :aud says who the token is for"
    if not subjects:
        yield "no condition on :sub says which repository it is from"
    for values in subjects:
        for value in values:
            if _too_wide(value):
                yield f"the subject {value} does not name one repository and what it runs"


def _too_wide(subject: str) -> bool:
    """Whether a subject's project has a wildcard, or nothing narrows what runs in it.

    GitHub: ``repo:OWNER/NAME:environment:blue``, or with numbers behind both names, as in
    ``repo:OWNER@1/NAME@2:…``. GitLab: ``project_path:GROUP/NAME:ref_type:…``.
    """
    parts = subject.split(":")
    least = 3
    return len(parts) < least or "*" in ":".join(parts[:least]) or not parts[2]


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
