"""Linkerd's control plane: mutual TLS between pods that ask for it."""

from collections.abc import Mapping, Sequence

from catalogue import addons
from components.addon_stack.addon import Addon, Phase, Prerequisites, Values
from components.addon_stack.availability import CLUSTER_CRITICAL, CRITICAL, REPLICAS
from components.addon_stack.manifest import Manifest
from components.addon_stack.objects import tls_secret
from components.addon_stack.site import Site
from components.addons.linkerd_crds import NAMESPACE
from components.certificates import Certificate, authority_certificate, server_certificate

_ANCHOR, _ISSUER = "trust-anchor", "issuer"
_WEBHOOKS: Mapping[str, str] = {
    "proxyInjector": "linkerd-proxy-injector",
    "profileValidator": "linkerd-sp-validator",
    "policyValidator": "linkerd-policy-validator",
}
"""Service of each webhook, by the key of its values."""


_CERTIFICATES = (
    # A colour does not live that long: a new trust anchor comes with a new colour.
    Certificate(
        name=_ANCHOR,
        common_name="root.linkerd.cluster.local",
        is_authority=True,
        validity_days=3650,
        renewal_days=365,
    ),
    Certificate(
        name=_ISSUER,
        common_name="identity.linkerd.cluster.local",
        signed_by=_ANCHOR,
        is_authority=True,
        validity_days=730,
        renewal_days=90,
    ),
    authority_certificate("linkerd"),
    *(server_certificate(it, f"{it}.{NAMESPACE}.svc") for it in _WEBHOOKS.values()),
)


def _secrets(_: Site, prerequisites: Prerequisites) -> Sequence[Manifest]:
    """Secrets instead of values: what uses them takes a new one up without a restart."""
    issued = prerequisites.certificates
    return [
        tls_secret("linkerd-identity-issuer", NAMESPACE, issued[_ISSUER]),
        *(tls_secret(f"{it}-k8s-tls", NAMESPACE, issued[it]) for it in _WEBHOOKS.values()),
    ]


def _values(site: Site, prerequisites: Prerequisites) -> Values:
    return {
        "identityTrustAnchorsPEM": prerequisites.certificates[_ANCHOR].certificate,
        "identity": {"issuer": {"scheme": "kubernetes.io/tls"}},
        **{
            key: {"externalSecret": True, "caBundle": prerequisites.certificates[service].authority}
            for key, service in _WEBHOOKS.items()
        },
        "clusterNetworks": _networks(site),
        # Its schedule is made from the time of each render.
        "disableHeartBeat": True,
        "controllerReplicas": REPLICAS,
        "enablePodAntiAffinity": True,
        "enablePodDisruptionBudget": True,
        "webhookFailurePolicy": "Fail",
        "priorityClassName": CLUSTER_CRITICAL,
        "tolerations": CRITICAL,
        "deploymentStrategy": {"rollingUpdate": {"maxUnavailable": 1, "maxSurge": "25%"}},
        "controllerLogFormat": "json",
        "proxy": {"nativeSidecar": True, "logFormat": "json", "resources": _resources("20Mi")},
        "destinationResources": _resources("50Mi"),
        "identityResources": _resources("10Mi"),
        "proxyInjectorResources": _resources("50Mi"),
        "spValidatorResources": _resources("50Mi"),
        "policyController": {"resources": _resources("50Mi")},
    }


def _networks(site: Site) -> str:
    """Ranges of the cluster; Linkerd finds out the protocol of what goes there."""
    private = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
    return ",".join(dict.fromkeys((*private, site.pod_cidr, site.service_cidr)))


def _resources(memory: str) -> Values:
    return {"cpu": {"request": "100m"}, "memory": {"request": memory, "limit": "250Mi"}}


ADDON = Addon(
    line=addons.LINKERD,
    why="mutual TLS between pods that ask for it",
    phase=Phase.SERVICES,
    namespace=NAMESPACE,
    certificates=_CERTIFICATES,
    objects_before=_secrets,
    values=_values,
    ports={8443: "webhooks of pods and service profiles", 9443: "webhook of policies"},
    # https://linkerd.io/2-edge/reference/proxy-configuration/ and its architecture's pages.
    cluster_ports={
        4143: "proxies, of what is opaque to them",
        4191: "metrics of the proxies",
        8080: "identity",
        8086: "destination",
        8090: "policy",
        9990: "metrics of identity and policy",
        9995: "metrics of the injector",
        9996: "metrics of destination",
        9997: "metrics of service profiles",
    },
)
"""The control plane, with certificates that change only when they are due."""
