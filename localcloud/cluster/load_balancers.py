"""Stands in for the AWS Load Balancer Controller: an ELB for each Ingress and Service.

It makes the load balancer with the real controller's names, tags and finalizers, and writes its
host name into the status. Listeners, target groups and rules are not made: nothing is served.
"""

import hashlib
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localcloud.cluster.kube import FAILURES, Informer, Kube, Object
from localcloud.cluster.spec import ClusterSpec

if TYPE_CHECKING:
    from mypy_boto3_elbv2.literals import LoadBalancerSchemeEnumType, LoadBalancerTypeEnumType

    from localcloud.aws import AwsClients

_log = logging.getLogger(__name__)

_RESYNC = 10.0  # seconds: what failed is tried again
_INGRESSES = "/apis/networking.k8s.io/v1/ingresses"
_SERVICES = "/api/v1/services"
_SERVICE_CLASSES = (None, "service.k8s.aws/nlb")


@dataclass(frozen=True)
class Wanted:
    """An Ingress or Service that needs a load balancer.

    Attributes:
        path: of the object in the API.
        namespace: of the object.
        name: of the object.
        kind: ``application`` for an Ingress, ``network`` for a Service.
        scheme: ``internet-facing`` or ``internal``.
        finalizer: the real controller's.
        tag_prefix: first part of the real controller's tag keys.
    """

    path: str
    namespace: str
    name: str
    kind: "LoadBalancerTypeEnumType"
    scheme: "LoadBalancerSchemeEnumType"
    finalizer: str
    tag_prefix: str


class LoadBalancerController:
    """Gives load balancers and takes them away again."""

    def __init__(self, spec: ClusterSpec, aws: "AwsClients", kube: Kube) -> None:
        self._spec = spec
        self._aws = aws
        self._kube = kube
        self._changed = threading.Event()
        self._ended = threading.Event()
        self._ingresses = Informer(kube, _INGRESSES, self._changed)
        self._services = Informer(kube, _SERVICES, self._changed)
        self._done: dict[str, str] = {}
        self._thread = threading.Thread(target=self._run, name=f"elb {spec.name}", daemon=True)

    def start(self) -> None:
        """Begins to follow Ingresses and Services."""
        self._ingresses.start()
        self._services.start()
        self._thread.start()

    def stop(self) -> None:
        """Ends; load balancers stay, as they do when a cluster is deleted."""
        self._ended.set()
        self._changed.set()
        for informer in (self._ingresses, self._services):
            informer.stop()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._changed.wait(_RESYNC)
            self._changed.clear()
            if self._ended.is_set():
                return
            found = (*self._ingresses.objects(), *self._services.objects())
            for item in found:
                try:
                    self._reconcile(item)
                except (*FAILURES, LookupError) as error:
                    meta = item["metadata"]
                    place = f"{meta['namespace']}/{meta['name']} of {self._spec.name}"
                    _log.warning("load balancer for %s: %s", place, error)

    def _reconcile(self, item: Object) -> None:
        meta = item["metadata"]
        version = str(meta["resourceVersion"])
        if self._done.get(meta["uid"]) == version:
            return
        wanted = describe(item)
        if wanted is None:
            return
        held = wanted.finalizer in meta.get("finalizers", [])
        if meta.get("deletionTimestamp"):
            if held:
                self._delete(wanted)
                self._set_finalizers(wanted, item, add=False)
            return
        if not held:
            self._set_finalizers(wanted, item, add=True)
        host = self._ensure(wanted)
        balancers = item.get("status", {}).get("loadBalancer", {}).get("ingress") or []
        if [entry.get("hostname") for entry in balancers] != [host]:
            status = {"loadBalancer": {"ingress": [{"hostname": host}]}}
            self._kube.patch(f"{wanted.path}/status", {"status": status})
        self._done[meta["uid"]] = version

    def _set_finalizers(self, wanted: Wanted, item: Object, *, add: bool) -> None:
        others = [f for f in item["metadata"].get("finalizers", []) if f != wanted.finalizer]
        wished = [*others, wanted.finalizer] if add else others
        self._kube.patch(wanted.path, {"metadata": {"finalizers": wished}})

    def _balancer_name(self, wanted: Wanted) -> str:
        identity = f"{self._spec.name}/{wanted.kind}/{wanted.namespace}/{wanted.name}"
        digest = hashlib.sha256(identity.encode()).hexdigest()[:10]
        namespace, name = (
            "".join(c for c in part if c.isalnum())[:8] for part in (wanted.namespace, wanted.name)
        )
        return f"k8s-{namespace}-{name}-{digest}"

    def _ensure(self, wanted: Wanted) -> str:
        """Host name of the object's load balancer, made when there is none."""
        name = self._balancer_name(wanted)
        existing = self._find(name)
        if existing is not None:
            return existing[1]
        prefix = wanted.tag_prefix
        made = self._aws.elbv2.create_load_balancer(
            Name=name,
            Type=wanted.kind,
            Scheme=wanted.scheme,
            Subnets=self._subnets(wanted.scheme),
            Tags=[
                {"Key": "elbv2.k8s.aws/cluster", "Value": self._spec.name},
                {"Key": f"{prefix}/stack", "Value": f"{wanted.namespace}/{wanted.name}"},
                {"Key": f"{prefix}/resource", "Value": "LoadBalancer"},
            ],
        )
        return made["LoadBalancers"][0]["DNSName"]

    def _find(self, name: str) -> tuple[str, str] | None:
        """ARN and host name of a load balancer."""
        for page in self._aws.elbv2.get_paginator("describe_load_balancers").paginate():
            for balancer in page["LoadBalancers"]:
                if balancer["LoadBalancerName"] == name:
                    return balancer["LoadBalancerArn"], balancer["DNSName"]
        return None

    def _subnets(self, scheme: str) -> Sequence[str]:
        """The subnets that tags mark for this scheme and this cluster."""
        role = "elb" if scheme == "internet-facing" else "internal-elb"
        found = self._aws.ec2.describe_subnets(
            Filters=[
                {"Name": "vpc-id", "Values": [self._spec.vpc_id]},
                {"Name": f"tag:kubernetes.io/role/{role}", "Values": ["1", ""]},
                {
                    "Name": f"tag:kubernetes.io/cluster/{self._spec.name}",
                    "Values": ["shared", "owned"],
                },
            ]
        )["Subnets"]
        if not found:
            raise LookupError(
                f"no subnet of {self._spec.vpc_id} has the tags kubernetes.io/role/{role}"
                f" and kubernetes.io/cluster/{self._spec.name}"
            )
        return [subnet["SubnetId"] for subnet in found]

    def _delete(self, wanted: Wanted) -> None:
        existing = self._find(self._balancer_name(wanted))
        if existing is not None:
            self._aws.elbv2.delete_load_balancer(LoadBalancerArn=existing[0])


def describe(item: Object) -> Wanted | None:
    """The load balancer that an Ingress or Service asks for, or None."""
    meta, spec = item["metadata"], item.get("spec", {})
    namespace, name = meta["namespace"], meta["name"]
    annotations = meta.get("annotations") or {}
    if "type" in spec or "clusterIP" in spec:
        asked = spec.get("type") == "LoadBalancer"
        if not asked or spec.get("loadBalancerClass") not in _SERVICE_CLASSES:
            return None
        scheme = annotations.get("service.beta.kubernetes.io/aws-load-balancer-scheme")
        return Wanted(
            f"/api/v1/namespaces/{namespace}/services/{name}",
            namespace,
            name,
            "network",
            _scheme(scheme),
            "service.k8s.aws/resources",
            "service.k8s.aws",
        )
    if spec.get("ingressClassName") != "alb":
        return None
    return Wanted(
        f"/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses/{name}",
        namespace,
        name,
        "application",
        _scheme(annotations.get("alb.ingress.kubernetes.io/scheme")),
        "ingress.k8s.aws/resources",
        "ingress.k8s.aws",
    )


def _scheme(text: str | None) -> "LoadBalancerSchemeEnumType":
    return "internet-facing" if text == "internet-facing" else "internal"
