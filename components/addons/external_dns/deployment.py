"""One ExternalDNS on the cluster: role, service account, Deployment."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import apps, core, meta

from catalogue.versions import EXTERNAL_DNS
from components.addon_stack.args import AddonArgs
from components.addon_stack.scraping import scrape_annotations
from components.addons.external_dns.arguments import arguments
from components.addons.external_dns.permissions import statements
from components.base import Component
from components.workload_role import WorkloadRole, WorkloadRoleArgs
from handover.live_names import NAMES_ANNOTATION
from handover.writers import Writer

NAMESPACE = "kube-system"
"""Where all writers run: their priority class is for this namespace only."""

TERM_ANNOTATION = "eks-platform.io/live-writer-term"
"""Annotation of a live writer's Deployment: the term it was last set for, as text.

An update that is killed can have changed a Deployment without the engine knowing. As each term
changes this annotation, the next update writes the Deployment again, whatever the engine
believes of it. Where the shared stack's outputs were lost or set back, a term may come twice:
if a colour then waits in vain for its pods to go, `pulumi up --refresh` finds the difference."""

_CONTAINER = "external-dns"
_PORT = 7979
_NOBODY = 65534


@dataclass(frozen=True, kw_only=True)
class ExternalDnsArgs(AddonArgs):
    """What `ExternalDns` needs.

    Attributes:
        writer: what it writes.
    """

    writer: Writer


class ExternalDns(Component):
    """Pulumi type ``eks-platform:externalDns:ExternalDns``.

    Creates an IAM role that may change the writer's own names in its own zone, a service
    account that takes it on, and a Deployment of at most one pod: the old pod ends before a
    new one starts.

    Attributes:
        writer: what it writes.
        deployment: the Deployment; made once, then scaled.
    """

    MODULE = "externalDns"

    writer: Writer
    deployment: apps.v1.Deployment

    def __init__(
        self, name: str, args: ExternalDnsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self.writer = args.writer
        account = self._service_account(name, args)
        term = {TERM_ANNOTATION: str(args.site.live_term)} if args.writer.live else None
        labels = {"app": args.writer.name}
        self.deployment = apps.v1.Deployment(
            name,
            metadata=meta.v1.ObjectMetaArgs(
                name=args.writer.name, namespace=NAMESPACE, labels=labels, annotations=term
            ),
            spec=apps.v1.DeploymentSpecArgs(
                replicas=1 if args.writer.names.any else 0,
                strategy=apps.v1.DeploymentStrategyArgs(type="Recreate"),
                selector=meta.v1.LabelSelectorArgs(match_labels=labels),
                template=core.v1.PodTemplateSpecArgs(
                    metadata=meta.v1.ObjectMetaArgs(
                        labels=labels, annotations=_pod_annotations(args) or None
                    ),
                    spec=_pod(args.writer.name, args),
                ),
            ),
            opts=self.child(provider=args.cluster.provider, depends_on=[account, *args.after]),
        )
        self.register_outputs({"deployment": self.deployment.id})

    def _service_account(self, name: str, args: ExternalDnsArgs) -> core.v1.ServiceAccount:
        role = WorkloadRole(
            name,
            WorkloadRoleArgs(
                tags=args.tags,
                cluster_name=args.cluster.cluster_name,
                oidc_provider_arn=args.cluster.oidc_provider_arn,
                oidc_issuer=args.cluster.oidc_issuer,
                namespace=NAMESPACE,
                service_account=args.writer.name,
                statements=statements(args.writer),
            ),
            self.child(),
        )
        return core.v1.ServiceAccount(
            name,
            metadata={
                "name": args.writer.name,
                "namespace": NAMESPACE,
                "annotations": {"eks.amazonaws.com/role-arn": role.arn},
            },
            opts=self.child(provider=args.cluster.provider),
        )


def _pod_annotations(args: ExternalDnsArgs) -> dict[str, str]:
    names = {NAMES_ANNOTATION: str(args.writer.names)} if args.writer.live else {}
    return {**names, **(scrape_annotations(_PORT) if args.site.scraped else {})}


def _pod(account: str, args: ExternalDnsArgs) -> core.v1.PodSpecArgs:
    return core.v1.PodSpecArgs(
        service_account_name=account,
        priority_class_name="system-cluster-critical",
        security_context=core.v1.PodSecurityContextArgs(
            run_as_non_root=True,
            run_as_user=_NOBODY,
            run_as_group=_NOBODY,
            fs_group=_NOBODY,
            seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault"),
        ),
        containers=[_container(args)],
    )


def _container(args: ExternalDnsArgs) -> core.v1.ContainerArgs:
    return core.v1.ContainerArgs(
        name=_CONTAINER,
        image=EXTERNAL_DNS.reference(args.site.kubernetes_version),
        args=arguments(args.writer, args.site.settings.external_dns),
        env=[core.v1.EnvVarArgs(name="AWS_REGION", value=args.site.region)],
        ports=[core.v1.ContainerPortArgs(name="http", container_port=_PORT, protocol="TCP")],
        liveness_probe=_healthy(initial_delay_seconds=10),
        readiness_probe=_healthy(initial_delay_seconds=5),
        resources=core.v1.ResourceRequirementsArgs(
            requests={"cpu": "10m", "memory": "64Mi"}, limits={"memory": "256Mi"}
        ),
        security_context=core.v1.SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
        ),
    )


def _healthy(*, initial_delay_seconds: int) -> core.v1.ProbeArgs:
    return core.v1.ProbeArgs(
        initial_delay_seconds=initial_delay_seconds,
        timeout_seconds=5,
        http_get=core.v1.HTTPGetActionArgs(path="/healthz", port=_PORT),
    )
