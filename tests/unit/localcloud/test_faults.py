"""Faults that were asked for happen, to whom they should, as often as they should."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.exceptions import ConnectionError as BotoConnectionError
from pydantic import ValidationError

from localcloud.control import RefusedError, request
from localcloud.faults import Fault, FaultClient, Kind
from localcloud.server.faults import Faults, emptied, kill_peer
from tests.unit.localcloud.conftest import Aws
from tests.unit.localcloud.test_route53 import a_change, change, make_zone, names
from tests.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

CHANGE = "ChangeResourceRecordSets"
BROKEN = (ConnectionClosedError, BotoConnectionError)


@pytest.fixture
def faults(aws: Aws) -> FaultClient:
    return FaultClient(aws.cloud)


@pytest.fixture
def route53(aws: Aws) -> "Route53Client":
    return aws.route53()


@pytest.fixture
def zone(aws: Aws) -> str:
    return make_zone(aws.own_route53)


def test_none_happen_unless_asked_for(
    faults: FaultClient, route53: "Route53Client", zone: str
) -> None:
    names(route53, zone)
    assert faults.report().standing == ()
    assert faults.report().fired == ()


def test_a_throttled_call_was_not_made(
    aws: Aws, faults: FaultClient, route53: "Route53Client", zone: str
) -> None:
    faults.add(Fault(service="route53", action=CHANGE, kind="throttle", count=1))
    with pytest.raises(ClientError, match="Rate exceeded"):
        change(route53, zone, a_change("CREATE", "a.example.com", "192.0.2.1"))
    assert names(route53, zone) == ["example.com.", "example.com."]
    change(route53, zone, a_change("CREATE", "a.example.com", "192.0.2.1"))
    (standing,) = faults.report().standing
    assert (standing.matched, standing.fired) == (2, 1)
    (fired,) = faults.clear().fired
    assert (fired.service, fired.action, fired.number) == ("route53", CHANGE, 1)
    entry = next(e for e in map(json.loads, aws.log.read_text().splitlines()) if "fault" in e)
    assert (entry["fault"], entry["happened"], entry["error"]) == (
        "throttle before",
        False,
        "Throttling",
    )


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["error", "reset"])
def test_after_means_that_it_was_done(
    aws: Aws, faults: FaultClient, route53: "Route53Client", kind: str, when: str
) -> None:
    zone = make_zone(aws.own_route53)
    faults.add(Fault.model_validate({"action": CHANGE, "kind": kind, "when": when, "count": 1}))
    error = ClientError if kind == "error" else BROKEN
    with pytest.raises(error):
        change(route53, zone, a_change("CREATE", "a.example.com", "192.0.2.1"))
    faults.clear()
    assert ("a.example.com." in names(route53, zone)) is (when == "after")
    entries = map(json.loads, aws.log.read_text().splitlines())
    entry = next(e for e in entries if e["action"] == CHANGE)
    assert entry["happened"] is (when == "after")
    assert entry["status"] == (500 if kind == "error" else 0)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("throttle", ("RequestLimitExceeded", "Throttling", "ThrottlingException")),
        ("deny", ("UnauthorizedOperation", "AccessDenied", "AccessDeniedException")),
    ],
)
def test_every_service_says_its_own_error(
    kind: Kind, expected: tuple[str, str, str], aws: Aws, faults: FaultClient
) -> None:
    of_ec2, in_xml, in_json = expected
    faults.add(Fault(kind=kind))
    url = aws.cloud.aws_url
    make: Any = aws.session().client
    codes: dict[str, str] = {}
    for name, call in (
        ("ec2", "describe_vpcs"),
        ("ssm", "describe_parameters"),
        ("sts", "get_caller_identity"),
        ("eks", "list_clusters"),
        ("elbv2", "describe_load_balancers"),
        ("autoscaling", "describe_auto_scaling_groups"),
    ):
        client = make(name, endpoint_url=url, config=Config(retries={"total_max_attempts": 1}))
        with pytest.raises(ClientError) as error:
            getattr(client, call)()
        codes[name] = error.value.response.get("Error", {}).get("Code", "")
    assert codes == {
        "ec2": of_ec2,
        "ssm": in_json,
        "sts": in_xml,
        "eks": in_json,
        "elbv2": in_xml,
        "autoscaling": in_xml,
    }


@pytest.mark.parametrize(
    ("kind", "code"), [("throttle", "Throttling"), ("error", "InternalFailure")]
)
def test_a_service_that_is_asked_in_json_fails_in_json(
    kind: Kind, code: str, aws: Aws, faults: FaultClient
) -> None:
    make: Any = aws.session().client
    once = Config(retries={"total_max_attempts": 1})
    client = make("cloudwatch", endpoint_url=aws.cloud.aws_url, config=once)
    faults.add(Fault(service="monitoring", kind=kind))
    with pytest.raises(ClientError) as error:
        client.list_metrics()
    assert error.value.response.get("Error", {}).get("Code") == code


def test_the_own_calls_of_the_cloud_never_fail(aws: Aws, faults: FaultClient) -> None:
    faults.add(Fault(kind="error"))
    make_zone(aws.own_route53)
    assert faults.report().standing[0].matched == 0


def test_a_fault_can_be_for_one_caller(
    faults: FaultClient, route53: "Route53Client", zone: str
) -> None:
    faults.add(Fault(kind="error", caller="*live-external-dns*"))
    names(route53, zone)
    faults.add(Fault(kind="error", caller="unknown key AKIAOUTSIDER*"))
    with pytest.raises(ClientError):
        names(route53, zone)


def test_calls_can_be_chosen_by_number() -> None:
    faults = Faults()
    faults.add([Fault(kind="error", calls=(2, 4), count=2)])
    struck = [faults.decide("route53", "GetChange") is not None for _ in range(6)]
    assert struck == [False, True, False, True, False, False]


def test_a_seed_decides_alone() -> None:
    def run(seed: int) -> list[bool]:
        faults = Faults()
        faults.add([Fault(kind="error", probability=0.3, seed=seed)])
        return [faults.decide("sts", "AssumeRole") is not None for _ in range(200)]

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert 30 < sum(run(1)) < 90


def test_patterns_of_services_mean_no_cluster() -> None:
    faults = Faults()
    faults.add([Fault(kind="error"), Fault(service="kubernetes", action="eks-b*", kind="reset")])
    assert faults.decide("webhook", "eks-blue") is None
    assert faults.decide("kubernetes", "eks-green") is None
    strike = faults.decide("kubernetes", "eks-blue")
    assert strike is not None
    assert strike.fault.kind == "reset"


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "throttle", "when": "after"},
        {"kind": "deny", "when": "after"},
        {"kind": "delay"},
        {"kind": "error", "calls": [0]},
        {"kind": "throttle", "service": "kubernetes"},
        {"kind": "reset", "when": "after", "service": "webhook"},
        {"kind": "error", "probability": 0},
        {"kind": "error", "unknown": 1},
        {"kind": "flood"},
    ],
)
def test_a_fault_that_cannot_be_is_refused(aws: Aws, bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Fault.model_validate(bad)
    with pytest.raises(RefusedError):
        request(aws.cloud, "POST", "faults", json.dumps(bad).encode())
    assert FaultClient(aws.cloud).report().standing == ()


CALL = """
import boto3, sys
boto3.client("route53", region_name="eu-west-1").get_hosted_zone(Id=sys.argv[1])
"""


def test_a_client_can_be_killed_while_it_calls(
    aws: Aws, faults: FaultClient, route53: "Route53Client", zone: str
) -> None:
    faults.add(Fault(service="route53", action="GetHostedZone", kind="kill", count=1))
    # This very process is no client that was started for the local cloud, and is spared.
    with pytest.raises(BROKEN):
        route53.get_hosted_zone(Id=zone)
    assert "spared" in faults.clear().fired[0].outcome
    faults.add(Fault(service="route53", action="GetHostedZone", kind="kill"))
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": aws.cloud.aws_url,
        "AWS_ACCESS_KEY_ID": "AKIAOUTSIDER00000000",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    client = subprocess.run(
        [sys.executable, "-c", CALL, zone], env=environment, capture_output=True, check=False
    )
    assert client.returncode == -9
    # Whoever kills writes it down after it is done.
    wait_until("the kill was noted", lambda: "kill " not in faults.report().fired[0].outcome)
    assert faults.report().fired[0].outcome.startswith("killed ")


CALLER = """
import socket, sys
own, other = map(int, sys.argv[1:])
calling = socket.socket()
calling.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
calling.bind(("127.0.0.1", own))
calling.connect(("127.0.0.1", other))
calling.recv(1)
"""


def test_who_has_the_same_port_for_another_server_is_not_killed() -> None:
    """The system gives one port of a client to two of them where they call different servers."""
    endpoint = "http://127.0.0.1:1"
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
        ours = stack.enter_context(socket.socket())
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ours.bind(("127.0.0.1", 0))
        shared = ours.getsockname()[1]
        ours.connect(servers[0].getsockname())
        other = servers[1].getsockname()[1]
        client = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", CALLER, str(shared), str(other)],
                env={"AWS_ENDPOINT_URL": endpoint},
            )
        )
        stack.callback(client.kill)
        stack.enter_context(servers[1].accept()[0])
        for server, expected in (servers[0], "spared"), (servers[1], f"killed {client.pid} "):
            ports = shared, server.getsockname()[1]
            outcome, _ = kill_peer(ports, endpoint, parent=False, forks={})
            assert outcome.startswith(expected)
        assert client.wait() == -9


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b'{"addons": [{"addonName": "coredns"}], "next": "a"}', b'{"addons": [], "next": "a"}'),
        (
            b"<R><id>1</id><vpcSet> <item><s><item>a</item></s></item><item>b</item></vpcSet></R>",
            b"<R><id>1</id><vpcSet/></R>",
        ),
        (b"<R><vpcSet/></R>", b"<R><vpcSet/></R>"),
    ],
)
def test_an_answer_without_what_was_asked_for(answer: bytes, expected: bytes) -> None:
    assert emptied(answer) == expected


def test_what_an_account_lacks(aws: Aws, faults: FaultClient) -> None:
    ec2 = aws.session().client("ec2", endpoint_url=aws.cloud.aws_url)
    assert ec2.describe_vpcs()["Vpcs"] != []
    faults.add(Fault(service="ec2", action="DescribeVpcs", kind="empty", count=1))
    assert ec2.describe_vpcs()["Vpcs"] == []
    assert ec2.describe_vpcs()["Vpcs"] != []
