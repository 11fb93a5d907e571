"""An API server, a Route 53 and the real ExternalDNS, one pass at a time.

Each trial has namespaces and a zone of its own, so that nothing has to be cleaned between two.
"""

import json
import os
import subprocess
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import boto3
from kubernetes.client.exceptions import ApiException

from bluegreen.publishing.ownership import RecordSet
from bluegreen.world.route53 import record_sets
from components.addons.external_dns.arguments import arguments
from components.addons.external_dns.permissions import statements
from development.bench.world import World, running
from eks_platform_contract.outputs import Zone
from handover.writers import Writer
from localcloud.cluster.kube import Object
from localcloud.processes import free_port
from localcloud.server_settings import RateLimit, Route53Settings
from localcloud.state import REGION
from settings.colour import ExternalDns

ZONE = "devinfra.fr"
_ANYBODY = {"AWS_ACCESS_KEY_ID": "AKIALAB", "AWS_SECRET_ACCESS_KEY": "lab"}
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

    def zone(self) -> Zone:
        """A new, empty public zone."""
        made = self.world.aws.route53.create_hosted_zone(
            Name=ZONE, CallerReference=str(next(self._numbers))
        )
        identifier = made["HostedZone"]["Id"].removeprefix("/hostedzone/")
        return Zone(id=identifier, name=ZONE, arn=f"arn:aws:route53:::hostedzone/{identifier}")

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

    def sets(self, zone: Zone) -> list[RecordSet]:
        """Record sets of a zone, but the two that every zone has."""
        found = record_sets(self.world.aws.route53, zone.id)
        return [entry for entry in found if (entry.name, entry.type) not in _APEX]

    def run(self, writer: Writer, namespace: str) -> str:
        """One pass of the real ExternalDNS over the objects of a namespace; gives its log."""
        return self.run_with(
            arguments(writer, ExternalDns.model_validate({"logLevel": "debug"})),
            namespace,
            _ANYBODY,
        )

    def run_with(self, given: Sequence[str], namespace: str, credentials: Mapping[str, str]) -> str:
        """The same with other arguments.

        Args:
            given: arguments of ExternalDNS.
            namespace: whose objects it reads.
            credentials: the environment's AWS credentials.
        """
        plane = self.world.plane
        kubeconfig = plane.write_kubeconfig("lab", plane.connection.identity)
        done = subprocess.run(
            [str(self.world.program), *given, "--once", f"--namespace={namespace}"],
            env={
                **os.environ,
                **credentials,
                "NO_PROXY": "127.0.0.1",
                "AWS_REGION": REGION,
                "AWS_ENDPOINT_URL": self.world.aws.url,
                "AWS_EC2_METADATA_DISABLED": "true",
                "EXTERNAL_DNS_KUBECONFIG": str(kubeconfig),
                "EXTERNAL_DNS_METRICS_ADDRESS": f"127.0.0.1:{free_port()}",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    def session_of(self, writer: Writer) -> Mapping[str, str]:
        """Credentials of a role with a writer's policy, as an environment has them."""
        iam, name = self.world.aws.iam, f"lab-{next(self._numbers)}"
        anybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        may = [statement.to_json() for statement in statements(writer)]
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document([anybody]))
        iam.put_role_policy(RoleName=name, PolicyName="permissions", PolicyDocument=_document(may))
        iam.create_user(UserName=name)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        sts = boto3.client(
            "sts",
            region_name=REGION,
            endpoint_url=self.world.aws.url,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
        )
        made = sts.assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="lab")
        lent = made["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": lent["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": lent["SecretAccessKey"],
            "AWS_SESSION_TOKEN": lent["SessionToken"],
        }


def _document(of_statements: Sequence[Mapping[str, object]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(of_statements)})


@contextmanager
def opened() -> Generator[Lab]:
    """A lab; everything ends with the block."""
    with running(_UNLIMITED) as world:
        yield Lab(world)


def _collection(namespace: str, kind: str) -> str:
    if kind == "Ingress":
        return f"/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses"
    return f"/api/v1/namespaces/{namespace}/services"
