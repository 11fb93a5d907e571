"""parliament and cloudsplaining on IAM policies."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

import parliament
from cloudsplaining.scan.policy_document import PolicyDocument

from development.second_opinion.finding import PLANTED, Finding, without_planted
from development.second_opinion.program import Policy

PARLIAMENT, CLOUDSPLAINING = "parliament", "cloudsplaining"

_JUDGED: Mapping[str, str] = {
    "allows_privilege_escalation": "lets its role give itself more",
    "permissions_management_without_constraints": "changes permissions of anything",
    "write_actions_without_constraints": "changes anything",
    "tagging_actions_without_constraints": "tags anything, and conditions are on tags",
    "allows_data_exfiltration_actions": "reads anybody's data",
    "credentials_exposure": "answers with credentials",
    "service_wildcard": "allows all actions of a service",
}
"""What cloudsplaining is asked about a policy, and what a yes means."""

_PLANTED = Policy(
    where=f"rolePolicy {PLANTED} policy",
    document={
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["iam:CreatePolicyVersion", "iam:PassRole", "ec2:CreateTags", "s3:*"],
                "Resource": "*",
            },
            {"Effect": "Allow", "Action": ["sts:AssumeRole", "s3:GetObjcet"], "Resource": "*"},
        ],
    },
    trust=False,
    identity=True,
)
_ROLE = "arn:aws:iam::123456789012:role/eks"
_RULES = {
    CLOUDSPLAINING: tuple(_JUDGED),
    PARLIAMENT: ("RESOURCE_STAR", "UNKNOWN_ACTION"),
}


def findings(policies: Iterable[Policy]) -> Sequence[Finding]:
    """What both find in policies.

    Raises:
        LinterError: one of them missed what is planted.
    """
    whole = [*policies, _PLANTED]
    by_parliament = [it for policy in whole for it in _parliament(policy)]
    by_cloudsplaining = [
        it for policy in whole if policy.identity for it in _cloudsplaining(policy)
    ]
    return [
        *without_planted(PARLIAMENT, by_parliament, _RULES[PARLIAMENT]),
        *without_planted(CLOUDSPLAINING, by_cloudsplaining, _RULES[CLOUDSPLAINING]),
    ]


def _parliament(policy: Policy) -> Iterator[Finding]:
    document = _with_resource(policy.document) if policy.trust else policy.document
    for found in parliament.analyze_policy_string(json.dumps(document)).findings:
        details = found.detail if isinstance(found.detail, list) else [found.detail]
        for detail in details:
            # A finding for each action: an exception is for what is known, not for what comes.
            lacking = detail if isinstance(detail, Mapping) else {"action": detail}
            where = f"{policy.where} {lacking.get('action', '')}".strip()
            yield Finding(PARLIAMENT, str(found.issue), where, json.dumps(detail, default=str))


def _with_resource(document: Mapping[str, object]) -> Mapping[str, object]:
    """A trust policy as parliament reads it: it asks for the resource that IAM refuses there."""
    statements = document["Statement"]
    if not isinstance(statements, list):
        raise TypeError("a trust policy without statements")
    return {**document, "Statement": [{**it, "Resource": _ROLE} for it in statements]}


def _cloudsplaining(policy: Policy) -> Iterator[Finding]:
    read = PolicyDocument(dict(policy.document))
    for rule, meaning in _JUDGED.items():
        for one in getattr(read, rule):
            action = one["type"] if isinstance(one, Mapping) else str(one)
            yield Finding(CLOUDSPLAINING, rule, f"{policy.where} {action}", meaning)
