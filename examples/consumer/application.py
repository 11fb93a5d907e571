"""The application on one colour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.autoscaling.v2 import HorizontalPodAutoscaler, ResourceMetricSourceArgsDict
from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    EnvVarSourceArgsDict,
    Namespace,
    PodSpecArgsDict,
    Service,
    ServiceAccount,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict
from pulumi_kubernetes.networking.v1 import (
    Ingress,
    IngressBackendArgsDict,
    IngressRuleArgsDict,
)
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget

_IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.53"
_PORT = 8080
_NOBODY = 65534
_SCHEMES = {"Public": "internet-facing", "Private": "internal"}
_STORE = "aws-secrets-manager"
_SECRETS = "eks-platform"  # what the platform's store may read lies below this prefix


@dataclass(frozen=True, kw_only=True)
class ApplicationArgs:
    """What `Application` needs.

    Attributes:
        name: of everything, and the application's DNS name in each zone.
        role_arn: IAM role of its service account.
        domains: ``Public`` and ``Private`` → what completes the name there: the colour's domain and
            the zone.
    """

    name: str
    role_arn: pulumi.Input[str]
    domains: Mapping[str, Sequence[str]]


class Application(pulumi.ComponentResource):
    """A namespace with the application, its names, its autoscaling and its secret."""

    def __init__(self, label: str, args: ApplicationArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("shop:application:Application", label, {}, opts)
        self._label = label
        self._name = args.name
        self._domains = args.domains
        self._inside = pulumi.ResourceOptions(parent=self)
        restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
        namespace = Namespace(
            label, metadata={"name": args.name, "labels": restricted}, opts=self._inside
        )
        self._inside.depends_on = [namespace]
        ServiceAccount(
            label,
            metadata=self._metadata({"eks.amazonaws.com/role-arn": args.role_arn}),
            opts=self._inside,
        )
        self._deployment(self._secret())
        self._scaling()
        self._names()
        self.register_outputs({})

    def _metadata(
        self, annotations: dict[str, pulumi.Input[str]] | None = None, suffix: str = ""
    ) -> ObjectMetaArgsDict:
        return {
            "name": f"{self._name}{suffix}",
            "namespace": self._name,
            "labels": {"app": self._name},
            "annotations": annotations or {},
        }

    def _secret(self) -> CustomResource:
        """Keeps a secret of Secrets Manager as a Secret, through the platform's store."""
        remote = {"key": f"{_SECRETS}/{self._name}/database", "property": "password"}
        return CustomResource(
            f"{self._label}-database",
            api_version="external-secrets.io/v1",
            kind="ExternalSecret",
            metadata=self._metadata(suffix="-database"),
            spec={
                "refreshInterval": "1h",
                "secretStoreRef": {"kind": "ClusterSecretStore", "name": _STORE},
                "target": {"name": f"{self._name}-database"},
                "data": [{"secretKey": "password", "remoteRef": remote}],
            },
            opts=self._inside,
        )

    def _deployment(self, secret: CustomResource) -> None:
        labels = {"app": self._name}
        Deployment(
            self._label,
            metadata=self._metadata(),
            spec={
                # No replicas: the autoscaler counts them.
                "selector": {"match_labels": labels},
                "template": {"metadata": {"labels": labels}, "spec": self._pod()},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[secret]),
        )
        PodDisruptionBudget(
            self._label,
            metadata=self._metadata(),
            spec={"min_available": 1, "selector": {"match_labels": labels}},
            opts=self._inside,
        )

    def _pod(self) -> PodSpecArgsDict:
        password: EnvVarSourceArgsDict = {
            "secret_key_ref": {"name": f"{self._name}-database", "key": "password"}
        }
        container: ContainerArgsDict = {
            "name": self._name,
            "image": _IMAGE,
            "args": ["netexec", f"--http-port={_PORT}"],
            "env": [{"name": "PASSWORD", "value_from": password}],
            "ports": [{"container_port": _PORT}],
            "readiness_probe": {"http_get": {"path": "/healthz", "port": _PORT}},
            "resources": {
                "requests": {"cpu": "50m", "memory": "32Mi"},
                "limits": {"memory": "64Mi"},
            },
            "security_context": {
                "allow_privilege_escalation": False,
                "capabilities": {"drop": ["ALL"]},
                "read_only_root_filesystem": True,
            },
        }
        return {
            "service_account_name": self._name,
            "security_context": {
                "run_as_non_root": True,
                "run_as_user": _NOBODY,
                "seccomp_profile": {"type": "RuntimeDefault"},
            },
            "topology_spread_constraints": [
                {
                    "max_skew": 1,
                    "topology_key": "topology.kubernetes.io/zone",
                    "when_unsatisfiable": "ScheduleAnyway",
                    "label_selector": {"match_labels": {"app": self._name}},
                }
            ],
            "containers": [container],
        }

    def _scaling(self) -> None:
        cpu: ResourceMetricSourceArgsDict = {
            "name": "cpu",
            "target": {"type": "Utilization", "average_utilization": 70},
        }
        HorizontalPodAutoscaler(
            self._label,
            metadata=self._metadata(),
            spec={
                "scale_target_ref": {
                    "api_version": "apps/v1",
                    "kind": "Deployment",
                    "name": self._name,
                },
                "min_replicas": 2,
                "max_replicas": 10,
                "metrics": [{"type": "Resource", "resource": cpu}],
            },
            opts=self._inside,
        )

    def _names(self) -> None:
        """One name in each zone: below the colour's domain always, and live where it is active.

        The annotation asks for both. The rules say that requests for both come here.
        """
        Service(
            self._label,
            metadata=self._metadata(),
            spec={
                "selector": {"app": self._name},
                "ports": [{"port": 80, "target_port": _PORT}],
            },
            opts=self._inside,
        )
        for kind, scheme in _SCHEMES.items():
            annotations: dict[str, pulumi.Input[str]] = {
                f"{kind}DNSName": self._name,
                "alb.ingress.kubernetes.io/scheme": scheme,
                "alb.ingress.kubernetes.io/target-type": "ip",
            }
            backend: IngressBackendArgsDict = {
                "service": {"name": self._name, "port": {"number": 80}}
            }
            rules: list[IngressRuleArgsDict] = [
                {
                    "host": f"{self._name}.{domain}",
                    "http": {"paths": [{"path": "/", "path_type": "Prefix", "backend": backend}]},
                }
                for domain in self._domains[kind]
            ]
            Ingress(
                f"{self._label}-{kind.lower()}",
                metadata=self._metadata(annotations, f"-{kind.lower()}"),
                spec={"ingress_class_name": "alb", "rules": rules},
                opts=self._inside,
            )
