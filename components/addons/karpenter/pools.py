"""The pools of nodes that Karpenter makes, and what it launches them with."""

from collections.abc import Mapping, Sequence

from catalogue.versions import NodeArchitecture
from components.addon_stack.addon import Prerequisites
from components.addon_stack.manifest import Manifest
from components.addon_stack.site import Site
from components.closed_instance import METADATA_OPTIONS, ROOT_DEVICE
from components.user_data import NETWORK_TAINT, SPOT_TAINT, Taint, common_node_config
from settings.names import LIFECYCLE_LABEL
from settings.nodes import POOL_CPUS, POOL_GENERATION, Karpenter

NODE_CLASS = "platform"
"""Name of the one EC2NodeClass."""

_GROUP, _VERSION = "karpenter.k8s.aws", "v1"
_ARCHITECTURES: Mapping[NodeArchitecture, str] = {"x86_64": "amd64", "arm64": "arm64"}
_EXPIRES = "720h"
# The higher is tried first; only pods that tolerate the taint of spot nodes get one.
_SPOT_FIRST, _REST = 100, 10


def objects(site: Site, _: Prerequisites) -> Sequence[Manifest]:
    """The EC2NodeClass, and the pools on demand and, if it is asked for, of spot."""
    wanted = site.settings.nodes.karpenter
    pools = [_pool("on-demand", wanted, weight=_REST)]
    if wanted.spot:
        pools.append(_pool("spot", wanted, weight=_SPOT_FIRST, taints=(SPOT_TAINT,)))
    return (_node_class(site), *pools)


def _node_class(site: Site) -> Manifest:
    launch, wanted = site.node_launch, site.settings.nodes.karpenter
    return Manifest(
        {
            "apiVersion": f"{_GROUP}/{_VERSION}",
            "kind": "EC2NodeClass",
            "metadata": {"name": NODE_CLASS},
            "spec": {
                "amiFamily": "AL2023",
                "amiSelectorTerms": [{"id": launch.image_id}],
                "instanceProfile": launch.instance_profile,
                "subnetSelectorTerms": [{"id": it} for it in site.network.private_subnet_ids],
                "securityGroupSelectorTerms": [{"id": launch.security_group_id}],
                "associatePublicIPAddress": False,
                "detailedMonitoring": True,
                "metadataOptions": {
                    "httpEndpoint": METADATA_OPTIONS["http_endpoint"],
                    "httpTokens": METADATA_OPTIONS["http_tokens"],
                    "httpPutResponseHopLimit": METADATA_OPTIONS["http_put_response_hop_limit"],
                    "httpProtocolIPv6": "disabled",
                },
                "blockDeviceMappings": [
                    {
                        "deviceName": ROOT_DEVICE,
                        "ebs": {
                            "volumeType": "gp3",
                            "volumeSize": f"{wanted.disk_gib}Gi",
                            "encrypted": True,
                            "deleteOnTermination": True,
                        },
                    }
                ],
                "userData": common_node_config(),
                # Not the tag by which the termination handler knows its nodes.
                "tags": dict(launch.tags),
            },
        }
    )


def _pool(
    capacity: str, wanted: Karpenter, *, weight: int, taints: Sequence[Taint] = ()
) -> Manifest:
    return Manifest(
        {
            "apiVersion": f"karpenter.sh/{_VERSION}",
            "kind": "NodePool",
            "metadata": {
                "name": capacity,
                # Gone only once its nodes are: else the class would be deleted under them.
                "annotations": {"pulumi.com/deletionPropagationPolicy": "foreground"},
            },
            "spec": {
                "weight": weight,
                "limits": {"cpu": str(wanted.max_vcpus)},
                "disruption": _disruption(wanted),
                "template": {
                    "metadata": {"labels": {LIFECYCLE_LABEL: capacity}},
                    "spec": {
                        "nodeClassRef": {
                            "group": _GROUP,
                            "kind": "EC2NodeClass",
                            "name": NODE_CLASS,
                        },
                        "requirements": _requirements(capacity, wanted),
                        "taints": [_taint(it) for it in taints],
                        # Among taints it would keep every pod from counting as one that fits.
                        "startupTaints": [_taint(NETWORK_TAINT)],
                        "expireAfter": _EXPIRES,
                        "terminationGracePeriod": f"{wanted.drain_minutes}m",
                    },
                },
            },
        }
    )


def _disruption(wanted: Karpenter) -> dict[str, object]:
    return {
        "consolidationPolicy": "WhenEmptyOrUnderutilized",
        "consolidateAfter": f"{wanted.consolidate_after_minutes}m",
        # Shares are rounded up, so that a pool of one node gets a new image, too.
        "budgets": [
            {"nodes": "10%", "reasons": ["Drifted", "Underutilized"]},
            {"nodes": "50%", "reasons": ["Empty"]},
        ],
    }


def _requirements(capacity: str, wanted: Karpenter) -> list[dict[str, object]]:
    def one(key: str, operator: str, *values: str) -> dict[str, object]:
        return {"key": key, "operator": operator, "values": list(values)}

    return [
        one("kubernetes.io/os", "In", "linux"),
        one("kubernetes.io/arch", "In", _ARCHITECTURES[wanted.architecture]),
        one("karpenter.sh/capacity-type", "In", capacity),
        one(f"{_GROUP}/instance-category", "In", *wanted.categories),
        one(f"{_GROUP}/instance-generation", "Gt", str(POOL_GENERATION - 1)),
        one(f"{_GROUP}/instance-hypervisor", "In", "nitro"),
        one(f"{_GROUP}/instance-cpu", "Gt", str(POOL_CPUS[0] - 1)),
        one(f"{_GROUP}/instance-cpu", "Lt", str(POOL_CPUS[1] + 1)),
    ]


def _taint(taint: Taint) -> dict[str, str]:
    return {"key": taint.key, "value": taint.value, "effect": taint.effect}
