"""Network policies of the platform's own namespaces."""

from collections.abc import Iterable, Mapping

from components.addon_stack.addon import Addon
from components.addon_stack.manifest import Manifest

NAME = "platform"
"""Name of the policy in each namespace."""


def network_policy(namespace: str, addons: Iterable[Addon], api_server_cidr: str) -> Manifest:
    """Lets nothing reach the pods of a namespace but what must; what they reach stays as it is.

    The API server's interfaces are in the cluster's subnets. To Cilium they are no pod, so a range
    of addresses matches them, and no pod or node of the cluster whatever its address
    (https://docs.cilium.io/en/stable/security/policy/layer3/); the nodes' security group lets
    nobody else in on these ports. What comes from a pod's own node, as probes do, is always let in.

    Args:
        namespace: the namespace.
        addons: add-ons that are installed in it.
        api_server_cidr: IPv4 range around the API server's interfaces.
    """
    here = list(addons)
    by_api_server = sorted({port for addon in here for port in addon.ports})
    by_pods = sorted({port for addon in here for port in addon.cluster_ports})
    ingress = [
        *_rule({"ipBlock": {"cidr": api_server_cidr}}, by_api_server),
        *_rule({"namespaceSelector": {}}, by_pods),
    ]
    return Manifest(
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": NAME, "namespace": namespace},
            "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": ingress},
        }
    )


def _rule(peer: Mapping[str, object], ports: Iterable[int]) -> list[Mapping[str, object]]:
    allowed = [{"protocol": "TCP", "port": port} for port in ports]
    return [{"from": [peer], "ports": allowed}] if allowed else []
