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
    """

    settings: ExistingRoles


class ExistingHumanRoles(Component):
    """Three IAM roles made elsewhere: admin, readwrite, readonly. Nothing of them is changed.

    Pulumi type: ``eks-platform:existingHumanRoles:ExistingHumanRoles``.

    Creates nothing. Looks up the roles that are given by name. An ARN is taken as it is: it may
    be of another account, where nothing can be looked up.

    Args:
        name: Pulumi name.
        args: what it needs.
        opts: resource options.

    Attributes:
        arns: ARN of each role, by kind: admin, readwrite, readonly.

    Raises:
        Exception: out of each Output, when a role of that name does not exist (the provider's
            error).
        pulumi.RunError: out of each Output, when two kinds have one role: EKS takes each
            principal once.
    """

    MODULE = "existingHumanRoles"

    arns: Mapping[str, pulumi.Output[str]]

    def __init__(
        self, name: str, args: ExistingHumanRolesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        roles: Mapping[str, str] = args.settings.model_dump()
        arns = {kind: self._arn(role) for kind, role in roles.items()}
        checked = pulumi.Output.all(**arns).apply(_require_apart)
        self.arns = {kind: _arn_of(checked, kind) for kind in roles}
        self.register_outputs(dict(self.arns))

    def _arn(self, role: str) -> pulumi.Input[str]:
        if role.startswith("arn:"):
            return role
        return iam.get_role_output(name=role, opts=pulumi.InvokeOptions(parent=self)).arn


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
