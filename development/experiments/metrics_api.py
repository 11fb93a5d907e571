"""A metrics API to be asked every second, in place of metrics-server, which takes ten at least.

It runs as the process of a pod of the local cloud. What the service's ready pods use is the load
that stands in a ConfigMap, divided among them. Nobody is asked who he is: it listens on loopback.
"""

import argparse
import json
import ssl
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

from kubernetes import client, config

from development.experiments.demand import Service
from development.experiments.measuring import is_ready
from localcloud.cluster.kube import Object

GROUP, VERSION = "metrics.k8s.io", "v1beta1"
ROOT = f"/apis/{GROUP}/{VERSION}"


def pod_metrics(
    pods: Sequence[Object], load: float, service: Service, window: float, now: datetime
) -> Object:
    """What the API answers of a service's pods: a PodMetricsList.

    Args:
        pods: all of the service's.
        load: requests a second of all of them.
        service: what they carry.
        window: seconds that are said to have been looked at.
        now: the time of the look.
    """
    ready = [pod for pod in pods if is_ready(pod)]
    each = service.usage(load, len(ready))
    items = [
        {
            "metadata": {
                "name": pod["metadata"]["name"],
                "namespace": pod["metadata"]["namespace"],
                "labels": pod["metadata"].get("labels") or {},
            },
            "timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "window": f"{window:g}s",
            "containers": [
                {"name": it["name"], "usage": {"cpu": f"{each}m", "memory": "64Mi"}}
                for it in pod["spec"]["containers"]
            ],
        }
        for pod in ready
    ]
    return {
        "kind": "PodMetricsList",
        "apiVersion": f"{GROUP}/{VERSION}",
        "metadata": {},
        "items": items,
    }


def resources() -> Object:
    """What the API says that it has."""
    pods = {"name": "pods", "singularName": "", "namespaced": True, "kind": "PodMetrics"}
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{GROUP}/{VERSION}",
        "resources": [{**pods, "verbs": ["get", "list"]}],
    }


def main(words: Sequence[str] | None = None) -> int:
    """Serves until it is ended."""
    parser = argparse.ArgumentParser(prog="metrics_api", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--certificate", type=Path, required=True)
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--namespace", required=True)
    parser.add_argument("--window", type=float, required=True, help="seconds")
    options = parser.parse_args(words)
    look = _look(options.namespace, options.window)
    server = ThreadingHTTPServer(("127.0.0.1", options.port), _handler(look))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(options.certificate, options.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()
    return 0


def _look(namespace: str, window: float) -> Callable[[], Object]:
    """Asks the API server for pods and load anew, as the pod's own service account."""
    api = config.new_client_from_config()
    call = cast("Callable[..., Any]", api.call_api)
    service = Service()

    def get(path: str) -> Any:  # noqa: ANN401 - JSON
        return call(
            path,
            "GET",
            auth_settings=["BearerToken"],
            response_types_map={200: "object"},
            _return_http_data_only=True,
        )

    def look() -> Object:
        where = f"/api/v1/namespaces/{namespace}"
        pods = get(f"{where}/pods?labelSelector=app%3Dweb")["items"]
        load = float(get(f"{where}/configmaps/load")["data"]["requests"])
        return pod_metrics(pods, load, service, window, datetime.now(UTC))

    return look


def _handler(look: Callable[[], Object]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            try:
                code, body = self._answer()
            except (client.ApiException, OSError, KeyError, ValueError) as error:
                code, body = 503, {"kind": "Status", "apiVersion": "v1", "message": str(error)}
            content = json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
            """Nothing: it is asked every second."""

        def _answer(self) -> tuple[int, Mapping[str, Any]]:
            path = self.path.partition("?")[0].rstrip("/")
            if path == ROOT:
                return 200, resources()
            if path.startswith(f"{ROOT}/namespaces/") and path.endswith("/pods"):
                return 200, look()
            status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404}
            return 404, {**status, "reason": "NotFound", "message": f"not served: {path}"}

    return Handler


if __name__ == "__main__":
    sys.exit(main())
