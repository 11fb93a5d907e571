"""External Secrets: Kubernetes Secrets from AWS Secrets Manager and Parameter Store."""

from collections.abc import Sequence

from catalogue import addons
from components.addon_stack.addon import Addon, Phase, Prerequisites, Values
from components.addon_stack.availability import (
    CLUSTER_CRITICAL,
    CRITICAL,
    ONE_DOWN,
    REPLICAS,
    over_zones,
    resources,
)
from components.addon_stack.manifest import Manifest
from components.addon_stack.scraping import scrape_annotations
from components.addon_stack.site import Site
from components.iam_policy import Statement

_NAME = "external-secrets"
_METRICS = 8080


def _statements(site: Site) -> Sequence[Statement]:
    prefix = site.settings.external_secrets.prefix
    return (
        Statement(
            actions=[
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:ListSecretVersionIds",
            ],
            resources=[site.arn("secretsmanager", f"secret:{prefix}*")],
        ),
        Statement(
            actions=["secretsmanager:BatchGetSecretValue", "secretsmanager:ListSecrets"],
            resources=["*"],
            reason="a list has no resources; BatchGetSecretValue reads what GetSecretValue may",
        ),
        Statement(
            actions=["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
            resources=[site.arn("ssm", f"parameter/{prefix}*")],
        ),
    )


def _values(site: Site, prerequisites: Prerequisites) -> Values:
    return {
        "installCRDs": True,
        "leaderElect": True,
        "serviceAccount": {
            "create": True,
            "name": _NAME,
            "annotations": {"eks.amazonaws.com/role-arn": prerequisites.role_arn},
        },
        "extraEnv": [{"name": "AWS_REGION", "value": site.region}],
        **_part(_NAME, resources("50m", "128Mi", "256Mi")),
        "webhook": {
            "create": True,
            "failurePolicy": "Fail",
            **_part(f"{_NAME}-webhook", resources("20m", "64Mi", "128Mi")),
        },
        "certController": {
            "create": True,
            **_part(f"{_NAME}-cert-controller", resources("20m", "128Mi", "256Mi")),
            # Not elected: two would patch the webhooks by turns.
            "replicaCount": 1,
        },
    }


def _part(name: str, wanted: object) -> Values:
    return {
        "replicaCount": REPLICAS,
        "priorityClassName": CLUSTER_CRITICAL,
        # The chart's own minAvailable stands beside it otherwise, and Kubernetes refuses both.
        "podDisruptionBudget": {"enabled": True, "minAvailable": None, **ONE_DOWN},
        "topologySpreadConstraints": over_zones({"app.kubernetes.io/name": name}),
        "tolerations": CRITICAL,
        "resources": wanted,
    }


def _stores(site: Site, _: Prerequisites) -> Sequence[Manifest]:
    services = {"aws-secrets-manager": "SecretsManager", "aws-parameter-store": "ParameterStore"}
    return [
        Manifest(
            {
                "apiVersion": "external-secrets.io/v1",
                "kind": "ClusterSecretStore",
                "metadata": {"name": name},
                # No `auth`: it calls with its own role.
                "spec": {"provider": {"aws": {"service": service, "region": site.region}}},
            }
        )
        for name, service in services.items()
    ]


ADDON = Addon(
    line=addons.EXTERNAL_SECRETS,
    why="Kubernetes Secrets from Secrets Manager and Parameter Store",
    phase=Phase.SERVICES,
    namespace=_NAME,
    owned_namespace={"pod-security.kubernetes.io/enforce": "restricted"},
    service_account=_NAME,
    statements=_statements,
    values=_values,
    objects=_stores,
    scrape_values={
        "podAnnotations": scrape_annotations(_METRICS),
        "webhook": {"podAnnotations": scrape_annotations(_METRICS)},
        "certController": {"podAnnotations": scrape_annotations(_METRICS)},
    },
    ports={10250: "webhook of stores and external secrets"},
    cluster_ports={_METRICS: "metrics"},
)
"""The operator and its two stores, which its webhook checks."""
