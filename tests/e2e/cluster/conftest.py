"""One cluster of the local cloud on an empty AWS account, without the platform.

All tests of this folder share it, because starting it takes seconds. Each one works in names of
its own.
"""

import logging
import sys
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from localcloud.aws import AwsClients
from localcloud.cluster.destinations import KUBELET_PORT
from localcloud.cluster.kube import Kube, Object
from localcloud.cluster.kubelets import METRICS_PATH, metrics_path
from localcloud.cluster.programs import PROGRAMS, Launch, Program, with_options
from localcloud.cluster.runtime import LocalClusterRuntime
from localcloud.cluster.services import CloudServices
from localcloud.cluster.spec import ClusterSpec
from localcloud.plugins.kubernetes import config, resources
from localcloud.plugins.kubernetes.operations import Objects, Written
from localcloud.plugins.kubernetes.releases import Releases
from localcloud.plugins.kubernetes.resources import Resources
from localcloud.processes import Processes
from localcloud.state import ACCOUNT_ID, REGION, StateFolder
from localcloud.tools.obtain import ensure
from tests.e2e.cluster import answering_program

T = TypeVar("T")

DEADLINE = 1800.0
"""Seconds that a provider may wait, by the clock, for what controllers do in a few."""


ANSWERS_IMAGE = "registry.example.org/tests/answers:v1"
ANSWERS_PORT = 8443


def _answers(launch: Launch) -> Sequence[str]:
    listen = f"127.0.0.1:{launch.port(ANSWERS_PORT)}"
    program = Path(answering_program.__file__)
    return [str(program), *with_options(launch.arguments, listen=listen)]


ANSWERS = Program("answers", Path(sys.executable), _answers)
"""What runs for pods of `ANSWERS_IMAGE`: `tests.e2e.cluster.answering_program`."""


@dataclass
class Cluster:
    """The running cluster, and the kubernetes provider that points at it."""

    spec: ClusterSpec
    services: CloudServices
    kube: Kube
    kubeconfig: Path

    @property
    def aws(self) -> AwsClients:
        """Clients of its AWS account."""
        return self.services.aws

    @cached_property
    def _opened(self) -> tuple[Objects, Releases]:
        return resources.of_cluster(config.read({"kubeconfig": str(self.kubeconfig)}))

    def resources_of(self, token: str) -> Resources:
        """The provider's resources of a type; ``helm`` for short."""
        objects, releases = self._opened
        return releases if token == "helm" else resources.of_type(objects, token)

    def create(self, token: str, declared: dict[str, Any], name: str = "it") -> Written:
        """Checks and creates, as the engine does; a refresh and a diff then find nothing."""
        of = self.resources_of(token)
        inputs, mistakes = of.check({}, declared, name=name, seed=b"seed")
        assert mistakes == []
        of.create(inputs, seconds=DEADLINE, preview=True)
        made = of.create(inputs, seconds=DEADLINE, preview=False)
        assert made.problems == ()
        self.assert_settled(token, made)
        return made

    def update(self, token: str, made: Written, declared: dict[str, Any]) -> Written:
        """Checks and updates in place."""
        of = self.resources_of(token)
        inputs, mistakes = of.check(made.inputs, declared, name="it", seed=b"seed")
        assert mistakes == []
        found = of.diff(made.inputs, inputs)
        assert found.changes
        assert not found.replacing
        of.update(inputs, made.properties, seconds=DEADLINE, preview=True)
        changed = of.update(inputs, made.properties, seconds=DEADLINE, preview=False)
        assert changed.problems == ()
        self.assert_settled(token, changed)
        return changed

    def drift(self, token: str, made: Written) -> set[str]:
        """Paths at which the cluster differs from the declaration."""
        of = self.resources_of(token)
        found = of.read(made.identity, made.inputs, made.properties)
        assert found is not None, f"{made.identity} is gone"
        return set(of.diff(made.inputs, found.inputs).changes)

    def assert_settled(self, token: str, made: Written) -> None:
        assert self.drift(token, made) == set()

    def delete(self, token: str, made: Written) -> None:
        """Deletes twice; the second time finds nothing."""
        of = self.resources_of(token)
        for _ in range(2):
            of.delete(made.identity, made.properties, seconds=DEADLINE)
            assert of.read(made.identity, made.inputs, made.properties) is None

    def node(self, name: str, spec: Object | None = None) -> Object:
        """Registers a simulated node, with all that those of instances have from the first.

        What is added to its status later, KWOK may write over with what it read before.
        """
        made = self.kube.create(
            "/api/v1/nodes",
            {
                "apiVersion": "v1",
                "kind": "Node",
                "metadata": {
                    "name": name,
                    "labels": {
                        "kubernetes.io/hostname": name,
                        "topology.kubernetes.io/zone": f"{REGION}a",
                    },
                    "annotations": {METRICS_PATH: metrics_path(name)},
                },
                "spec": spec or {},
                "status": {
                    "capacity": {"cpu": "8", "memory": "32Gi", "pods": "58"},
                    "allocatable": {"cpu": "8", "memory": "32Gi", "pods": "58"},
                    "addresses": [{"type": "Hostname", "address": name}],
                    "daemonEndpoints": {"kubeletEndpoint": {"Port": KUBELET_PORT}},
                },
            },
        )
        assert isinstance(made, dict)
        return made

    def namespace(self, name: str) -> str:
        self.kube.apply(
            f"/api/v1/namespaces/{name}",
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
        )
        return name


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Generator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cloud")) as made:
        yield made


@contextmanager
def running_cluster(folder: Path, extras: frozenset[str] = frozenset()) -> Generator[Cluster]:
    """A cluster in a folder, with some of `localcloud.extras`; it ends with the block."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    state = StateFolder(folder)
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    url = f"http://{host}:{port}"
    with pytest.MonkeyPatch.context() as patch:
        for key in ("NO_PROXY", "no_proxy"):
            patch.setenv(key, host)
        urllib.request.urlopen(  # noqa: S310 - moto on loopback
            urllib.request.Request(f"{url}/moto-api/reset", method="POST")  # noqa: S310
        ).close()
        aws = AwsClients(url, REGION)
        processes = Processes()
        services = CloudServices(
            state=state,
            processes=processes,
            aws=aws,
            aws_url=url,
            # This moto counts nothing, so it may always have changed.
            instance_changes=count().__next__,
            tool=lambda tool: ensure([tool])[tool],
            tool_now=lambda tool: ensure([tool])[tool],
            token_webhook_url=lambda _: "https://127.0.0.1:1/none",
            webhook_ca_pem="",
            programs=(*PROGRAMS, ANSWERS),
            extras=extras,
        )
        spec = ClusterSpec(
            name="eks-test",
            identifier="0" * 32,
            version="1.35",
            region=REGION,
            account_id=ACCOUNT_ID,
            service_cidr="172.20.0.0/16",
            vpc_id=_network(aws, "eks-test"),
        )
        runtime = LocalClusterRuntime(spec, services, lambda _: False)
        runtime.start()
        kubeconfig = runtime.plane.write_kubeconfig("test", runtime.plane.connection.identity)
        yield Cluster(spec, services, Kube(runtime.plane.connection), kubeconfig)
        runtime.stop()
        processes.close()
    moto.stop()


def _network(aws: AwsClients, cluster: str) -> str:
    """A VPC with two subnets, marked for load balancers."""
    vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for number, zone in enumerate("ab"):
        subnet = aws.ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}"
        )["Subnet"]["SubnetId"]
        aws.ec2.create_tags(
            Resources=[subnet],
            Tags=[
                {"Key": "kubernetes.io/role/elb", "Value": "1"},
                {"Key": "kubernetes.io/role/internal-elb", "Value": "1"},
                {"Key": f"kubernetes.io/cluster/{cluster}", "Value": "shared"},
            ],
        )
    return vpc
