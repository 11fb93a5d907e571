"""How long the local cloud takes to start, and the demo on it, over what they cannot do without."""

import io
import os
import resource
import tempfile
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import boto3
import psutil
from rich.console import Console

from catalogue.minors import SHIPPED
from development.bench.figure import Figure, figure
from localcloud import demo, lifecycle, workspace
from localcloud.authority import Authority
from localcloud.aws import OWN_KEY, AwsClients
from localcloud.cluster.control_plane import ControlPlane
from localcloud.cluster.services import CloudServices
from localcloud.cluster.spec import ClusterSpec
from localcloud.processes import Processes
from localcloud.state import ACCOUNT_ID, REGION, RunningCloud, StateFolder
from localcloud.tools.catalogue import ETCD, KWOK, Tool, control_plane
from localcloud.tools.obtain import ensure
from settings.names import COLOURS

NAME = "local-cloud"

_MINOR = SHIPPED[0]
_START_AIM = 1.5
_DEMO_AIM = 1.5
_TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",'
    ' "Principal": {"Service": "eks.amazonaws.com"}}]}'
)
_PROCESSORS = os.cpu_count() or 1


class _Demo(NamedTuple):
    """Seconds of the demo by the clock, and seconds of processors that all of it used."""

    wall: float
    processor: float


def run(rounds: int, tell: Callable[[str], None]) -> list[Figure]:
    """The start to both API servers, and the demo from nothing, each round beside its floor."""
    tools = ensure((ETCD, KWOK, *control_plane(_MINOR)))
    starts: list[tuple[float, float]] = []
    demos: list[_Demo] = []
    for number in range(rounds + 1):
        tell(f"round {number} of {rounds}" if number else "round that does not count")
        start, least = _start(), _bare_start(tools.__getitem__)
        shown = _demo()
        if number:
            starts.append((start, least))
            demos.append(shown)
    return [
        figure(
            f"{NAME}-start",
            "local cloud: from nothing to the API servers of two clusters",
            starts,
            unit="s",
            floor_from="etcd and API server of the same two clusters, started by nothing else",
            aim=_START_AIM,
        ),
        figure(
            f"{NAME}-demo",
            "`make demo`: time",
            [(it.wall, it.processor / _PROCESSORS) for it in demos],
            unit="s",
            floor_from=f"all that it computes, spread evenly over {_PROCESSORS} processors",
            aim=_DEMO_AIM,
        ),
    ]


@contextmanager
def _cloud() -> Generator[tuple[StateFolder, RunningCloud]]:
    """A new local cloud in a temporary folder; it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        state = StateFolder(Path(place) / "state")
        try:
            yield state, lifecycle.start(state, (0, 0, 0), tied=True)
        finally:
            lifecycle.stop(state)


def _start() -> float:
    """Seconds until both clusters' API servers answer."""
    began = time.monotonic()
    with _cloud() as (_, cloud):
        aws = AwsClients(cloud.aws_url, REGION)
        eks = boto3.Session(OWN_KEY, "not-a-secret", region_name=REGION).client(
            "eks", endpoint_url=cloud.aws_url
        )
        vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            aws.ec2.create_subnet(
                VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}"
            )["Subnet"]["SubnetId"]
            for number, zone in enumerate("ab")
        ]
        role = aws.iam.create_role(RoleName="control-plane", AssumeRolePolicyDocument=_TRUST)
        for colour in COLOURS:
            eks.create_cluster(
                name=f"eks-{colour}",
                version=_MINOR,
                roleArn=role["Role"]["Arn"],
                resourcesVpcConfig={"subnetIds": subnets},
            )
        for colour in COLOURS:
            waiter = eks.get_waiter("cluster_active")
            waiter.wait(name=f"eks-{colour}", WaiterConfig={"Delay": 1, "MaxAttempts": 900})
        return time.monotonic() - began


def _bare_start(tool: Callable[[Tool], Path]) -> float:
    """The same clusters' control planes, without a cloud around them."""
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        state = StateFolder(Path(place))
        processes = Processes()
        nobody = "http://127.0.0.1:9"
        services = CloudServices(
            state=state,
            processes=processes,
            aws=AwsClients(nobody, REGION),
            aws_url=nobody,
            instance_changes=lambda: 0,
            tool=tool,
            tool_now=tool,
            token_webhook_url=lambda name: f"https://127.0.0.1:9/{name}",
            webhook_ca_pem=Authority.create(state.authority, "bench").certificate_pem,
        )
        made = partial(
            ClusterSpec,
            identifier="0" * 32,
            version=_MINOR,
            region=REGION,
            account_id=ACCOUNT_ID,
            service_cidr="172.20.0.0/16",
            vpc_id="vpc-0",
        )
        planes: list[ControlPlane] = []
        try:
            began = time.monotonic()
            planes += [ControlPlane(made(f"eks-{it}"), services) for it in COLOURS]
            with ThreadPoolExecutor() as pool:
                list(pool.map(ControlPlane.start, planes))
            return time.monotonic() - began
        finally:
            for plane in planes:
                plane.stop()
            processes.close()


def _demo() -> _Demo:
    before, began = _used(), time.monotonic()
    with _cloud() as (state, cloud):
        with workspace.entered(state, cloud):
            demo.run(state, cloud, Console(file=io.StringIO(), emoji=False))
        wall = time.monotonic() - began
        server = psutil.Process(cloud.pid)
        # Those that have ended count with who started them.
        times = [it.cpu_times() for it in (server, *server.children(recursive=True))]
        served = sum(it.user + it.system + it.children_user + it.children_system for it in times)
        return _Demo(wall, _used() - before + served)


def _used() -> float:
    """Seconds of processors of this process, and of all that it waited for."""
    both = (resource.getrusage(it) for it in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(it.ru_utime + it.ru_stime for it in both)
