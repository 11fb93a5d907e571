"""IAM roles of people that were made elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam

from components.base import Component, ComponentArgs
from settings.human_roles import ExistingRoles


@dataclass(frozen=True, kw_only=True)
class ExistingHumanRolesArgs(ComponentArgs):
    """What `ExistingHumanRoles` needs.

    Attributes:
        settings: name or ARN of the role of each kind of person.
        account_id: the account, in which roles can be looked up.
    """

    settings: ExistingRoles
    account_id: str


class ExistingHumanRoles(Component):
    """Three IAM roles made elsewhere: admin, readwrite, readonly. Nothing of them is changed.

    Pulumi type: ``eks-platform:existingHumanRoles:ExistingHumanRoles``.

    Creates nothing. Looks up the roles of the account. An ARN of another one, where nothing can be
    looked up, is taken as it is.

    Args:
        name: Pulumi name.
        args: what it needs.
        opts: resource options.

    Attributes:
        arns: ARN of each role, by kind: admin, readwrite, readonly.

    Raises:
        Exception: out of each Output, when a role of that name does not exist (the provider's
            error).
        pulumi.RunError: out of each Output, when a role of the account has another ARN, such as
            one with another path, or when two kinds have one role: EKS takes each principal once.
    """

    MODULE = "existingHumanRoles"

    arns: Mapping[str, pulumi.Output[str]]

    def __init__(
        self, name: str, args: ExistingHumanRolesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        roles: Mapping[str, str] = args.settings.model_dump()
        arns = {kind: self._arn(kind, role, args.account_id) for kind, role in roles.items()}
        checked = pulumi.Output.all(**arns).apply(_require_apart)
        self.arns = {kind: _arn_of(checked, kind) for kind in roles}
        self.register_outputs(dict(self.arns))

    def _arn(self, kind: str, role: str, account: str) -> pulumi.Input[str]:
        if role.startswith("arn:") and role.split(":")[4] != account:
            return role
        name = role.rpartition("/")[2]
        found = iam.get_role_output(name=name, opts=pulumi.InvokeOptions(parent=self)).arn
        return found.apply(lambda arn: _require_same(kind, role, arn))


def _require_same(kind: str, given: str, found: str) -> str:
    """The ARN that the account's role has, unless another one was given."""
    if given.startswith("arn:") and given != found:
        raise pulumi.RunError(
            f"eks-platform:humanRoles.existing.{kind}: the account has no role {given}; its role"
            f" of that name is {found}"
        )
    return found


def _arn_of(arns: pulumi.Output[Mapping[str, str]], kind: str) -> pulumi.Output[str]:
    return arns.apply(lambda found: found[kind])


def _require_apart(arns: Mapping[str, str]) -> Mapping[str, str]:
    for kind, arn in arns.items():
        others = [other for other, same in arns.items() if same == arn and other != kind]
        if others:
            raise pulumi.RunError(
                f"eks-platform:humanRoles.existing: {kind} and {others[0]} are one role, {arn};"
                " EKS takes each role once"
            )
    return arns
