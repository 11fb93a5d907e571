"""A colour is destroyed while what others deployed still stands: nothing of it is left behind."""

import json
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from pulumi import automation
from pulumi.automation import ConfigValue

from localcloud import names
from localcloud.demo import SAMPLE
from localcloud.state import REGION
from tests.e2e.platform.conftest import Platform
from tests.waiting import wait_until

COLOUR = "green"
"""The idle one: the active one's marker refuses."""

CLUSTER = f"eks-{COLOUR}"
SPACE = "guests"
ZONES = ("devinfra.fr", "devinfra.local")
_PROTECTION = "eks-platform:deletionProtection"
_PAUSE = "registry.k8s.io/pause:3.10"


def _web(kind: str, name: str, spec: Mapping[str, Any], volume: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """A workload whose pods mount a claim."""
    labels = {"app": name}
    container = {
        "name": "it",
        "image": _PAUSE,
        "volumeMounts": [{"name": "data", "mountPath": "/"}],
    }
    pod: dict[str, Any] = {"containers": [container], **volume}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": SPACE},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
            **spec,
        },
    }


def _service(name: str, annotations: Mapping[str, str], load_balancer_class: str) -> Any:  # noqa: ANN401
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": SPACE, "annotations": annotations},
        "spec": {
            "type": "LoadBalancer",
            "loadBalancerClass": load_balancer_class,
            "selector": {"app": "store"},
            "ports": [{"port": 80}],
        },
    }


_CLAIM = {
    "accessModes": ["ReadWriteOnce"],
    "resources": {"requests": {"storage": "1Gi"}},
}
_SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
GUESTS: list[Any] = [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}},
    # One claim a pod, which the set would make anew.
    _web(
        "StatefulSet",
        "store",
        {
            "replicas": 2,
            "serviceName": "store",
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": _CLAIM}],
        },
        {},
    ),
    {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "cache", "namespace": SPACE},
        "spec": _CLAIM,
    },
    _web(
        "Deployment",
        "cache",
        {"replicas": 1},
        {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "cache"}}]},
    ),
    _service(
        "public", {_SCHEME: "internet-facing", "PublicDNSName": "store"}, "service.k8s.aws/nlb"
    ),
    _service("private", {_SCHEME: "internal", "PrivateDNSName": "store"}, "service.k8s.aws/nlb"),
]
CLAIMS = 3


@dataclass(frozen=True)
class Left:
    """What a colour's controllers made outside of the cluster."""

    balancers: list[str]
    groups: list[str]
    volumes: list[str]


def left() -> Left:
    elb = boto3.client("elbv2", region_name=REGION)
    ec2 = boto3.client("ec2", region_name=REGION)
    arns = [it["LoadBalancerArn"] for it in elb.describe_load_balancers()["LoadBalancers"]]
    tags = elb.describe_tags(ResourceArns=arns)["TagDescriptions"] if arns else []
    return Left(
        balancers=[it["ResourceArn"] for it in tags if _belongs(it["Tags"])],
        groups=[
            it["GroupId"]
            for it in ec2.describe_security_groups()["SecurityGroups"]
            if _belongs(it.get("Tags", ()))
        ],
        volumes=[
            it["VolumeId"]
            for it in ec2.describe_volumes()["Volumes"]
            if _belongs(it.get("Tags", ()))
        ],
    )


def _belongs(tags: Any) -> bool:  # noqa: ANN401 - boto3's many tag types
    """Whether tags speak of the colour's cluster, whichever controller wrote them."""
    return any(CLUSTER in (tag["Key"].rsplit("/", 1)[-1], tag.get("Value")) for tag in tags)


def records(platform: Platform) -> dict[bool, set[tuple[str, str, str]]]:
    """Zone, name and type of all records: the colour's own (True) and all others."""
    found: dict[bool, set[tuple[str, str, str]]] = {True: set(), False: set()}
    for zone in ZONES:
        for (name, kind), _ in platform.records(zone).items():
            found[CLUSTER in name.split(".")].add((zone, name, kind))
    return found


@dataclass
class Said:
    """What the engine told while it worked."""

    lines: list[str] = field(default_factory=list[str])

    def event(self, event: automation.EngineEvent) -> None:
        if event.diagnostic_event is not None:
            self.lines.append(re.sub(r"<\{%[^%]*%\}>", "", event.diagnostic_event.message).strip())

    def waited_for(self) -> str:
        return " ".join(line for line in self.lines if line.startswith("waiting for "))


@pytest.fixture
def guests(platform: Platform) -> Generator[None]:
    """Deploys them; afterwards the colour stands again, with the sample application alone."""
    kubectl = ("kubectl", "--context", COLOUR)
    manifest = platform.state.root / "guests.json"
    manifest.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": GUESTS}))
    platform.run(*kubectl, "apply", "--server-side", "-f", str(manifest))
    try:
        yield
    finally:
        platform.stack(COLOUR).remove_config(_PROTECTION)
        platform.up(COLOUR)
        platform.run("aws", "eks", "update-kubeconfig", "--name", CLUSTER, "--alias", COLOUR)
        platform.run(*kubectl, "apply", "--server-side", "-f", str(SAMPLE))
        own = [f"web.{CLUSTER}.{zone}" for zone in ZONES]
        names.wait_for(own, platform.cloud.dns_port)


@pytest.mark.usefixtures("guests")
def test_ingresses_services_and_claims_that_stand_go_with_their_colour(platform: Platform) -> None:
    own = [f"store.{CLUSTER}.{zone}" for zone in ZONES]
    names.wait_for(own, platform.cloud.dns_port)
    wait_until("volumes", lambda: len(left().volumes) == CLAIMS)
    before = left()
    # The sample's two Ingresses, and two Services; what all share is one group more.
    assert len(before.balancers) == 4
    assert len(before.groups) > len(before.balancers)
    others = records(platform)[False]

    platform.stack(COLOUR).set_config(_PROTECTION, ConfigValue("false"))
    platform.up(COLOUR)
    said = Said()
    platform.stack(COLOUR).destroy(color="never", run_program=True, on_event=said.event)

    assert left() == Left(balancers=[], groups=[], volumes=[])
    found = records(platform)
    assert found[True] == set()
    assert found[False] == others
    for kind in ("Ingress sample/web-public", f"Service {SPACE}/public", "PersistentVolumeClaim"):
        assert f"deleting {kind}" in " ".join(said.lines)
        assert kind in said.waited_for()
