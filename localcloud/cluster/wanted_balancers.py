"""What an Ingress or a Service asks of the load balancer controller, read from the object."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from localcloud.cluster.kube import Object

if TYPE_CHECKING:
    from mypy_boto3_elbv2.literals import LoadBalancerSchemeEnumType, LoadBalancerTypeEnumType

_SERVICE_CLASSES = (None, "service.k8s.aws/nlb")
_ALB = "alb.ingress.kubernetes.io/"
_CLASS = "kubernetes.io/ingress.class"
_NLB = "service.beta.kubernetes.io/aws-load-balancer-"
_BY_ANNOTATION = "use-annotation"  # a port's name: the rule's action stands elsewhere


@dataclass(frozen=True)
class Backend:
    """A service's port, by number or by name."""

    service: str
    port: int | str


@dataclass(frozen=True)
class Route:
    """Requests for a host (any, if empty) and paths, and where they go."""

    host: str
    paths: tuple[str, ...]
    backend: Backend


@dataclass(frozen=True)
class Listener:
    """A port of the load balancer; `backend` gets what no route takes, if there is one."""

    protocol: str
    port: int
    backend: Backend | None = None


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
        listeners: ports.
        routes: rules of every listener.
        security_groups: the user's own; when empty, the controller makes one.
        sources: ranges that may reach the ports, in CIDR form.
        certificates: ARNs for HTTPS and TLS.
    """

    path: str
    namespace: str
    name: str
    kind: "LoadBalancerTypeEnumType"
    scheme: "LoadBalancerSchemeEnumType"
    finalizer: str
    tag_prefix: str
    listeners: tuple[Listener, ...] = ()
    routes: tuple[Route, ...] = ()
    security_groups: tuple[str, ...] = ()
    sources: tuple[str, ...] = ("0.0.0.0/0",)
    certificates: tuple[str, ...] = ()

    @property
    def stack(self) -> str:
        """Value of the tag that names the object."""
        return f"{self.namespace}/{self.name}"

    @property
    def backends(self) -> tuple[Backend, ...]:
        """Every service port that is reached, once each."""
        found = [route.backend for route in self.routes]
        found += [listener.backend for listener in self.listeners if listener.backend]
        return tuple(dict.fromkeys(found))


def describe(item: Object) -> Wanted | None:
    """The load balancer that an Ingress or Service asks for, or None.

    Raises:
        ValueError: an annotation is not understood.
    """
    spec = item.get("spec", {})
    if "type" in spec or "clusterIP" in spec:
        return _of_service(item)
    return _of_ingress(item) if _class_of(item) == "alb" else None


def _class_of(ingress: Object) -> str | None:
    """The class by the field, or by the annotation that was before it and is still read."""
    annotations = ingress["metadata"].get("annotations") or {}
    return ingress["spec"].get("ingressClassName") or annotations.get(_CLASS)


def _of_service(item: Object) -> Wanted | None:
    meta, spec = item["metadata"], item["spec"]
    asked = spec.get("type") == "LoadBalancer"
    if not asked or spec.get("loadBalancerClass") not in _SERVICE_CLASSES:
        return None
    annotations = meta.get("annotations") or {}
    listeners = tuple(
        Listener(
            "UDP" if port.get("protocol") == "UDP" else "TCP",
            port["port"],
            Backend(meta["name"], port["port"]),
        )
        for port in spec.get("ports") or []
    )
    return Wanted(
        f"/api/v1/namespaces/{meta['namespace']}/services/{meta['name']}",
        meta["namespace"],
        meta["name"],
        "network",
        _scheme(annotations.get(f"{_NLB}scheme")),
        "service.k8s.aws/resources",
        "service.k8s.aws",
        listeners,
        security_groups=_listed(annotations.get(f"{_NLB}security-groups")),
        sources=tuple(spec.get("loadBalancerSourceRanges") or ("0.0.0.0/0",)),
    )


def _of_ingress(item: Object) -> Wanted:
    meta, spec = item["metadata"], item["spec"]
    annotations = meta.get("annotations") or {}
    certificates = _listed(annotations.get(f"{_ALB}certificate-arn"))
    default = _backend(spec.get("defaultBackend"))
    return Wanted(
        f"/apis/networking.k8s.io/v1/namespaces/{meta['namespace']}/ingresses/{meta['name']}",
        meta["namespace"],
        meta["name"],
        "application",
        _scheme(annotations.get(f"{_ALB}scheme")),
        "ingress.k8s.aws/resources",
        "ingress.k8s.aws",
        tuple(
            Listener(protocol, port, default)
            for protocol, port in _ports(annotations, has_certificates=bool(certificates))
        ),
        _routes(spec),
        _listed(annotations.get(f"{_ALB}security-groups")),
        _listed(annotations.get(f"{_ALB}inbound-cidrs")) or ("0.0.0.0/0",),
        certificates,
    )


def _ports(annotations: Mapping[str, str], *, has_certificates: bool) -> Sequence[tuple[str, int]]:
    said = annotations.get(f"{_ALB}listen-ports")
    if said is None:
        return [("HTTPS", 443)] if has_certificates else [("HTTP", 80)]
    try:
        listed = cast("list[dict[str, int]]", json.loads(said))
        return [(protocol, int(port)) for entry in listed for protocol, port in entry.items()]
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(f"{_ALB}listen-ports: {said!r} is not understood") from error


def _routes(spec: Object) -> tuple[Route, ...]:
    return tuple(
        Route(str(rule.get("host") or ""), _paths(path), backend)
        for rule in spec.get("rules") or []
        for path in (rule.get("http") or {}).get("paths") or []
        if (backend := _backend(path.get("backend"))) is not None
    )


def _paths(path: Object) -> tuple[str, ...]:
    """Path patterns as ALBs have them."""
    text, kind = str(path.get("path") or "/"), path.get("pathType")
    if kind != "Prefix":
        return (text,)
    stem = text.rstrip("/")
    return (stem, f"{stem}/*") if stem else ("/*",)


def _backend(backend: Object | None) -> Backend | None:
    service = (backend or {}).get("service")
    if not service:
        return None
    port = service.get("port") or {}
    chosen: int | str = port.get("number") or port.get("name") or 0
    return None if chosen == _BY_ANNOTATION else Backend(service["name"], chosen)


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _scheme(text: str | None) -> "LoadBalancerSchemeEnumType":
    return "internet-facing" if text == "internet-facing" else "internal"
