"""IAM policy documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import pulumi

Condition: TypeAlias = Mapping[str, Mapping[str, pulumi.Input[str] | Sequence[pulumi.Input[str]]]]
"""Operator, then condition key, then the value or values: ``{"StringEquals": {KEY: VALUE}}``."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A statement that allows something.

    Attributes:
        actions: IAM actions, for example ``route53:ListHostedZones``.
        resources: ARNs, or ``*`` for actions that know no resources.
        conditions: what must hold besides; empty for nothing.
        sid: name of the statement, letters and digits; empty for none.
        reason: why the resources are ``*``, where they are; not part of the document.
    """

    actions: Sequence[str]
    resources: Sequence[pulumi.Input[str]]
    conditions: Condition = field(default_factory=dict[str, dict[str, str]])
    sid: str = ""
    reason: str = ""

    def to_json(self) -> dict[str, object]:
        """The statement as IAM spells it; Outputs stay in it."""
        return {
            **({"Sid": self.sid} if self.sid else {}),
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
            **({"Condition": self.conditions} if self.conditions else {}),
        }


def policy_document(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """The policy document of `statements`, in their order, as JSON."""
    return _document([statement.to_json() for statement in statements])


def trust_policy(
    principal: Mapping[str, pulumi.Input[str]], action: str, *conditions: pulumi.Input[object]
) -> pulumi.Output[str]:
    """A role's trust policy, as JSON.

    Args:
        principal: who may take the role on, for example ``{"Service": "ec2.amazonaws.com"}``.
        action: by which call, for example ``sts:AssumeRole``.
        conditions: what must hold besides, or None; of several, one is enough.
    """
    return _document(
        [
            {
                "Effect": "Allow",
                "Principal": principal,
                "Action": action,
                **({"Condition": condition} if condition is not None else {}),
            }
            for condition in conditions
        ]
    )


_VERSION = "2012-10-17"


def _document(statements: Sequence[Mapping[str, object]]) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps({"Version": _VERSION, "Statement": statements})
