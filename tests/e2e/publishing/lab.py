"""An API server, a Route 53 and the real ExternalDNS, one pass at a time.

Each trial has namespaces and a zone of its own, so that nothing has to be cleaned between two.
"""

import os
import subprocess
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from kubernetes.client.exceptions import ApiException

from bench.world import World, running
from bluegreen.publishing.ownership import RecordSet
from bluegreen.world.route53 import record_sets
from components.addons.dns_writer import Writer, ZoneRef, arguments
from localcloud.cluster.kube import Object
from localcloud.processes import free_port
from localcloud.server_settings import RateLimit, Route53Settings
from localcloud.state import REGION

ZONE = "devinfra.fr"
_AT_ONCE = 6
_REFUSED = 422
_UNLIMITED = Route53Settings(
    limit=RateLimit(per_second=1e6, burst=1_000_000), propagation_seconds=0.0
)
_APEX = ((ZONE, "NS"), (ZONE, "SOA"))


@dataclass
class Lab:
    """What trials share.

    Attributes:
        world: its parts.
        objects: how many objects its API server has accepted so far.
        refused: how many it has refused.
    """

    world: World
    objects: int = 0
    refused: int = 0
    _numbers: "count[int]" = field(default_factory=count)

    def zone(self) -> ZoneRef:
        """A new, empty public zone."""
        made = self.world.aws.route53.create_hosted_zone(
            Name=ZONE, CallerReference=str(next(self._numbers))
        )
        identifier = made["HostedZone"]["Id"].removeprefix("/hostedzone/")
        return ZoneRef(id=identifier, name=ZONE, arn=f"arn:aws:route53:::hostedzone/{identifier}")

    def namespace(self, objects: Sequence[Object]) -> str:
        """A new namespace with these objects, as far as the API server takes them."""
        name = f"trial-{next(self._numbers)}"
        self.world.kube.apply(
            f"/api/v1/namespaces/{name}",
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
        )
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            taken = list(pool.map(lambda item: self._make(name, item), objects))
        self.objects += sum(taken)
        self.refused += len(taken) - sum(taken)
        return name

    def _make(self, namespace: str, item: Object) -> bool:
        status = item["status"]
        body = {**item, "metadata": {**item["metadata"], "namespace": namespace}}
        body.pop("status")
        collection = _collection(namespace, item["kind"])
        try:
            self.world.kube.create(collection, body)
            path = f"{collection}/{item['metadata']['name']}/status"
            self.world.kube.patch(path, {"status": status})
        except ApiException as error:
            if error.status != _REFUSED:
                raise
            return False
        return True

    def items(self, namespace: str, kind: str) -> list[Object]:
        """Objects of a kind, as the API server gives them."""
        return self.world.kube.items(_collection(namespace, kind))

    def sets(self, zone: ZoneRef) -> list[RecordSet]:
        """Record sets of a zone, but the two that every zone has."""
        found = record_sets(self.world.aws.route53, zone.id)
        return [entry for entry in found if (entry.name, entry.type) not in _APEX]

    def run(self, writer: Writer, namespace: str) -> str:
        """One pass of the real ExternalDNS over the objects of a namespace; gives its log."""
        plane = self.world.plane
        kubeconfig = plane.write_kubeconfig("lab", plane.connection.identity)
        given = arguments(writer, interval_seconds=60, log_level="debug")
        done = subprocess.run(
            [str(self.world.program), *given, "--once", f"--namespace={namespace}"],
            env={
                **os.environ,
                "NO_PROXY": "127.0.0.1",
                "AWS_REGION": REGION,
                "AWS_ENDPOINT_URL": self.world.aws.url,
                "AWS_ACCESS_KEY_ID": "AKIALAB",
                "AWS_SECRET_ACCESS_KEY": "lab",
                "AWS_EC2_METADATA_DISABLED": "true",
                "EXTERNAL_DNS_KUBECONFIG": str(kubeconfig),
                "EXTERNAL_DNS_METRICS_ADDRESS": f"127.0.0.1:{free_port()}",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr


@contextmanager
def opened() -> Generator[Lab]:
    """A lab; everything ends with the block."""
    with running(_UNLIMITED) as world:
        yield Lab(world)


def _collection(namespace: str, kind: str) -> str:
    if kind == "Ingress":
        return f"/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses"
    return f"/api/v1/namespaces/{namespace}/services"
