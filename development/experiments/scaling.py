"""What adds pods to the service: a HorizontalPodAutoscaler by CPU, or KEDA by requests and time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from development.experiments.demand import Service
from development.experiments.pace import POLICY_SECONDS, Pace
from localcloud.cluster.kube import Object

NAMESPACE = "experiment"
NAME = "web"
AUTOSCALER = f"/apis/autoscaling/v2/namespaces/{NAMESPACE}/horizontalpodautoscalers/{NAME}"
"""The HorizontalPodAutoscaler; KEDA makes one of the same name."""

SCALED = f"/apis/keda.sh/v1alpha1/namespaces/{NAMESPACE}/scaledobjects/{NAME}"

_STABLE_SECONDS, _POLL_SECONDS = 300, 30
"""Of Kubernetes and KEDA, by default."""

_KNOWN = 0.75
"""Part of the peak's pods that are there before it: who knows the hour does not know the height."""

_TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME}


@dataclass(frozen=True)
class Schedule:
    """Times at which pods are added and given up again, on a clock of whole minutes.

    Attributes:
        start: the first.
        end: the second.
    """

    start: datetime
    end: datetime

    @property
    def metadata(self) -> Mapping[str, str]:
        """As KEDA's cron trigger has it."""
        return {
            "timezone": "Etc/UTC",
            "start": f"{self.start.minute} {self.start.hour} * * *",
            "end": f"{self.end.minute} {self.end.hour} * * *",
        }


def schedule(cron: tuple[float, float], pace: Pace, ready: datetime) -> tuple[Schedule, datetime]:
    """Real times of a load's schedule, and when the load must begin for them to be right.

    Args:
        cron: seconds of the load.
        pace: how much shorter time is.
        ready: before which it cannot begin.
    """
    lead = timedelta(seconds=pace.real(cron[0]))
    start = _next_minute(ready + lead)
    end = _next_minute(start + timedelta(seconds=pace.real(cron[1] - cron[0])))
    return Schedule(start, end), start - lead


def _next_minute(time: datetime) -> datetime:
    whole = time.astimezone(UTC).replace(second=0, microsecond=0)
    return whole if whole == time else whole + timedelta(minutes=1)


def by_cpu(service: Service, pace: Pace) -> Object:
    """By the CPU of pods."""
    target = {"type": "Utilization", "averageUtilization": round(service.target * 100)}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": NAME},
        "spec": {
            "scaleTargetRef": _TARGET,
            "minReplicas": service.least,
            "maxReplicas": service.most,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
            "behavior": _behaviour(pace),
        },
    }


def by_requests(service: Service, pace: Pace, url: str, peak: float, times: Schedule) -> Object:
    """By requests a second of each pod, and before the hour of the peak.

    Args:
        service: what is scaled.
        pace: how much shorter time is.
        url: where the requests a second are read.
        peak: requests a second that are expected.
        times: when they are.
    """
    metrics = {
        "url": url,
        "valueLocation": "requests",
        "targetValue": f"{service.requests_wanted:g}",
    }
    known = {**times.metadata, "desiredReplicas": str(round(service.pods(peak) * _KNOWN))}
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": NAME},
        "spec": {
            "scaleTargetRef": _TARGET,
            "pollingInterval": pace.whole_seconds(_POLL_SECONDS),
            "cooldownPeriod": pace.whole_seconds(_STABLE_SECONDS),
            "minReplicaCount": service.least,
            "maxReplicaCount": service.most,
            "advanced": {
                "horizontalPodAutoscalerConfig": {"name": NAME, "behavior": _behaviour(pace)}
            },
            "triggers": [
                {"type": "metrics-api", "metadata": metrics},
                {"type": "cron", "metadata": known},
            ],
        },
    }


def _behaviour(pace: Pace) -> Object:
    """The policies of Kubernetes' own default, which are the same with KEDA."""
    period = pace.whole_seconds(POLICY_SECONDS)
    double = {"type": "Percent", "value": 100, "periodSeconds": period}
    four = {"type": "Pods", "value": 4, "periodSeconds": period}
    stable = pace.whole_seconds(_STABLE_SECONDS)
    return {
        "scaleUp": {"policies": [double, four], "stabilizationWindowSeconds": 0},
        "scaleDown": {"policies": [double], "stabilizationWindowSeconds": stable},
    }
