"""A small local cloud for measuring live writers: AWS APIs, one API server, no nodes."""

import tempfile
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from werkzeug.exceptions import NotImplemented as NotThere

from catalogue.minors import SHIPPED
from eks_platform_contract.outputs import Zone, Zones
from localcloud.authority import Authority
from localcloud.aws import AwsClients
from localcloud.cluster.control_plane import ControlPlane
from localcloud.cluster.kube import Kube
from localcloud.cluster.services import CloudServices
from localcloud.cluster.spec import ClusterSpec
from localcloud.processes import Process, Processes, free_port
from localcloud.server.aws_api import AwsApi
from localcloud.server_settings import Route53Settings
from localcloud.state import ACCOUNT_ID, REGION, StateFolder
from localcloud.tools.catalogue import ETCD, EXTERNAL_DNS, KWOK, control_plane
from localcloud.tools.obtain import ensure

ZONE = "devinfra.fr"

_NAMESPACE = "/apis/networking.k8s.io/v1/namespaces/default/ingresses"
_AT_ONCE = 8  # objects that are written to the API server at the same time


@dataclass
class World:
    """What a measurement uses.

    Attributes:
        state: folder; the log of AWS calls is in it.
        api: the AWS APIs.
        kube: the API server.
        zones: by visibility, ``public`` and ``private``.
    """

    state: StateFolder
    api: AwsApi
    kube: Kube
    zones: Zones
    aws: AwsClients
    plane: ControlPlane
    processes: Processes
    program: Path

    def offer(self, names: Sequence[str], colour: str) -> None:
        """Makes an Ingress for each name, with the colour's load balancer in its status."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(partial(self._offer, colour=colour), names))

    def _offer(self, name: str, colour: str) -> None:
        path = f"{_NAMESPACE}/{name}"
        backend = {"service": {"name": name, "port": {"number": 80}}}
        rule = {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
        ingress = {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {
                "name": name,
                "annotations": {"PublicDNSName": name, "PrivateDNSName": name},
            },
            "spec": {"ingressClassName": "alb", "rules": [rule]},
        }
        self.kube.apply(path, ingress)
        host = f"k8s-default-{name}-{colour:0>10}-1234567890.{REGION}.elb.amazonaws.com"
        status = {"loadBalancer": {"ingress": [{"hostname": host}]}}
        self.kube.patch(f"{path}/status", {"status": status})

    def start_writer(self, user: str, arguments: Sequence[str]) -> Process:
        """Starts an ExternalDNS as an IAM user of that name."""
        self.aws.iam.create_user(UserName=user)
        key = self.aws.iam.create_access_key(UserName=user)["AccessKey"]
        kubeconfig = self.plane.write_kubeconfig(user, self.plane.connection.identity)
        environment = {
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "AWS_EC2_METADATA_DISABLED": "true",
            "EXTERNAL_DNS_KUBECONFIG": str(kubeconfig),
            "EXTERNAL_DNS_METRICS_ADDRESS": f"127.0.0.1:{free_port()}",
        }
        log = self.state.logs / f"{user}.log"
        return self.processes.start(user, [str(self.program), *arguments], log, environment)


@contextmanager
def running(route53: Route53Settings) -> Generator[World]:
    """A world in a temporary folder; everything ends with the block."""
    minor = SHIPPED[0]
    tools = ensure((ETCD, EXTERNAL_DNS, KWOK, *control_plane(minor)))
    with tempfile.TemporaryDirectory(prefix="live-names-") as folder:
        state = StateFolder(Path(folder))
        state.logs.mkdir()
        port = free_port()
        aws = AwsClients(f"http://127.0.0.1:{port}", REGION)
        api = AwsApi(port, state.aws_calls, NotThere(), lambda _: None, route53)
        processes = Processes()
        services = CloudServices(
            state=state,
            processes=processes,
            aws=aws,
            aws_url=aws.url,
            instance_changes=lambda: api.changing("ec2", "autoscaling"),
            tool=tools.__getitem__,
            tool_now=tools.__getitem__,
            # Nobody comes with a token: certificates are enough here.
            token_webhook_url=lambda name: f"https://127.0.0.1:{port}/{name}",
            webhook_ca_pem=Authority.create(state.authority, "bench").certificate_pem,
        )
        spec = ClusterSpec(
            "eks-green", "0" * 32, minor, REGION, ACCOUNT_ID, "172.20.0.0/16", "vpc-0"
        )
        plane = ControlPlane(spec, services)
        api.start()
        try:
            plane.start()
            kube = Kube(plane.connection)
            zones = _make_zones(aws)
            yield World(state, api, kube, zones, aws, plane, processes, tools[EXTERNAL_DNS])
        finally:
            plane.stop()
            processes.close()
            api.stop()


def _make_zones(aws: AwsClients) -> Zones:
    vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    public = aws.route53.create_hosted_zone(Name=ZONE, CallerReference="public")
    private = aws.route53.create_hosted_zone(
        Name=ZONE,
        CallerReference="private",
        VPC={"VPCId": vpc, "VPCRegion": "eu-west-1"},
        HostedZoneConfig={"PrivateZone": True},
    )
    public_zone, private_zone = (
        _zone(made["HostedZone"]["Id"].removeprefix("/hostedzone/")) for made in (public, private)
    )
    return Zones(public=public_zone, private=private_zone, api=public_zone)


def _zone(zone: str) -> Zone:
    return Zone(id=zone, name=ZONE, arn=f"arn:aws:route53:::hostedzone/{zone}")
