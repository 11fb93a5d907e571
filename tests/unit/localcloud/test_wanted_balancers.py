"""What Ingresses and Services ask for, and how large a claim is."""

from typing import Any

import pytest

from localcloud.cluster.volumes import gibibytes
from localcloud.cluster.wanted_balancers import Backend, Listener, Route, describe

ALB = "alb.ingress.kubernetes.io/"


def ingress(annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "metadata": {"namespace": "shop", "name": "web", "annotations": annotations},
        "spec": {"ingressClassName": "alb", **spec},
    }


def service(kind: str, **spec: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "metadata": {"namespace": "shop", "name": "web"},
        "spec": {"type": kind, "clusterIP": "172.20.0.9", **spec},
    }


def path(text: str, kind: str, port: dict[str, Any]) -> dict[str, Any]:
    return {"path": text, "pathType": kind, "backend": {"service": {"name": "web", "port": port}}}


def test_what_is_not_for_the_controller_is_left_alone() -> None:
    assert describe(ingress(ingressClassName="nginx")) is None
    assert describe(service("ClusterIP")) is None
    assert describe(service("LoadBalancer", loadBalancerClass="example.org/other")) is None
    assert describe(service("LoadBalancer", loadBalancerClass="service.k8s.aws/nlb")) is not None


@pytest.mark.parametrize(
    ("field", "annotation", "served"),
    [("alb", None, True), (None, "alb", True), ("nginx", "alb", False), (None, "nginx", False),
     (None, None, False)],
)  # fmt: skip
def test_the_class_may_stand_in_the_annotation_of_old(
    field: str | None, annotation: str | None, served: bool
) -> None:
    said = {"kubernetes.io/ingress.class": annotation} if annotation else None
    assert (describe(ingress(said, ingressClassName=field)) is not None) is served


def test_the_rules_of_an_ingress() -> None:
    paths = [
        path("/", "Prefix", {"number": 80}),
        path("/api", "Prefix", {"name": "api"}),
        path("/health", "Exact", {"number": 80}),
        path("/moved", "Prefix", {"name": "use-annotation"}),
    ]
    wanted = describe(ingress(rules=[{"host": "a.example.org", "http": {"paths": paths}}]))
    assert wanted is not None
    http, api = Backend("web", 80), Backend("web", "api")
    assert wanted.routes == (
        Route("a.example.org", ("/*",), http),
        Route("a.example.org", ("/api", "/api/*"), api),
        Route("a.example.org", ("/health",), http),
    )
    assert wanted.backends == (http, api)
    assert (wanted.scheme, wanted.stack) == ("internal", "shop/web")


@pytest.mark.parametrize(
    ("annotations", "ports"),
    [
        ({}, [("HTTP", 80)]),
        ({f"{ALB}certificate-arn": "arn:a"}, [("HTTPS", 443)]),
        (
            {f"{ALB}listen-ports": '[{"HTTP": 80}, {"HTTPS": 8443}]'},
            [("HTTP", 80), ("HTTPS", 8443)],
        ),
    ],
)
def test_the_ports_of_an_ingress(annotations: dict[str, str], ports: list[tuple[str, int]]) -> None:
    wanted = describe(ingress(annotations))
    assert wanted is not None
    assert [(listener.protocol, listener.port) for listener in wanted.listeners] == ports


def test_annotations_of_an_ingress() -> None:
    wanted = describe(
        ingress(
            {
                f"{ALB}scheme": "internet-facing",
                f"{ALB}security-groups": "sg-1, sg-2",
                f"{ALB}inbound-cidrs": "10.0.0.0/8",
            },
            defaultBackend={"service": {"name": "web", "port": {"number": 80}}},
        )
    )
    assert wanted is not None
    assert wanted.scheme == "internet-facing"
    assert wanted.security_groups == ("sg-1", "sg-2")
    assert wanted.sources == ("10.0.0.0/8",)
    assert wanted.listeners == (Listener("HTTP", 80, Backend("web", 80)),)


def test_listen_ports_that_are_not_understood() -> None:
    for said in ("80", "HTTP", '[{"HTTP": "x"}]'):
        with pytest.raises(ValueError, match="listen-ports"):
            describe(ingress({f"{ALB}listen-ports": said}))


def test_the_ports_of_a_service() -> None:
    wanted = describe(
        service(
            "LoadBalancer",
            ports=[{"port": 53, "protocol": "UDP"}, {"port": 80}],
            loadBalancerSourceRanges=["10.0.0.0/8"],
        )
    )
    assert wanted is not None
    assert wanted.listeners == (
        Listener("UDP", 53, Backend("web", 53)),
        Listener("TCP", 80, Backend("web", 80)),
    )
    assert (wanted.kind, wanted.sources) == ("network", ("10.0.0.0/8",))


@pytest.mark.parametrize(
    ("quantity", "size"),
    [("10Gi", 10), ("1", 1), ("1500Mi", 2), ("1Ti", 1024), ("2G", 2), ("0.5Gi", 1), ("1.5Gi", 2)],
)
def test_a_claim_is_rounded_up_to_whole_gibibytes(quantity: str, size: int) -> None:
    assert gibibytes(quantity) == size


def test_a_quantity_that_is_none() -> None:
    with pytest.raises(ValueError, match="'ten' is no quantity"):
        gibibytes("ten")
