"""What the DNS writers may read on their cluster."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import rbac

from components.addon_stack.args import AddonArgs
from components.base import Component

_NAME = "external-dns"
_READ = ["get", "list", "watch"]

# The service source follows all of these, and does not start without one of them.
_RULES = (
    rbac.v1.PolicyRuleArgs(api_groups=[""], resources=["services", "pods"], verbs=_READ),
    rbac.v1.PolicyRuleArgs(api_groups=[""], resources=["nodes"], verbs=["list", "watch"]),
    rbac.v1.PolicyRuleArgs(
        api_groups=["discovery.k8s.io"], resources=["endpointslices"], verbs=_READ
    ),
    rbac.v1.PolicyRuleArgs(api_groups=["networking.k8s.io"], resources=["ingresses"], verbs=_READ),
)


@dataclass(frozen=True, kw_only=True)
class ExternalDnsRbacArgs(AddonArgs):
    """What `ExternalDnsRbac` needs.

    Attributes:
        namespace: namespace of the service accounts.
        service_accounts: those of all writers.
    """

    namespace: str
    service_accounts: Sequence[str]


class ExternalDnsRbac(Component):
    """Pulumi type ``eks-platform:externalDnsRbac:ExternalDnsRbac``.

    Creates the ClusterRole ``external-dns`` and binds it to the writers' service accounts.
    """

    MODULE = "externalDnsRbac"

    def __init__(
        self, name: str, args: ExternalDnsRbacArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        role = rbac.v1.ClusterRole(
            name,
            metadata={"name": _NAME},
            rules=list(_RULES),
            opts=self.child(provider=args.cluster.provider, depends_on=args.after),
        )
        rbac.v1.ClusterRoleBinding(
            name,
            metadata={"name": _NAME},
            role_ref={
                "api_group": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": _NAME,
            },
            subjects=[
                {"kind": "ServiceAccount", "namespace": args.namespace, "name": account}
                for account in args.service_accounts
            ],
            opts=self.child(provider=args.cluster.provider, depends_on=[role]),
        )
        self.register_outputs({})
