"""Finds Kubernetes objects whose creation was interrupted: by their names, in the stack's cluster.

The provider refuses to create an object that exists.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bluegreen.recovery.candidate import Candidate, Inputs
from bluegreen.recovery.clusters import cluster_errors
from bluegreen.world.content import SECRET_KEY
from bluegreen.world.kube import Cluster

TOKENS = "kubernetes:"
"""Begins the Pulumi type of every object."""

_MANAGER = "pulumi-kubernetes-"
"""Begins the random name under which the provider applies an object."""


def find(cluster: Cluster, inputs: Inputs) -> Iterator[Candidate]:
    """The object, if there is one; own if it is all that was wanted.

    Its cluster is the stack's. One that says just what the stack would write loses nothing when it
    is taken over, whoever wrote it.

    Raises:
        OperatorError: the cluster cannot be asked.
    """
    meta: Mapping[str, Any] = inputs["metadata"]
    name, namespace = str(meta["name"]), str(meta.get("namespace", ""))
    with cluster_errors():
        path = _path(cluster, str(inputs["apiVersion"]), str(inputs["kind"]), namespace)
        found = cluster.items(f"{path}?fieldSelector=metadata.name%3D{name}") if path else ()
    for item in found:
        place = "/".join(filter(None, (namespace, name)))
        own = _holds({**item, "kind": inputs["kind"], "apiVersion": inputs["apiVersion"]}, inputs)
        what = f"{inputs['kind']} {place}"
        yield Candidate(place, own=own, what=what, outputs=_manager(item))


def _manager(item: Mapping[str, Any]) -> dict[str, str]:
    """The name under which the provider applied it: under another one, changes are conflicts.

    The provider keeps it as the output ``__fieldManager``.
    """
    managers: Sequence[Mapping[str, Any]] = item["metadata"].get("managedFields", ())
    for it in managers:
        manager = str(it.get("manager", ""))
        if manager.startswith(_MANAGER) and it.get("operation") == "Apply":
            return {"__fieldManager": manager}
    return {}


def _path(cluster: Cluster, version: str, kind: str, namespace: str) -> str:
    """Path of a kind's list; empty where the cluster does not know the kind."""
    group = f"/apis/{version}" if "/" in version else f"/api/{version}"
    if "/" in version and version not in _versions(cluster):
        return ""
    for resource in cluster.get(group)["resources"]:
        if resource["kind"] == kind and "/" not in resource["name"]:
            inside = f"/namespaces/{namespace}" if resource["namespaced"] else ""
            return f"{group}{inside}/{resource['name']}"
    return ""


def _versions(cluster: Cluster) -> set[str]:
    return {
        version["groupVersion"]
        for group in cluster.get("/apis")["groups"]
        for version in group["versions"]
    }


def _holds(real: object, wanted: object) -> bool:
    """Whether something says all that was wanted; secrets, which are kept closed, count as said."""
    if isinstance(wanted, Mapping):
        if SECRET_KEY in wanted:
            return real is not None
        if not isinstance(real, Mapping):
            return not wanted and real is None
        return all(_holds(_value(real, key), _encoded(key, value)) for key, value in wanted.items())
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        if not isinstance(real, Sequence) or len(real) != len(wanted):
            return not wanted and real is None
        return all(map(_holds, real, wanted))
    return real == wanted or (wanted in (None, "", False, 0) and real is None)


def _value(real: Mapping[str, Any], key: str) -> object:
    """A field; a Secret has as ``data`` what ``stringData`` said."""
    return real.get("data") if key == "stringData" else real.get(key)


def _encoded(key: str, value: Any) -> object:  # noqa: ANN401 - JSON
    if key != "stringData" or not isinstance(value, Mapping):
        return value
    return {
        name: base64.b64encode(text.encode()).decode() if isinstance(text, str) else text
        for name, text in value.items()
    }
