"""Variables that a container declares, as a kubelet gives them to its program.

https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
"""

import base64
import math
import os
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from kubernetes.utils.quantity import parse_quantity

from localcloud.cluster.kube import Kube, Object

_REFERENCE = re.compile(r"\$(?:(\$)|\(([^)]*)\))")
_OF_MAP = re.compile(r"metadata\.(labels|annotations)\['([^']+)'\]")


class VariableError(LookupError):
    """What a variable is to hold is not there; a kubelet does not start the container either."""


def declared(kube: Kube, pod: Object, container: Object) -> dict[str, str]:
    """Variables of a container; a later one may name those before it.

    Args:
        kube: API server of the pod.
        pod: that the container is of.
        container: declares them.

    Raises:
        VariableError: a Secret, a ConfigMap or a key that must be there is not, a source is of a
            kind that is not known here, or a value cannot be one of a variable.
    """
    sources = _Sources(kube, pod, container)
    found: dict[str, str] = {}
    for source in container.get("envFrom") or []:
        found |= sources.all_of(source)
    for variable in container.get("env") or []:
        name = variable["name"]
        if "valueFrom" not in variable:
            # An API server takes an empty value away; the variable is set all the same.
            found[name] = expanded(variable.get("value", ""), found)
        elif (value := sources.one_of(name, variable["valueFrom"])) is not None:
            found[name] = value
    for name, value in found.items():
        if "\0" in value:
            raise VariableError(f"its variable {name} has a null byte")
    return found


def expanded(text: str, variables: Mapping[str, str]) -> str:
    """``$(NAME)`` replaced; one that is not known stays, and ``$$`` is a dollar."""

    def of(match: re.Match[str]) -> str:
        return "$" if match[1] else variables.get(match[2], match[0])

    return _REFERENCE.sub(of, text)


class _Sources:
    def __init__(self, kube: Kube, pod: Object, container: Object) -> None:
        self._kube = kube
        self._pod = pod
        self._container = container

    def all_of(self, source: Object) -> dict[str, str]:
        """All of a ConfigMap or a Secret."""
        kind, reference = next((key, it) for key, it in source.items() if key.endswith("Ref"))
        data = self._data("envFrom", kind.removesuffix("Ref"), reference)
        return {f"{source.get('prefix', '')}{key}": value for key, value in data.items()}

    def one_of(self, name: str, source: Object) -> str | None:
        """A value; None where it may be missing, and is."""
        ((kind, reference),) = source.items()
        if kind in ("configMapKeyRef", "secretKeyRef"):
            data = self._data(name, kind.removesuffix("KeyRef"), reference)
            if reference["key"] in data or reference.get("optional"):
                return data.get(reference["key"])
            raise VariableError(
                f"its variable {name}: no key {reference['key']} in {reference['name']}"
            )
        if kind == "fieldRef":
            return self._field(name, reference["fieldPath"])
        if kind == "resourceFieldRef":
            return self._resource(name, reference)
        raise VariableError(f"its variable {name}: {kind} is not known to the local cloud")

    def _data(self, name: str, kind: str, reference: Object) -> dict[str, str]:
        plural = {"configMap": "configmaps", "secret": "secrets"}[kind]
        namespace = self._pod["metadata"]["namespace"]
        path = f"/api/v1/namespaces/{namespace}/{plural}/{reference['name']}"
        found = self._kube.get(path)
        if found is None:
            if reference.get("optional"):
                return {}
            raise VariableError(
                f"its variable {name}: no {plural[:-1]} {namespace}/{reference['name']}"
            )
        data: dict[str, str] = found.get("data") or {}
        if kind == "configMap":
            return data
        return {key: os.fsdecode(base64.b64decode(value)) for key, value in data.items()}

    def _field(self, name: str, path: str) -> str:
        meta, spec, status = (self._pod.get(it) or {} for it in ("metadata", "spec", "status"))
        known = {
            "metadata.name": meta.get("name"),
            "metadata.namespace": meta.get("namespace"),
            "metadata.uid": meta.get("uid"),
            "spec.nodeName": spec.get("nodeName"),
            "spec.serviceAccountName": spec.get("serviceAccountName"),
            "status.podIP": status.get("podIP"),
            "status.podIPs": ",".join(it["ip"] for it in status.get("podIPs") or []),
            "status.hostIP": status.get("hostIP"),
            "status.hostIPs": ",".join(it["ip"] for it in status.get("hostIPs") or []),
        }
        if match := _OF_MAP.fullmatch(path):
            return str((meta.get(match[1]) or {}).get(match[2], ""))
        if path not in known:
            raise VariableError(f"its variable {name}: field {path} is not known")
        return str(known[path] or "")

    def _resource(self, name: str, reference: Object) -> str:
        """A request or limit in whole divisors; what has no limit may take all of its node."""
        part, _, resource = str(reference["resource"]).partition(".")
        container = self._named(name, reference.get("containerName"))
        said: Mapping[str, str] = (container.get("resources") or {}).get(part) or {}
        value = said.get(resource) or self._allocatable(resource, limited=part == "limits")
        divisor = Decimal(parse_quantity(reference.get("divisor") or "1"))
        return str(math.ceil(Decimal(parse_quantity(value)) / (divisor or Decimal(1))))

    def _named(self, variable: str, name: str | None) -> Object:
        if name in (None, self._container["name"]):
            return self._container
        for it in self._containers():
            if it["name"] == name:
                return it
        raise VariableError(f"its variable {variable}: no container {name}")

    def _containers(self) -> Iterator[Object]:
        yield from self._pod["spec"].get("containers") or []
        yield from self._pod["spec"].get("initContainers") or []

    def _allocatable(self, resource: str, *, limited: bool) -> str:
        if not limited:
            return "0"
        node = self._kube.get(f"/api/v1/nodes/{self._pod['spec'].get('nodeName')}") or {}
        return str(node.get("status", {}).get("allocatable", {}).get(resource, "0"))
