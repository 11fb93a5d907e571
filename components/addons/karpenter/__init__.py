"""Karpenter: instances for pods that no node takes, cheaper ones where there are some."""

from catalogue import addons
from catalogue.versions import KARPENTER_IMAGE
from components.addon_stack.addon import Addon, Phase, Prerequisites, Values
from components.addon_stack.availability import (
    CLUSTER_CRITICAL,
    CRITICAL,
    ONE_DOWN,
    REPLICAS,
    over_zones,
    resources,
)
from components.addon_stack.scraping import scrape_annotations
from components.addon_stack.site import Site
from components.addons.karpenter.permissions import QUEUE, statements
from components.addons.karpenter.pools import objects
from components.interruption_queue import Event, Interruptions

_NAME = "karpenter"
_METRICS = 8080


def _values(site: Site, prerequisites: Prerequisites) -> Values:
    tag, _, digest = KARPENTER_IMAGE.pin(site.kubernetes_version).partition("@")
    return {
        "fullnameOverride": _NAME,
        "replicas": REPLICAS,
        "serviceAccount": {
            "create": True,
            "name": _NAME,
            "annotations": {"eks.amazonaws.com/role-arn": prerequisites.role_arn},
        },
        "settings": {
            "clusterName": site.cluster_name,
            "clusterEndpoint": site.endpoint,
            "eksControlPlane": True,
            "interruptionQueue": prerequisites.queue_name,
        },
        "controller": {
            "image": {"tag": tag, "digest": digest},
            "resources": resources("250m", "512Mi", "1Gi"),
        },
        # It must reach AWS while the pods of CoreDNS wait for a node that it is to make.
        "dnsPolicy": "Default",
        "priorityClassName": CLUSTER_CRITICAL,
        "podDisruptionBudget": {"name": _NAME, **ONE_DOWN},
        # That a node has one of its pods at most, and is none that it made, the chart says.
        "topologySpreadConstraints": over_zones({"app.kubernetes.io/name": _NAME}),
        "tolerations": CRITICAL,
    }


ADDON = Addon(
    line=addons.KARPENTER,
    why="instances for pods that no node takes, the cheapest that fit",
    phase=Phase.SERVICES,
    service_account=_NAME,
    statements=statements,
    # Not those that ask to rebalance: it does nothing about them.
    interruptions=Interruptions(
        events=(
            Event(
                name="karpenter-spot-interruption",
                source="aws.ec2",
                detail_type="EC2 Spot Instance Interruption Warning",
            ),
            Event(
                name="karpenter-state-change",
                source="aws.ec2",
                detail_type="EC2 Instance State-change Notification",
            ),
            Event(
                name="karpenter-scheduled-change",
                source="aws.health",
                detail_type="AWS Health Event",
                detail={"service": ["EC2"], "eventTypeCategory": ["scheduledChange"]},
            ),
        ),
        heartbeat_seconds=None,
        # It deletes every message, also about instances that are not its own.
        queue=QUEUE,
    ),
    values=_values,
    scrape_values={"podAnnotations": scrape_annotations(_METRICS)},
    objects=objects,
)
"""The autoscaler that makes instances itself."""
