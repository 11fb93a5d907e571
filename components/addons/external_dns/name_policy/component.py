"""The policies on the cluster."""

import pulumi

from components.addon_stack.args import AddonArgs
from components.addons.external_dns.name_policy.manifests import policies
from components.base import Component


class NamePolicy(Component):
    """Pulumi type ``eks-platform:namePolicy:NamePolicy``.

    Creates ValidatingAdmissionPolicies, each with its binding: one that refuses, of objects that
    ask for names, those that nobody could publish, and some that warn.
    """

    MODULE = "namePolicy"

    def __init__(
        self, name: str, args: AddonArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        made: dict[str, pulumi.Resource] = {}
        zones = args.site.zones
        for manifest in policies({"private": zones.private, "public": zones.public}):
            # A binding comes after its policy, which has the same name.
            policy = [made[manifest.name]] if manifest.name in made else args.after
            made[manifest.name] = pulumi.CustomResource(
                manifest.pulumi_type,
                f"{manifest.kind}-{manifest.name}".lower(),
                dict(manifest.body),
                self.child(provider=args.cluster.provider, depends_on=policy),
            )
        self.register_outputs({})
