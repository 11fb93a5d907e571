"""The service of a switch on one colour: that of other runs, with a live name."""

from development.experiments import workload
from development.experiments.pace import Pace
from development.experiments.platform import Platform
from development.experiments.policies import Policy
from development.experiments.scaling import NAME, NAMESPACE
from localcloud import names
from localcloud.cluster.kube import Object
from settings.names import COLOURS, Colour, cluster_name

COLD = (f"deployment/{NAMESPACE}/{NAME}", "warm-nodes")
"""What a switch to a cold colour has to waive."""

_ZONE = "devinfra.fr"
"""The public zone of the shipped stack file."""

_DEADLINE = 300.0


def live_name() -> str:
    """That visitors ask for."""
    return f"{NAME}.{_ZONE}"


def own_name(colour: Colour) -> str:
    """Of the service on one colour alone."""
    return f"{NAME}.{cluster_name(colour)}.{_ZONE}"


def apply(platform: Platform, policy: Policy, load: float) -> None:
    """Makes the service, its metrics, its reserve and its name."""
    kube = platform.kube
    workload.apply(platform, policy, Pace(1), load)
    kube.apply(f"/api/v1/namespaces/{NAMESPACE}/services/{NAME}", _service())
    ingress = f"/apis/networking.k8s.io/v1/namespaces/{NAMESPACE}/ingresses/{NAME}"
    kube.apply(ingress, _ingress())
    if policy.reserve is not None:
        kube.patch(workload.RESERVE, {"spec": {"replicas": policy.reserve.least}})


def wait_for_names(dns_port: int) -> None:
    """Until the live name and those of both colours have addresses. Raises TimeoutError."""
    names.wait_for([live_name(), *map(own_name, COLOURS)], dns_port, _DEADLINE)


def _service() -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": NAME},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
    }


def _ingress() -> Object:
    backend = {"service": {"name": NAME, "port": {"number": 80}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": NAME,
            "annotations": {
                "PublicDNSName": NAME,
                "alb.ingress.kubernetes.io/scheme": "internet-facing",
                "alb.ingress.kubernetes.io/target-type": "ip",
            },
        },
        "spec": {"ingressClassName": "alb", "defaultBackend": backend},
    }
