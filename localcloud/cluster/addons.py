"""EKS add-ons: their objects, with the images' names but without the programs."""

import ipaddress
import string
from collections.abc import Mapping
from typing import cast

import yaml

from localcloud.cluster.control_plane import MANIFESTS
from localcloud.cluster.kube import Kube, Object
from localcloud.cluster.spec import ClusterSpec

NAMES = ("coredns", "aws-ebs-csi-driver", "kube-proxy", "vpc-cni")
"""Add-ons that the local cloud knows."""

_SETTINGS: Mapping[str, tuple[str, ...]] = {"coredns": ("replicaCount",)}
_DNS_HOST = 10  # EKS: the tenth address of the service range

_PLURALS = {
    "APIService": "apiservices",
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "ConfigMap": "configmaps",
    "CSIDriver": "csidrivers",
    "CustomResourceDefinition": "customresourcedefinitions",
    "DaemonSet": "daemonsets",
    "Deployment": "deployments",
    "PodDisruptionBudget": "poddisruptionbudgets",
    "Role": "roles",
    "RoleBinding": "rolebindings",
    "Secret": "secrets",
    "Service": "services",
    "ServiceAccount": "serviceaccounts",
    "ValidatingWebhookConfiguration": "validatingwebhookconfigurations",
}


class ConfigurationError(ValueError):
    """An add-on's configuration values hold what the local cloud does not emulate."""


class Addons:
    """Installs and removes the objects of add-ons in one cluster."""

    def __init__(self, spec: ClusterSpec, kube: Kube) -> None:
        self._spec = spec
        self._kube = kube

    def apply(
        self, name: str, version: str, role_arn: str | None, configuration: Mapping[str, object]
    ) -> None:
        """Installs or changes an add-on.

        Raises:
            LookupError: no add-on has that name.
            ConfigurationError: a configuration value is not emulated.
        """
        unknown = sorted(set(configuration) - set(_SETTINGS.get(name, ())))
        if unknown:
            raise ConfigurationError(
                f"the local cloud does not emulate {', '.join(unknown)} of add-on {name}"
            )
        for item in self._objects(name, version, role_arn, configuration):
            self._kube.apply(path_of(item), item)

    def problem(self, name: str) -> str | None:
        """What keeps the add-on from being ready, or None."""
        for item in self._objects(name, "v0", None, {}):
            if item["kind"] not in ("Deployment", "DaemonSet"):
                continue
            live = self._kube.get(path_of(item))
            wanted, ready = _replicas(live) if live else (1, 0)
            if ready < wanted or live is None:
                return (
                    f"{item['kind']} {item['metadata']['name']}: {ready} of {wanted} pods are ready"
                )
        return None

    def remove(self, name: str) -> None:
        """Removes an add-on's objects."""
        for item in reversed(self._objects(name, "v0", None, {})):
            self._kube.delete(path_of(item))

    def _objects(
        self, name: str, version: str, role_arn: str | None, configuration: Mapping[str, object]
    ) -> list[Object]:
        if name not in NAMES:
            raise LookupError(f"no add-on {name}; the local cloud knows {', '.join(NAMES)}")
        services = ipaddress.ip_network(self._spec.service_cidr)
        text = string.Template((MANIFESTS / f"{name}.yaml").read_text()).substitute(
            version=version,
            region=self._spec.region,
            role_arn=role_arn or "",
            dns_address=str(services[_DNS_HOST]),
            replicas=str(configuration.get("replicaCount", 2)),
        )
        return load(text)


def load(text: str) -> list[Object]:
    """Kubernetes objects of a YAML text."""
    return [cast("Object", document) for document in yaml.safe_load_all(text) if document]


def path_of(item: Object) -> str:
    """Path of an object in the API."""
    version, meta = str(item["apiVersion"]), item["metadata"]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    middle = f"/namespaces/{meta['namespace']}" if "namespace" in meta else ""
    return f"{root}{middle}/{_PLURALS[item['kind']]}/{meta['name']}"


def _replicas(live: Object) -> tuple[int, int]:
    """Wanted and ready pods; a controller that has not looked yet counts as wanting one more."""
    status = live.get("status", {})
    seen = status.get("observedGeneration", 0) >= live["metadata"]["generation"]
    if live["kind"] == "DaemonSet":
        wanted, ready = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
    else:
        wanted, ready = live["spec"]["replicas"], status.get("readyReplicas", 0)
    return (wanted, ready) if seen else (wanted + 1, ready)
