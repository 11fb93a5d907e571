"""What the metrics API says of the service's pods."""

from datetime import UTC, datetime
from typing import Any

from development.experiments.demand import Service
from development.experiments.metrics_api import pod_metrics

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def pod(name: str, *, ready: bool) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "experiment", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web"}]},
        "status": {"conditions": [{"type": "Ready", "status": str(ready)}]},
    }


def test_ready_pods_share_the_load_and_others_have_no_measure() -> None:
    pods = [pod("a", ready=True), pod("b", ready=True), pod("c", ready=False)]
    found = pod_metrics(pods, 120.0, Service(millicores=900, requests=100), 1.0, NOW)
    assert [it["metadata"]["name"] for it in found["items"]] == ["a", "b"]
    first = found["items"][0]
    assert first["containers"] == [{"name": "web", "usage": {"cpu": "540m", "memory": "64Mi"}}]
    assert (first["timestamp"], first["window"]) == ("2026-11-30T12:00:00Z", "1s")
    assert found["kind"] == "PodMetricsList"
