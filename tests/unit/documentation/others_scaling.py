"""How others scale by KEDA: what public projects write, in names of ours.

Each has what is particular to its source; queues are those of docs/addons/keda.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NAMESPACE = "others"
_QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/films.fifo"


def _sqs(**more: str) -> dict[str, Any]:
    metadata = {"queueURL": _QUEUE, "awsRegion": "eu-west-1", "queueLength": "1", **more}
    return {"type": "aws-sqs-queue", "metadata": metadata}


def _authentication(name: str, **spec: object) -> dict[str, Any]:
    return _object("TriggerAuthentication", name, spec)


def _object(kind: str, name: str, spec: Mapping[str, object]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "keda.sh/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}


@dataclass(frozen=True)
class Example:
    """What somebody writes.

    Attributes:
        name: of what scales, and of the workload.
        source: where such objects were seen.
        scales: the ScaledObject or ScaledJob.
        beside: other objects of KEDA's that it needs.
        refused: what KEDA's webhook says against it; empty where it takes it.
    """

    name: str
    source: str
    scales: dict[str, Any]
    beside: tuple[dict[str, Any], ...] = ()
    refused: str = ""


EXAMPLES = (
    Example(
        "packers",
        "github.com/aws-samples/containers-blog-maelstrom, amazon-eks-scaling-with-keda-and-"
        "karpenter: the provider that is no longer advised, and thousands of pods",
        _object(
            "ScaledObject",
            "packers",
            {
                "scaleTargetRef": {"name": "packers"},
                "minReplicaCount": 0,
                "maxReplicaCount": 2000,
                "pollingInterval": 5,
                "cooldownPeriod": 5,
                "triggers": [
                    {**_sqs(identityOwner="operator"), "authenticationRef": {"name": "packers"}}
                ],
            },
        ),
        (_authentication("packers", podIdentity={"provider": "aws-eks"}),),
    ),
    Example(
        "senders",
        "github.com/paulofponciano/keda, sqs-scaler, and many tutorials: no authentication of "
        "its own, KEDA's role said in the trigger",
        _object(
            "ScaledObject",
            "senders",
            {
                "scaleTargetRef": {
                    "apiVersion": "apps/v1",
                    "kind": "Deployment",
                    "name": "senders",
                },
                "minReplicaCount": 2,
                "maxReplicaCount": 30,
                "pollingInterval": 30,
                "cooldownPeriod": 60,
                "triggers": [_sqs(identityOwner="operator")],
            },
        ),
    ),
    Example(
        "adapters",
        "github.com/Samir-Kesare/DevOps-Optimization: Prometheus of the cluster, a fallback and "
        "the autoscaler's own behaviour; with hours of work, as github.com/kedacore/keda has them",
        _object(
            "ScaledObject",
            "adapters",
            {
                "scaleTargetRef": {"name": "adapters"},
                "minReplicaCount": 3,
                "maxReplicaCount": 5,
                "fallback": {"failureThreshold": 3, "replicas": 3},
                "advanced": {
                    "restoreToOriginalReplicaCount": True,
                    "horizontalPodAutoscalerConfig": {
                        "behavior": {
                            "scaleUp": {
                                "stabilizationWindowSeconds": 120,
                                "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}],
                            },
                        },
                    },
                },
                "triggers": [
                    {
                        "type": "prometheus",
                        "metadata": {
                            "serverAddress": "http://prometheus.monitoring:9090",
                            "query": 'sum(rate(http_requests_total{app="adapters"}[5m]))',
                            "threshold": "1100",
                            "ignoreNullValues": "true",
                        },
                    },
                    {
                        "type": "cron",
                        "metadata": {
                            "timezone": "America/New_York",
                            "start": "0 8 * * 1-5",
                            "end": "0 18 * * 1-5",
                            "desiredReplicas": "4",
                        },
                    },
                ],
            },
        ),
    ),
    Example(
        "encoders",
        "guides to ScaledJobs, such as that of keda.sh: a Job for each message, counted exactly",
        _object(
            "ScaledJob",
            "encoders",
            {
                "jobTargetRef": {
                    "parallelism": 1,
                    "completions": 1,
                    "activeDeadlineSeconds": 600,
                    "backoffLimit": 0,
                    "template": {
                        "metadata": {"labels": {"app": "encoders"}},
                        "spec": {
                            "restartPolicy": "Never",
                            "containers": [
                                {"name": "it", "image": "registry.example.org/encoders:v1"}
                            ],
                        },
                    },
                },
                "pollingInterval": 5,
                "maxReplicaCount": 20,
                "successfulJobsHistoryLimit": 5,
                "failedJobsHistoryLimit": 3,
                "scalingStrategy": {"strategy": "accurate"},
                "triggers": [{**_sqs(), "authenticationRef": {"name": "encoders"}}],
            },
        ),
        (_authentication("encoders", podIdentity={"provider": "aws", "identityOwner": "keda"}),),
    ),
    Example(
        "idlers",
        "a tutorial of 2025 on event-driven scaling: no pods while idle, said twice",
        _object(
            "ScaledObject",
            "idlers",
            {
                "scaleTargetRef": {"name": "idlers"},
                "idleReplicaCount": 0,
                "minReplicaCount": 0,
                "maxReplicaCount": 100,
                "triggers": [_sqs(identityOwner="operator")],
            },
        ),
    ),
    Example(
        "sleepers",
        "the same without a least number, which is none then; a least number of 0 counts as 1",
        _object(
            "ScaledObject",
            "sleepers",
            {
                "scaleTargetRef": {"name": "sleepers"},
                "idleReplicaCount": 0,
                "maxReplicaCount": 100,
                "triggers": [_sqs(identityOwner="operator")],
            },
        ),
        refused="IdleReplicaCount=0 must be less than MinReplicaCount=0",
    ),
)
