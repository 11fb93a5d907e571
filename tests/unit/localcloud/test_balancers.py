"""Load balancers answer on their addresses, count, and are gone when they are deleted."""

import json
import threading
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta

import pytest
import urllib3

from localcloud.processes import free_port
from localcloud.server.balancers import BalancerServer
from localcloud.server.names import load_balancer_address
from localcloud.state import REGION
from localcloud.traffic import NO_ADDRESS, NO_ANSWER, Resolver, Traffic
from tests import waiting
from tests.unit.localcloud.conftest import Aws

LONG = 3600.0
"""Seconds; `ended` comes long before."""


@pytest.fixture
def server(aws: Aws) -> Generator[BalancerServer]:
    assert aws.api
    server = BalancerServer(REGION, free_port())
    server.start()
    yield server
    server.stop()


def make(aws: Aws, kind: str, cluster: str = "eks-green") -> tuple[str, str]:
    """ARN and address of a new load balancer."""
    session, url = aws.session(), aws.cloud.aws_url
    ec2 = session.client("ec2", endpoint_url=url)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    elb = session.client("elbv2", endpoint_url=url)
    made = elb.create_load_balancer(
        Name=f"lb-{kind}",
        Type=kind,  # pyright: ignore[reportArgumentType]
        Subnets=[subnet],
        Tags=[{"Key": "elbv2.k8s.aws/cluster", "Value": cluster}],
    )["LoadBalancers"][0]
    return made["LoadBalancerArn"], load_balancer_address(made["DNSName"].lower())


def wait_until(condition: Callable[[], bool]) -> None:
    waiting.wait_until("it comes to hold", condition, pause=0.05)


def ask(address: str, port: int) -> dict[str, str] | None:
    """The answer, or None when nobody gives one."""
    try:
        with urllib3.PoolManager(retries=False) as pool:
            return json.loads(pool.request("GET", f"http://{address}:{port}/").data)
    except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ProtocolError):
        return None


def total(aws: Aws, arn: str, namespace: str, name: str, statistic: str = "Sum") -> float:
    """A metric's values of the last minutes, as a client of CloudWatch asks for them."""
    client = aws.session().client("cloudwatch", endpoint_url=aws.cloud.aws_url)
    now = datetime.now(UTC)
    found = client.get_metric_data(
        MetricDataQueries=[
            {
                "Id": "q",
                "MetricStat": {
                    "Metric": {
                        "Namespace": namespace,
                        "MetricName": name,
                        "Dimensions": [
                            {"Name": "LoadBalancer", "Value": arn.partition(":loadbalancer/")[2]}
                        ],
                    },
                    "Period": 60,
                    "Stat": statistic,
                },
            }
        ],
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=2),
    )
    return sum(found["MetricDataResults"][0]["Values"])


def test_an_application_load_balancer_answers_with_its_colour_and_counts(
    aws: Aws, server: BalancerServer
) -> None:
    arn, address = make(aws, "application")
    wait_until(lambda: ask(address, server.port) is not None)
    answer = ask(address, server.port)
    assert answer == {
        "colour": "green",
        "cluster": "eks-green",
        "load_balancer": "lb-application",
    }
    with urllib3.PoolManager(retries=False) as pool:
        for _ in range(5):  # over one connection
            pool.request("GET", f"http://{address}:{server.port}/")
    # One look found it listening, then there were six requests more.
    wait_until(lambda: total(aws, arn, "AWS/ApplicationELB", "RequestCount") == 7)
    assert total(aws, arn, "AWS/NetworkELB", "NewFlowCount") == 0


def test_a_network_load_balancer_counts_flows(aws: Aws, server: BalancerServer) -> None:
    arn, address = make(aws, "network")
    wait_until(lambda: ask(address, server.port) is not None)
    with urllib3.PoolManager(retries=False) as pool:
        for _ in range(5):
            pool.request("GET", f"http://{address}:{server.port}/")
        wait_until(lambda: total(aws, arn, "AWS/NetworkELB", "NewFlowCount") == 2)
    assert total(aws, arn, "AWS/NetworkELB", "ActiveFlowCount", "Maximum") >= 1
    assert total(aws, arn, "AWS/ApplicationELB", "RequestCount") == 0


def test_a_quiet_load_balancer_reports_nothing(aws: Aws, server: BalancerServer) -> None:
    quiet, _ = make(aws, "application")
    busy, address = make(aws, "network")
    wait_until(lambda: ask(address, server.port) is not None)
    wait_until(lambda: total(aws, busy, "AWS/NetworkELB", "NewFlowCount") > 0)
    client = aws.session().client("cloudwatch", endpoint_url=aws.cloud.aws_url)
    dimensions = [
        dimension["Value"]
        for metric in client.list_metrics()["Metrics"]
        for dimension in metric["Dimensions"]
    ]
    assert busy.partition(":loadbalancer/")[2] in dimensions
    assert quiet.partition(":loadbalancer/")[2] not in dimensions


def test_nobody_answers_for_a_deleted_one(aws: Aws, server: BalancerServer) -> None:
    arn, address = make(aws, "application")
    wait_until(lambda: ask(address, server.port) is not None)
    client = aws.session().client("elbv2", endpoint_url=aws.cloud.aws_url)
    client.delete_load_balancer(LoadBalancerArn=arn)
    wait_until(lambda: ask(address, server.port) is None)


def test_a_client_keeps_an_answer_for_its_ttl() -> None:
    now = 0.0
    told = ["127.1.0.1"]
    resolver = Resolver(lambda _: (tuple(told), 60.0), lambda: now)
    assert resolver.addresses("web") == ("127.1.0.1",)
    told[0] = "127.1.0.2"
    now = 59.9
    assert resolver.addresses("web") == ("127.1.0.1",)
    now = 60.1
    assert resolver.addresses("web") == ("127.1.0.2",)


def test_traffic_is_counted_by_colour(
    aws: Aws, server: BalancerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, address = make(aws, "application", "eks-blue")
    wait_until(lambda: ask(address, server.port) is not None)
    told = {"web": [address], "gone": ["127.9.9.9"], "none": []}
    monkeypatch.setattr("localcloud.traffic.ask_server", lambda name, _port: (told[name], 60.0))  # pyright: ignore[reportUnknownLambdaType]
    traffic = Traffic(["web", "gone", "none"], dns_port=1, balancer_port=server.port, clients=2)
    traffic.run(rate=200, seconds=LONG, ended=_after(traffic, 30))
    assert {key[1] for key in traffic.counts if key[0] == "web"} == {"blue"}
    assert {key[1] for key in traffic.counts if key[0] == "gone"} == {NO_ANSWER}
    assert {key[1] for key in traffic.counts if key[0] == "none"} == {NO_ADDRESS}


def _after(traffic: Traffic, requests: int) -> threading.Event:
    """An event that comes once so many requests were answered."""
    ended = threading.Event()

    def watch() -> None:
        wait_until(lambda: sum(traffic.counts.values()) >= requests)
        ended.set()

    threading.Thread(target=watch, daemon=True).start()
    return ended
