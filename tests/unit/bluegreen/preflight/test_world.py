"""What is asked of an account, against moto's, and of registries."""

import io
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from email.message import Message
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import create_autospec

import pytest
from moto.iam.responses import IamResponse
from moto.servicequotas.models import ServiceQuotasBackend

from bluegreen.preflight import capacity
from bluegreen.preflight.account import Caller, Simulated
from bluegreen.preflight.actions import _WITHOUT_RESOURCES as WITHOUT_RESOURCES
from bluegreen.preflight.actions import _read
from bluegreen.preflight.capacity import QuotaKey
from bluegreen.preflight.looks import Unseen
from bluegreen.preflight.preflight import Preflight
from bluegreen.world import backend, downloads, identity, offers, quotas, zones
from bluegreen.world.aws import Aws
from bluegreen.world.resolver import Server
from catalogue.entries import Chart
from catalogue.instance_types import instance_type
from localcloud.server import quotas as stand_in_quotas
from localcloud.server.permissions import simulation
from settings.network import ExistingNetwork, OwnNetwork
from tests.unit.bluegreen.preflight.files import wanted

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import TagTypeDef

ACCOUNT = "123456789012"
USER = f"arn:aws:iam::{ACCOUNT}:user/u"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    before = ServiceQuotasBackend.get_service_quota
    monkeypatch.setattr(ServiceQuotasBackend, "get_service_quota", before)
    monkeypatch.setattr(IamResponse, "simulate_principal_policy", None, raising=False)
    stand_in_quotas.install()
    simulation.install()


def test_types_and_their_zones(aws: Aws) -> None:
    found = offers.instance_offers(aws, ["m7i.large", "m99.large"])
    assert found["m7i.large"].kind == instance_type("m7i.large")
    assert {"eu-west-1a", "eu-west-1b", "eu-west-1c"} <= found["m7i.large"].zones
    assert (found["m99.large"].kind, found["m99.large"].zones) == (None, frozenset())


def test_parameters_that_are_there(aws: Aws) -> None:
    names = [f"/eks/{number:02}" for number in range(25)]
    for name in names[:20]:
        aws.ssm.put_parameter(Name=name, Value="ami-1", Type="String")
    assert set(offers.parameters(aws, names)) == set(names[:20])


def test_the_network_that_is_to_be_made(aws: Aws) -> None:
    own = OwnNetwork(cidr="10.40.0.0/20")
    assert offers.network_zones(aws, own) == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert [it.free for it in offers.private_subnets(aws, own)] == [1019] * 3


SUBNETS = ["subnet-12345678", "subnet-12345679", "subnet-1234567a"]


def network(vpc: str, private: list[str]) -> ExistingNetwork:
    public = ("subnet-87654321", "subnet-87654322", "subnet-87654323")
    given = {"vpcId": vpc, "publicSubnetIds": public, "privateSubnetIds": tuple(private)}
    return ExistingNetwork.model_validate({"existing": given})


def test_an_existing_network(aws: Aws) -> None:
    vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    private = [
        aws.ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-west-1{zone}"
        )["Subnet"]["SubnetId"]
        for n, zone in enumerate("abc")
    ]
    existing = network(vpc, private)
    assert [it.free for it in offers.private_subnets(aws, existing)] == [251] * 3
    assert offers.network_zones(aws, existing) == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]


@pytest.mark.usefixtures("stand_ins")
def test_quotas_and_what_others_have(aws: Aws, tmp_path: Path) -> None:
    keys = capacity.quotas(wanted(tmp_path))
    assert quotas.values(aws, keys)[capacity.VPCS] == 5
    with pytest.raises(quotas.NoQuotaError, match="L-1"):
        quotas.values(aws, [QuotaKey("vpc", "L-1", "nothing")])


def test_usage(aws: Aws) -> None:
    aws.ec2.allocate_address(Domain="vpc")
    image = aws.ec2.describe_images()["Images"][0].get("ImageId", "")
    for key in ("team", "kubernetes.io/cluster/eks-blue"):
        tags: list[TagTypeDef] = [{"Key": key, "Value": "owned"}]
        aws.ec2.run_instances(
            ImageId=image,
            MinCount=1,
            MaxCount=1,
            InstanceType="m7i.xlarge",
            TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
        )
    used = quotas.usage(aws, ["blue"])
    assert (used.vcpus, used.addresses, used.own_network) == ({"L-1216C47A": 4}, 1, False)


def user(aws: Aws, *statements: object) -> Caller:
    arn = aws.iam.create_user(UserName="u")["User"]["Arn"]
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    if statements:
        aws.iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=document)
    return Caller(ACCOUNT, arn, "eu-west-1", opted_in=True)


@pytest.mark.usefixtures("stand_ins")
def test_an_administrator_may_do_all(aws: Aws, tmp_path: Path) -> None:
    found = identity.simulate(aws, user(aws, EVERYTHING), wanted(tmp_path))
    assert found == Simulated((), ())


@pytest.mark.usefixtures("stand_ins")
def test_a_denial_is_named(aws: Aws, tmp_path: Path) -> None:
    deny = {"Effect": "Deny", "Action": "eks:CreateC*", "Resource": "*"}
    found = identity.simulate(aws, user(aws, EVERYTHING, deny), wanted(tmp_path))
    assert found == Simulated(("eks:CreateCluster: a policy denies it",), ())


def named(lines: Sequence[str]) -> set[str]:
    return {line.partition(": ")[0] for line in lines}


@pytest.mark.usefixtures("stand_ins")
def test_policies_may_name_what_the_platform_makes(aws: Aws, tmp_path: Path) -> None:
    """What knows no resources must be allowed on all; what EC2 names itself, nobody can tell."""
    allow = {
        "Effect": "Allow",
        "NotAction": ["sqs:CreateQueue"],
        "Resource": [
            "arn:aws:eks:*:*:*/eks-blue*",
            "arn:aws:iam::*:role/*",
            "arn:aws:iam::*:instance-profile/eks-*",
            "arn:aws:iam::*:oidc-provider/*",
            "arn:aws:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/eks-blue-*",
            "arn:aws:events:*:*:rule/*",
            "arn:aws:sqs:*:*:*",
            "arn:aws:logs:*:*:*",
            "arn:aws:ssm:*::parameter/aws/*",
        ],
    }
    found = identity.simulate(aws, user(aws, allow), wanted(tmp_path, "blue"))
    assert named(found.denied) == {"sqs:CreateQueue", *_read(WITHOUT_RESOURCES)}
    assert {it.partition(":")[0] for it in named(found.unsure)} == {"ec2", "kms", "route53"}
    green = identity.simulate(aws, Caller(ACCOUNT, USER, "eu-west-1", True), wanted(tmp_path))
    assert (
        "eks:CreateAddon: not allowed on arn:aws:eks:eu-west-1:123456789012:cluster/eks-green"
        in (green.denied)
    )


@pytest.mark.usefixtures("stand_ins")
def test_what_depends_on_conditions_is_not_seen(aws: Aws, tmp_path: Path) -> None:
    allow = EVERYTHING | {"Condition": {"StringEquals": {"aws:RequestTag/team": "platform"}}}
    found = identity.simulate(aws, user(aws, allow), wanted(tmp_path))
    assert found.denied == ()
    assert all("requesttag/team" in line for line in found.unsure)


def test_the_root_of_an_account_is_not_simulated(aws: Aws, tmp_path: Path) -> None:
    root = Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", "eu-west-1", opted_in=True)
    assert identity.simulate(aws, root, wanted(tmp_path)) == Simulated((), ())


def test_who_asks_and_roles_of_services(aws: Aws) -> None:
    assert identity.caller(aws).account == ACCOUNT
    assert not any(identity.linked_roles(aws).values())
    aws.iam.create_service_linked_role(AWSServiceName="spot.amazonaws.com")
    assert identity.linked_roles(aws)["spot.amazonaws.com"]


def test_zones_by_name(aws: Aws) -> None:
    aws.route53.create_hosted_zone(Name="devinfra.fr", CallerReference="1")
    found = zones.find_zones(aws, ["devinfra.fr", "devinfra.info"])
    (zone,) = found["devinfra.fr"]
    assert (zone.private, len(zone.servers), found["devinfra.info"]) == (False, 4, [])


def test_a_resolver_that_is_silent_is_named() -> None:
    found = zones.known_servers("devinfra.fr", [Server("127.0.0.1", 1)])
    assert isinstance(found, Unseen)
    assert "127.0.0.1:1" in found.why


def test_a_key_that_cannot_encrypt(aws: Aws) -> None:
    key = aws.kms.create_key()["KeyMetadata"]["KeyId"]
    aws.kms.create_alias(AliasName="alias/state", TargetKeyId=key)
    assert backend._why_not("awskms://alias/state?region=eu-west-1") == ""
    assert "NotFound" in str(backend._why_not("awskms://alias/other?region=eu-west-1"))


def test_a_passphrase_that_nobody_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)
    assert "is set" in str(backend._why_not("passphrase"))
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "")
    assert backend._why_not("passphrase") == ""
    assert isinstance(backend._why_not("gcpkms://x"), Unseen)


Answer = Callable[[urllib.request.Request], bytes]


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes | int | str]:
    """Answers by method and URL: a body, a status, or the challenge of a 401."""
    answers: dict[str, bytes | int | str] = {}

    def urlopen(request: urllib.request.Request, timeout: float) -> io.BytesIO:
        assert timeout > 0
        url = request.full_url
        answer = answers.get(f"{request.get_method()} {url}", HTTPStatus.NOT_FOUND)
        headers = Message()
        if isinstance(answer, str) and not request.has_header("Authorization"):
            headers["WWW-Authenticate"] = answer
            raise urllib.error.HTTPError(url, 401, "Unauthorized", headers, io.BytesIO())
        if isinstance(answer, int):
            raise urllib.error.HTTPError(url, answer, "no", headers, io.BytesIO())
        return io.BytesIO(answer if isinstance(answer, bytes) else b"")

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    return answers


CHART = Chart("cilium", {}, "https://helm.example.com/")
INDEX = "GET https://helm.example.com/index.yaml"


def test_charts_of_a_repository(web: dict[str, bytes | int | str]) -> None:
    web[INDEX] = b"urls:\n- charts/cilium-1.20.2.tgz\n"
    found = downloads.look_for_charts([(CHART, "1.20.2"), (CHART, "1.20.3")])
    assert list(found.values()) == [True, False]
    web[INDEX] = b"urls:\n- charts/not-cilium-1.20.2.tgz\n"
    assert set(downloads.look_for_charts([(CHART, "1.20.2")]).values()) == {False}
    web[INDEX] = HTTPStatus.BAD_GATEWAY
    (look,) = downloads.look_for_charts([(CHART, "1.20.2")]).values()
    assert isinstance(look, Unseen)


def test_an_oci_registry_gives_anybody_a_token(web: dict[str, bytes | int | str]) -> None:
    realm = "https://auth.example.com/token"
    challenge = f'Bearer realm="{realm}",service="r",scope="repository:helm/nth:pull"'
    web["HEAD https://r.example.com/v2/helm/nth/manifests/1.0"] = challenge
    web[f"GET {realm}?service=r&scope=repository%3Ahelm%2Fnth%3Apull"] = b'{"token": "t"}'
    chart = Chart("nth", {}, "oci://r.example.com/helm")
    assert downloads.has_chart(chart, "1.0")
    assert not downloads.has_chart(chart, "2.0")


def test_a_host_that_cannot_be_reached_is_not_seen_in_plain_words() -> None:
    charts = downloads.look_for_charts([(Chart("cilium", {}, "https://127.0.0.1:1/"), "1.20.2")])
    assert list(charts.values()) == [Unseen("Connection refused")]


def test_a_registry_that_names_no_place_for_tokens(web: dict[str, bytes | int | str]) -> None:
    web["HEAD https://r.example.com/v2/a/manifests/1"] = "Basic"
    (look,) = downloads.look_for_images(["r.example.com/a:1"]).values()
    assert isinstance(look, Unseen)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fluent/fluentd:v1", ("registry-1.docker.io", "fluent/fluentd", "v1")),
        ("docker.io/fluent/fluentd:v1", ("registry-1.docker.io", "fluent/fluentd", "v1")),
        ("registry.k8s.io/pause:3.10@sha256:ab", ("registry.k8s.io", "pause", "sha256:ab")),
    ],
)
def test_where_an_image_is(text: str, expected: tuple[str, str, str]) -> None:
    assert downloads.parse_reference(text) == expected


def test_subnets_that_are_not_there(aws: Aws) -> None:
    with pytest.raises(offers.NoSubnetError, match="none of the private subnets"):
        offers.private_subnets(aws, network("vpc-12345678", SUBNETS))
    assert offers.network_parts(aws, network("vpc-12345678", SUBNETS)) == {}


def test_the_vpc_of_the_shared_stack(aws: Aws) -> None:
    assert offers.network_vpc(aws, OwnNetwork()) is None
    tags: list[TagTypeDef] = [
        {"Key": "Project", "Value": "eks-platform"},
        {"Key": "Stack", "Value": "shared"},
    ]
    specification = {"ResourceType": "vpc", "Tags": tags}
    made = aws.ec2.create_vpc(
        CidrBlock="10.0.0.0/16",
        TagSpecifications=[specification],  # pyright: ignore[reportArgumentType]
    )
    assert offers.network_vpc(aws, OwnNetwork()) == made["Vpc"].get("VpcId")
    assert offers.network_vpc(aws, network("vpc-12345678", SUBNETS)) == "vpc-12345678"


def test_the_catalogues_own_charts_and_images_are_asked_for(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "has_chart", lambda *_: True)
    monkeypatch.setattr(downloads, "look_for_images", lambda images: dict.fromkeys(images, True))
    preflight = create_autospec(Preflight)
    preflight.aws, preflight.folder = aws, tmp_path
    public = {"charts": "public"}
    asked = wanted(tmp_path, blue=public, green=public)
    looks = {it.rule: it.verdict for it in Preflight._pins(preflight, asked)}
    assert (looks["charts"], looks["images"]) == ("pass", "pass")
    # Of a project that should keep its charts, and does not, nobody is asked.
    looks = {it.rule: it.verdict for it in Preflight._pins(preflight, wanted(tmp_path))}
    assert (looks["charts"], looks["images"]) == ("fail", "pass")
