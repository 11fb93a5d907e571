"""Asks an API server to take objects, and keeps what it says: a refusal, or warnings."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from kubernetes.client.exceptions import ApiException

from localcloud.cluster.kube import Kube, Object

NAMESPACE = "names"

_COLLECTIONS = {
    "Ingress": "/apis/networking.k8s.io/v1/namespaces/{}/ingresses",
    "Service": "/api/v1/namespaces/{}/services",
}
_PREFIX = re.compile(
    r".*ValidatingAdmissionPolicy '[\w-]+' with binding '[\w-]+'(?: denied request)?: "
)
_WARNING = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Answer:
    """What an API server says to a request.

    Attributes:
        refusal: why it is refused, without whose policy that is; empty where it is not.
        warnings: what it warns of, likewise.
    """

    refusal: str = ""
    warnings: tuple[str, ...] = ()


TAKEN = Answer()


def ingress(name: str, annotations: Mapping[str, str], namespace: str = NAMESPACE) -> Object:
    """An Ingress without a class: nothing makes a load balancer of it."""
    backend = {"service": {"name": "it", "port": {"number": 80}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "namespace": namespace, "annotations": {**annotations}},
        "spec": {"defaultBackend": backend},
    }


def service(name: str, annotations: Mapping[str, str], type_: str = "LoadBalancer") -> Object:
    """A Service; of a load balancer that nothing makes, if it is of that type."""
    spec: Object = {"type": type_, "ports": [{"port": 80}]}
    if type_ == "LoadBalancer":
        spec["loadBalancerClass"] = "example.org/none"
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE, "annotations": {**annotations}},
        "spec": spec,
    }


def create(kube: Kube, manifest: Mapping[str, Any], *, dry_run: bool = True) -> Answer:
    """Asks for a new object; it stays only if it is no dry run."""
    query = "?dryRun=All" if dry_run else ""
    return _request(kube, "POST", f"{_collection(manifest)}{query}", dict(manifest))


def patch(kube: Kube, manifest: Object, change: Object, part: str = "") -> Answer:
    """Merges a change into an object, or a part of it such as ``/status``."""
    return _request(
        kube, "PATCH", f"{path(manifest)}{part}", change, "application/merge-patch+json"
    )


def path(manifest: Mapping[str, Any]) -> str:
    """Where an object is."""
    return f"{_collection(manifest)}/{manifest['metadata']['name']}"


def _collection(manifest: Mapping[str, Any]) -> str:
    return _COLLECTIONS[manifest["kind"]].format(manifest["metadata"].get("namespace", "default"))


def _request(
    kube: Kube, method: str, where: str, body: Object, content: str = "application/json"
) -> Answer:
    # The class that the local cloud's controllers use gives no headers, where warnings are.
    call = cast("Callable[..., Any]", kube._client.call_api)
    try:
        _, _, headers = call(
            where,
            method,
            body=body,
            header_params={"Accept": "application/json", "Content-Type": content},
            response_types_map={200: "object", 201: "object"},
            _return_http_data_only=False,
        )
    except ApiException as error:
        if error.status != 422:
            raise
        return Answer(
            _PREFIX.sub("", json.loads(str(error.body))["message"]), _warnings(error.headers)
        )
    return Answer("", _warnings(headers))


def _warnings(headers: Any) -> tuple[str, ...]:  # noqa: ANN401 - urllib3's, untyped here
    texts = [text for it in headers.getlist("Warning") for text in _WARNING.findall(it)]
    return tuple(sorted(_PREFIX.sub("", re.sub(r"\\(.)", r"\1", text)) for text in texts))
