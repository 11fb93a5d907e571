"""Where a scraper finds metrics: annotations of pods, for one that discovers them.

Prometheus itself knows none of them: its example configuration does, and most scrapers' charts.
https://github.com/prometheus/prometheus/blob/main/documentation/examples/prometheus-kubernetes.yml
"""

from collections.abc import Mapping


def scrape_annotations(port: int) -> Mapping[str, str]:
    """Annotations of a pod that serves metrics at ``/metrics``, without TLS.

    Args:
        port: TCP port.
    """
    return {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": str(port),
        "prometheus.io/path": "/metrics",
    }
