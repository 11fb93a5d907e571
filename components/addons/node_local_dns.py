"""NodeLocal DNS: a DNS cache on every node, which pods reach through Cilium."""

import ipaddress
from collections.abc import Sequence

from catalogue import addons, versions
from components.addon_stack.addon import Addon, Phase, Prerequisites
from components.addon_stack.availability import EVERYWHERE, NODE_CRITICAL, resources
from components.addon_stack.manifest import SYSTEM_NAMESPACE, Manifest
from components.addon_stack.objects import service_account
from components.addon_stack.scraping import scrape_annotations
from components.addon_stack.site import Site

_NAME = "node-local-dns"
_UPSTREAM = "kube-dns-upstream"
_LABELS = {"k8s-app": _NAME}
_HEALTH = 8080
_METRICS = 9253
_KUBE_DNS = 10
# The cache itself replaces both with what it finds in its environment and /etc/resolv.conf.
_CLUSTER, _OUTSIDE = "__PILLAR__CLUSTER__DNS__", "__PILLAR__UPSTREAM__SERVERS__"
_LINK_LOCAL = "169.254.20.10"


def arguments(service_cidr: str) -> list[str]:
    """Arguments of the cache. Cilium brings the packets: nothing on the node is set up for it.

    Args:
        service_cidr: range of ClusterIPs; kube-dns has its tenth address.
    """
    kube_dns = ipaddress.IPv4Network(service_cidr)[_KUBE_DNS]
    return [
        "-localip",
        f"{_LINK_LOCAL},{kube_dns}",
        "-conf",
        "/etc/Corefile",
        "-upstreamsvc",
        _UPSTREAM,
        "-skipteardown=true",
        "-setupinterface=false",
        "-setupiptables=false",
    ]


def corefile() -> str:
    """Configuration of the cache: names of the cluster to CoreDNS, the rest to the VPC."""
    longer = "\n        success 9984 30\n        denial 9984 5\n    "
    zones = (
        _zone("cluster.local", f"{{{longer}}}", f"{_CLUSTER} {{\n        force_tcp\n    }}")
        + "\n    health",
        _zone("in-addr.arpa", "30", f"{_CLUSTER} {{\n        force_tcp\n    }}"),
        _zone("ip6.arpa", "30", f"{_CLUSTER} {{\n        force_tcp\n    }}"),
        _zone(".", "30", _OUTSIDE),
    )
    return "".join(f"{zone}\n}}\n" for zone in zones)


def _zone(name: str, cache: str, upstream: str) -> str:
    lines = (
        f"{name}:53 {{",
        "errors",
        f"cache {cache}",
        "reload",
        "loop",
        "bind 0.0.0.0",
        f"forward . {upstream}",
        f"prometheus :{_METRICS}",
    )
    return "\n    ".join(lines)


def _objects(site: Site, _: Prerequisites) -> Sequence[Manifest]:
    return (
        service_account(_NAME, SYSTEM_NAMESPACE),
        # Before the pods, which learn its address from their environment.
        _upstream(),
        Manifest(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": _NAME, "namespace": SYSTEM_NAMESPACE, "labels": _LABELS},
                "data": {"Corefile": corefile()},
            }
        ),
        _daemon_set(site),
        _redirect(),
    )


def _upstream() -> Manifest:
    ports = [
        {"name": name, "port": 53, "protocol": protocol, "targetPort": 53}
        for name, protocol in (("dns", "UDP"), ("dns-tcp", "TCP"))
    ]
    return Manifest(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": _UPSTREAM, "namespace": SYSTEM_NAMESPACE},
            "spec": {"ports": ports, "selector": {"k8s-app": "kube-dns"}},
        }
    )


def _daemon_set(site: Site) -> Manifest:
    return Manifest(
        {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {"name": _NAME, "namespace": SYSTEM_NAMESPACE, "labels": _LABELS},
            "spec": {
                "selector": {"matchLabels": _LABELS},
                "updateStrategy": {
                    "type": "RollingUpdate",
                    "rollingUpdate": {"maxUnavailable": "10%"},
                },
                "template": {
                    "metadata": _pod_metadata(site),
                    "spec": {
                        "serviceAccountName": _NAME,
                        "priorityClassName": NODE_CRITICAL,
                        # It must not ask itself.
                        "dnsPolicy": "Default",
                        "tolerations": list(EVERYWHERE),
                        "containers": [_container(site)],
                        "volumes": [
                            {
                                "name": "config",
                                "configMap": {
                                    "name": _NAME,
                                    "items": [{"key": "Corefile", "path": "Corefile.base"}],
                                },
                            }
                        ],
                    },
                },
            },
        }
    )


def _pod_metadata(site: Site) -> dict[str, object]:
    said = {"annotations": scrape_annotations(_METRICS)} if site.scraped else {}
    return {"labels": _LABELS, **said}


def _container(site: Site) -> dict[str, object]:
    return {
        "name": "node-cache",
        "image": versions.NODE_LOCAL_DNS.reference(site.kubernetes_version),
        "args": arguments(site.service_cidr),
        "resources": resources("25m", "32Mi", "128Mi"),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "ports": [
            {"name": "dns", "containerPort": 53, "protocol": "UDP"},
            {"name": "dns-tcp", "containerPort": 53, "protocol": "TCP"},
            {"name": "metrics", "containerPort": _METRICS, "protocol": "TCP"},
        ],
        "livenessProbe": {
            "httpGet": {"path": "/health", "port": _HEALTH},
            "initialDelaySeconds": 60,
            "timeoutSeconds": 5,
        },
        "readinessProbe": {"httpGet": {"path": "/health", "port": _HEALTH}, "timeoutSeconds": 5},
        "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns"}],
    }


def _redirect() -> Manifest:
    """What pods ask of kube-dns goes to the cache of their node; without one, to kube-dns."""
    return Manifest(
        {
            "apiVersion": "cilium.io/v2",
            "kind": "CiliumLocalRedirectPolicy",
            "metadata": {"name": _NAME, "namespace": SYSTEM_NAMESPACE},
            "spec": {
                "redirectFrontend": {
                    "serviceMatcher": {"serviceName": "kube-dns", "namespace": SYSTEM_NAMESPACE}
                },
                "redirectBackend": {
                    "localEndpointSelector": {"matchLabels": _LABELS},
                    "toPorts": [
                        {"port": "53", "name": "dns", "protocol": "UDP"},
                        {"port": "53", "name": "dns-tcp", "protocol": "TCP"},
                    ],
                },
            },
        }
    )


ADDON = Addon(
    line=addons.NODE_LOCAL_DNS,
    why="a DNS cache on every node",
    phase=Phase.SERVICES,
    objects=_objects,
)
"""The cache. Cilium's operator must run first: it brings the kind of the redirect."""
