"""Makes an add-on's resources of what it says of itself; nothing else does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import pulumi
from pulumi_kubernetes import helm

from catalogue.chart_archives import Pin
from components.addon_stack.addon import Addon, Phase, Prerequisites, Values
from components.addon_stack.args import AddonArgs
from components.addon_stack.chart_values import values_of
from components.addon_stack.isolation import network_policy
from components.addon_stack.manifest import Manifest
from components.base import Component
from components.certificates import Certificates, Issued
from components.fixed_fields import fixed_fields
from components.interruption_queue import InterruptionQueue, InterruptionQueueArgs
from components.kept_log_group import kept_log_group
from components.workload_role import WorkloadRole, WorkloadRoleArgs

NO_INJECTION = "config.linkerd.io/admission-webhooks"
"""Label of namespaces that Linkerd's webhooks pass over: an add-on must start without them."""

_TIMEOUT = 600  # seconds that a chart's objects get to become ready


@dataclass(frozen=True, kw_only=True)
class InstallationArgs(AddonArgs):
    """What `Installation` needs.

    Attributes:
        addon: what is installed.
        neighbours: add-ons that are installed in its namespace, itself included.
        groups: names of the cluster's Auto Scaling groups, by their names in the settings.
    """

    addon: Addon
    neighbours: Sequence[Addon]
    groups: Mapping[str, pulumi.Input[str]]


class Installation(Component):
    """Pulumi type ``eks-platform:installation:Installation``.

    Creates, of what the add-on asks for: its role, certificates, log group and queue; its
    namespace, with a network policy if the stack file asks for it; the objects that its chart
    needs; the chart, pinned, and rolled back if it does not become ready; and the objects that
    come after it. Each waits for the one before; neighbours of one kind do not need each other,
    and go at once.

    Raises:
        UnsupportedVersionError: the catalogue has no version for the Kubernetes minor.

    Attributes:
        last_ids: ids of what is made last, known once all is made.
    """

    last_ids: Sequence[pulumi.Output[str]]

    MODULE = "installation"

    def __init__(
        self, name: str, args: InstallationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        version = args.addon.line.entry.version(args.site.kubernetes_version)
        super().__init__(name, opts)
        self._name, self._args = name, args
        self._last: Sequence[pulumi.Resource] = args.after
        addon, site, prerequisites = args.addon, args.site, self._prepare()
        self._namespace()
        self._objects(addon.objects_before(site, prerequisites))
        if addon.line.chart is not None:
            self._release(Pin(addon.line.chart, version), values_of(addon, site, prerequisites))
        self._objects(addon.objects(site, prerequisites))
        made = (it for it in self._last if isinstance(it, pulumi.CustomResource))
        self.last_ids = [it.id for it in made]
        self.register_outputs({"version": version})

    def _prepare(self) -> Prerequisites:
        """What is outside of the cluster."""
        args, addon, nothing = self._args, self._args.addon, pulumi.Output.from_input("")
        role = self._role()
        issued: Mapping[str, Issued] = {}
        if addon.certificates:
            issued = Certificates(self._name, args, addon.certificates, self.child()).issued
        queue = None
        if addon.interruptions is not None:
            queue = InterruptionQueue(
                self._name,
                InterruptionQueueArgs(
                    tags=args.tags,
                    cluster_name=args.site.cluster_name,
                    groups=args.groups,
                    wanted=addon.interruptions,
                ),
                self.child(),
            )
        return Prerequisites(
            role_arn=role.arn if role else nothing,
            certificates=issued,
            queue_url=queue.url if queue else nothing,
            queue_name=queue.queue_name if queue else nothing,
            log_group=self._log_group(),
        )

    def _role(self) -> WorkloadRole | None:
        args, addon = self._args, self._args.addon
        statements = addon.statements(args.site)
        if not statements:
            return None
        return WorkloadRole(
            self._name,
            WorkloadRoleArgs(
                tags=args.tags,
                cluster_name=args.cluster.cluster_name,
                oidc_provider_arn=args.cluster.oidc_provider_arn,
                oidc_issuer=args.cluster.oidc_issuer,
                namespace=addon.namespace,
                service_account=addon.service_account,
                statements=statements,
            ),
            self.child(),
        )

    def _log_group(self) -> pulumi.Output[str]:
        args, name = self._args, self._args.addon.log_group(self._args.site)
        if not name:
            return pulumi.Output.from_input("")
        return kept_log_group(
            self,
            self._name,
            name,
            settings=args.site.settings.logging,
            kept=args.site.kept_log_groups,
            tags=args.named(name),
        ).name

    def _namespace(self) -> None:
        addon = self._args.addon
        if addon.owned_namespace is not None:
            metadata = {
                "name": addon.namespace,
                "labels": {NO_INJECTION: "disabled", **addon.owned_namespace},
            }
            self._objects(
                [Manifest({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})]
            )
            self._isolate()

    def _isolate(self) -> None:
        args, site = self._args, self._args.site
        if site.settings.isolate_namespaces:
            policy = network_policy(args.addon.namespace, args.neighbours, site.pod_cidr)
            self._objects([policy])

    def _objects(self, manifests: Sequence[Manifest]) -> None:
        for _, alike in groupby(manifests, lambda it: it.kind):
            self._last = [self._object(manifest) for manifest in alike]

    def _object(self, manifest: Manifest) -> pulumi.Resource:
        # The class of a kind would take the same properties, but each spells them in its own
        # way; a manifest is spelt as Kubernetes does.
        return pulumi.CustomResource(
            manifest.pulumi_type,
            f"{self._name}-{manifest.kind}-{manifest.name}".lower(),
            dict(manifest.body),
            self.child(
                provider=self._args.cluster.provider,
                depends_on=self._last,
                fixed_fields=fixed_fields(manifest.kind),
            ),
        )

    def _release(self, pin: Pin, values: Values) -> None:
        # What needs nodes that there are not yet cannot be waited for, nor rolled back for it.
        waits = self._args.addon.phase is not Phase.NETWORK
        place = self._args.site.charts
        repository = place.repository(pin)
        made = helm.v3.Release(
            self._name,
            name=self._name,
            chart=place.reference(pin),
            version=pin.version,
            repository_opts=None if repository is None else {"repo": repository},
            namespace=self._args.addon.namespace,
            create_namespace=False,
            values=values,
            atomic=waits,
            cleanup_on_fail=waits,
            skip_await=not waits,
            timeout=_TIMEOUT,
            opts=self.child(provider=self._args.cluster.provider, depends_on=self._last),
        )
        self._last = [made]
