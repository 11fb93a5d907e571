"""The policies on the cluster."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.addon_stack.args import AddonArgs
from components.addons.external_dns.name_policy.manifests import policies
from components.base import Component
from eks_platform_contract.outputs import Zone
from handover.name_annotation import Visibility


@dataclass(frozen=True, kw_only=True)
class NamePolicyArgs(AddonArgs):
    """What `NamePolicy` needs.

    Attributes:
        zones: the zone of each annotation.
    """

    zones: Mapping[Visibility, Zone]


class NamePolicy(Component):
    """Pulumi type ``eks-platform:namePolicy:NamePolicy``.

    Creates ValidatingAdmissionPolicies, each with its binding: one that refuses, of objects that
    ask for names, those that nobody could publish, and some that warn.
    """

    MODULE = "namePolicy"

    def __init__(
        self, name: str, args: NamePolicyArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        made: dict[str, pulumi.Resource] = {}
        for manifest in policies(args.zones):
            # A binding comes after its policy, which has the same name.
            policy = [made[manifest.name]] if manifest.name in made else args.after
            made[manifest.name] = pulumi.CustomResource(
                manifest.pulumi_type,
                f"{manifest.kind}-{manifest.name}".lower(),
                dict(manifest.body),
                self.child(provider=args.cluster.provider, depends_on=policy),
            )
        self.register_outputs({})
