"""`bluegreen preflight` on an empty account: it passes; each finding is provoked, then mended."""

import json
import shlex
from collections.abc import Generator, Mapping
from typing import Any

import boto3
import pytest
import yaml
from dnslib import RCODE, DNSRecord
from dnslib.server import BaseResolver, DNSLogger, DNSServer

from catalogue.chart_archives import LOCK
from catalogue.minors import MINORS
from localcloud.faults import KUBERNETES, REGISTRY, Fault, FaultClient
from localcloud.processes import free_port
from localcloud.server.seeds import USER
from localcloud.state import REGION
from tests.e2e.platform.running import Platform, empty_cloud

OK, REFUSED, UNSEEN = 0, 3, 8
SPOT_ROLE = "aws-service-role/spot.amazonaws.com"
GROUP = {"capacity": "on-demand", "instanceTypes": ["m7i.large"], "min": 3, "max": 9}
# EC2 has it in two of the region's three zones, as moto's copy of AWS's answers says.
RARE = "c8a.large"
WITHOUT_PREFIXES = "m4.large"
NAMES = {"public": "devinfra.fr", "private": "devinfra.local", "api": "devinfra.info"}

Finding = Mapping[str, Any]
Findings = Mapping[str, Finding]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Generator[Platform]:
    with empty_cloud(tmp_path_factory.mktemp("cloud")) as platform:
        yield platform


@pytest.fixture
def platform(cloud: Platform) -> Generator[Platform]:
    """The cloud; its stack files and faults are as before after each test."""
    files = {path: path.read_bytes() for path in cloud.state.project.glob("Pulumi.*.yaml")}
    yield cloud
    FaultClient(cloud.cloud).clear()
    for path, content in files.items():
        path.write_bytes(content)


def preflight(platform: Platform, *options: str) -> tuple[int, Findings]:
    """Exit code, and findings by rule."""
    ran = platform.run("bluegreen", "preflight", *options, "--json", check=False)
    assert ran.stdout, ran.stderr
    return ran.returncode, {it["rule"]: it for it in json.loads(ran.stdout)["findings"]}


def verdicts(findings: Findings, *wanted: str) -> dict[str, str]:
    """Rules with one of these verdicts."""
    return {rule: it["verdict"] for rule, it in findings.items() if it["verdict"] in wanted}


def edit(platform: Platform, stack: str, **values: object) -> None:
    """Sets keys of a stack file."""
    path = platform.state.project / f"Pulumi.{stack}.yaml"
    content = yaml.safe_load(path.read_text())
    content["config"] |= {f"eks-platform:{key}": value for key, value in values.items()}
    path.write_text(yaml.safe_dump(content, sort_keys=False))


def do(platform: Platform, remedy: str) -> None:
    """Runs the commands of a remedy, as they stand there."""
    commands = [line for line in remedy.splitlines() if line.startswith("aws ")]
    assert commands, remedy
    for command in commands:
        platform.run(*shlex.split(command))


def lack(platform: Platform, *calls: tuple[str, str]) -> None:
    """Lets AWS, or a registry, have nothing of what some calls ask for."""
    FaultClient(platform.cloud).add(
        *(Fault(service=service, action=action, kind="empty") for service, action in calls)
    )


def test_it_passes_and_says_what_comes(platform: Platform) -> None:
    code, found = preflight(platform)
    assert code == OK, verdicts(found, "fail", "unseen")
    assert set(verdicts(found, "note")) == {
        "roles-to-come",
        "delegation devinfra.fr",
        "delegation devinfra.info",
    }


def test_people_read_it_at_80_columns(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    edit(platform, "blue", nodeGroups={"base": GROUP | {"max": 200}})
    ran = platform.run("bluegreen", "preflight", "--colour", "blue", check=False)
    assert ran.returncode == REFUSED
    table, _, below = ran.stdout.partition("└")
    assert max(map(len, table.splitlines())) <= 80
    (command,) = (line for line in below.splitlines() if line.startswith("  aws "))
    assert command.endswith("--quota-code L-1216C47A --desired-value 400")


def test_a_chart_that_is_not_kept_is_named_and_one_command_fetches_it(platform: Platform) -> None:
    project = platform.state.project
    kept = sorted((project / "charts").iterdir())
    before = {path: path.read_bytes() for path in (*kept, project / LOCK)}
    handler, cilium = (
        next(it for it in kept if it.name.startswith(name))
        for name in ("aws-node-termination-handler", "cilium")
    )
    handler.unlink()
    cilium.write_bytes(b"half")
    code, found = preflight(platform)
    assert (code, verdicts(found, "fail", "unseen")) == (REFUSED, {"charts": "fail"})
    assert [it.partition(":")[0] for it in found["charts"]["details"]] == [
        f"./charts/{path.name}" for path in (cilium, handler)
    ]
    assert "`bluegreen charts`" in found["charts"]["remedy"]
    assert platform.run("bluegreen", "charts", "--check", check=False).returncode == REFUSED
    said = platform.run("bluegreen", "charts").stdout
    assert f"2 fetched, {len(kept) - 2} kept, in ./charts" in said
    assert {path: path.read_bytes() for path in before} == before
    assert platform.run("bluegreen", "charts", "--check").returncode == OK


_AWAY = ("cilium-", "aws-node-termination-handler-", "karpenter-")
"""Charts of these have their publishers in the test below."""


def test_a_publisher_that_is_away_keeps_no_other_chart_away(platform: Platform) -> None:
    project = platform.state.project
    lock = (project / LOCK).read_text()
    before = {path: path.read_bytes() for path in (project / "charts").iterdir()}
    for path in before:
        path.unlink()
    FaultClient(platform.cloud).add(
        Fault(service=REGISTRY, action="helm.cilium.io", kind="error"),
        Fault(service=REGISTRY, action="public.ecr.aws/*", kind="empty"),
    )
    ran = platform.run("bluegreen", "charts", check=False)
    assert ran.returncode == 1
    assert "not fetched: cilium-" in ran.stdout
    assert "not fetched: aws-node-termination-handler-" in ran.stdout
    away = [it for it in before if it.name.startswith(_AWAY)]
    assert len(list((project / "charts").iterdir())) == len(before) - len(away)
    FaultClient(platform.cloud).clear()
    assert f"{len(away)} fetched" in platform.run("bluegreen", "charts").stdout
    assert {path: path.read_bytes() for path in before} == before
    assert (project / LOCK).read_text() == lock


def test_everything_that_aws_and_registries_lack_is_named_at_once(platform: Platform) -> None:
    for colour in ("blue", "green"):
        edit(platform, colour, charts="public")
    lack(
        platform,
        ("ssm", "GetParameters"),
        ("eks", "DescribeAddonVersions"),
        ("eks", "DescribeClusterVersions"),
        ("ec2", "DescribeInstanceTypeOfferings"),
        (REGISTRY, "helm.cilium.io"),
        (REGISTRY, "public.ecr.aws/*"),
        (REGISTRY, "registry.k8s.io/pause"),
    )
    code, found = preflight(platform)
    assert code == REFUSED
    lacking = {
        "node-images": ("no SSM parameter /aws/", "catalogue/minors.py"),
        "eks-add-ons": (
            f"coredns {MINORS['1.35'].coredns} for 1.35; EKS has: none",
            "catalogue/minors.py",
        ),
        "kubernetes": ("1.35: EKS does not know it", "eks-platform:kubernetesVersion"),
        "instance-types": (
            "group on-demand of blue: none of its types can be had in eu-west-1a",
            "eks-platform:nodeGroups.NAME.instanceTypes",
        ),
        "charts": ("cilium 1.20.2 of https://helm.cilium.io/ is not", "catalogue/addons.py"),
        "images": ("registry.k8s.io/pause:", "catalogue/"),
    }
    assert verdicts(found, "fail", "unseen") == dict.fromkeys(lacking, "fail")
    for rule, (says, remedy) in lacking.items():
        assert any(line.startswith(says) for line in found[rule]["details"]), found[rule]
        assert remedy in found[rule]["remedy"]
    (handler,) = (it for it in found["charts"]["details"] if "oci://" in it)
    assert handler.startswith("aws-node-termination-handler 0.27.6 of")


def test_everything_that_stack_files_ask_too_much_of_is_named_at_once(platform: Platform) -> None:
    groups = {
        "base": GROUP | {"max": 100, "instanceTypes": [RARE]},
        "old": GROUP | {"instanceTypes": [WITHOUT_PREFIXES]},
    }
    edit(platform, "blue", nodeGroups=groups)
    edit(platform, "green", nodeGroups={"base": GROUP | {"instanceTypes": ["m7i.lagre"]}})
    edit(
        platform,
        "shared",
        network={"cidr": "10.40.0.0/20"},
        zones={kind: {"name": name} for kind, name in NAMES.items()},
    )
    code, found = preflight(platform)
    assert code == REFUSED
    assert verdicts(found, "fail", "unseen") == dict.fromkeys(
        ("stack-files", "instance-types", "addresses", "zones"), "fail"
    )
    assert "did you mean m7i.large?" in found["stack-files"]["details"][0]
    assert found["instance-types"]["details"] == [
        "group base of blue: none of its types can be had in eu-west-1c"
    ]
    assert found["prefixes"]["verdict"] == "note"
    assert "eks-platform:network.cidr" in found["addresses"]["remedy"]
    assert len(found["zones"]["details"]) == len(NAMES)
    # What the remedies say: another type, a larger network, create.
    groups["base"]["instanceTypes"] = [RARE, "m7i.large"]
    edit(platform, "blue", nodeGroups={"base": groups["base"]})
    edit(platform, "green", nodeGroups={"base": GROUP})
    zones = {kind: {"name": name, "create": True} for kind, name in NAMES.items()}
    edit(platform, "shared", network={"cidr": "10.40.0.0/16"}, zones=zones)
    code, found = preflight(platform)
    assert code == OK, verdicts(found, "fail", "unseen")


def test_a_quota_that_is_too_small_is_raised_by_the_remedy(platform: Platform) -> None:
    edit(platform, "blue", nodeGroups={"base": GROUP | {"max": 130}})
    code, found = preflight(platform)
    assert (code, verdicts(found, "fail", "unseen")) == (REFUSED, {"quotas": "fail"})
    assert "the quota is 256" in found["quotas"]["details"][0]
    do(platform, found["quotas"]["remedy"])
    assert preflight(platform)[0] == OK


def test_a_role_that_is_lacking_is_made_by_the_remedy(platform: Platform) -> None:
    iam = boto3.client("iam")
    (role,) = iam.list_roles(PathPrefix=f"/{SPOT_ROLE}/")["Roles"]
    iam.delete_service_linked_role(RoleName=role["RoleName"])
    code, found = preflight(platform)
    assert (code, verdicts(found, "fail")) == (REFUSED, {"service-linked-roles": "fail"})
    do(platform, found["service-linked-roles"]["remedy"])
    assert preflight(platform)[0] == OK


def test_what_the_caller_may_not_is_named(platform: Platform) -> None:
    iam = boto3.client("iam")
    denied = ["eks:CreateCluster", "iam:CreateServiceLinkedRole"]
    statement = {"Effect": "Deny", "Action": denied, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=USER, PolicyName="deny", PolicyDocument=document)
    try:
        code, found = preflight(platform)
    finally:
        iam.delete_user_policy(UserName=USER, PolicyName="deny")
    assert (code, verdicts(found, "fail", "unseen")) == (REFUSED, {"permissions": "fail"})
    assert found["permissions"]["details"] == [f"{it}: a policy denies it" for it in denied]
    assert preflight(platform)[0] == OK


def test_what_cannot_be_asked_is_not_seen_and_no_pass(platform: Platform) -> None:
    reads = [
        ("sts", "GetCallerIdentity"),
        ("iam", "ListRoles"),
        ("ssm", "GetParameters"),
        ("eks", "DescribeAddonVersions"),
        ("eks", "DescribeClusterVersions"),
        ("ec2", "DescribeInstanceTypes"),
        ("ec2", "DescribeSubnets"),
        ("servicequotas", "GetServiceQuota"),
        ("route53", "ListHostedZones"),
    ]
    for colour in ("blue", "green"):
        edit(platform, colour, charts="public")
    FaultClient(platform.cloud).add(
        *(Fault(service=service, action=action, kind="deny") for service, action in reads),
        Fault(service=REGISTRY, action="registry.k8s.io/pause", kind="error"),
        Fault(service=KUBERNETES, action="helm.cilium.io", kind="error"),
    )
    code, found = preflight(platform)
    assert code == UNSEEN
    assert verdicts(found, "fail", "note", "pass") == {
        "stack-files": "pass",
        "state": "pass",
    }
    assert {it["remedy"] for it in found.values()} == {""}
    assert all(it["details"] for rule, it in found.items() if rule != "stack-files")


def test_the_key_of_the_state_is_tried(platform: Platform) -> None:
    path = platform.state.project / "Pulumi.shared.yaml"
    right = path.read_text()
    path.write_text(right.replace("alias/pulumi-state", "alias/other"))
    code, found = preflight(platform)
    assert (code, verdicts(found, "fail", "unseen")) == (REFUSED, {"state": "fail"})
    assert "alias/other" in found["state"]["details"][0]
    assert "docs/aws.md" in found["state"]["remedy"]
    path.write_text(right)
    assert preflight(platform)[0] == OK


def test_pins_that_nobody_could_confirm_are_told(platform: Platform) -> None:
    edit(platform, "blue", kubernetesVersion="1.37")
    code, found = preflight(platform)
    # No record says whether one image is there, so the local cloud says neither.
    assert (code, verdicts(found, "fail", "unseen")) == (UNSEEN, {"images": "unseen"})
    told = {line.split()[0]: line.rpartition(": ")[2] for line in found["unconfirmed"]["details"]}
    assert told == {
        "coredns": "it is there",
        "ebs_csi": "it is there",
        "cluster_autoscaler": "not seen",
        "descheduler": "it is there",
    }


def test_bootstrap_refuses_what_preflight_names(platform: Platform) -> None:
    lack(platform, ("ssm", "GetParameters"))
    ran = platform.run("bluegreen", "bootstrap", "--colour", "blue", "--json", check=False)
    assert ran.returncode == REFUSED
    said = json.loads(ran.stdout)["error"]
    assert "nothing was made" in said
    assert "--skip-preflight" in said
    assert "no SSM parameter" in said
    assert boto3.client("eks", region_name=REGION).list_clusters()["clusters"] == []


class Nothing(BaseResolver):
    """A resolver whose parent zones name nobody."""

    def resolve(self, request: DNSRecord, handler: object) -> DNSRecord:
        reply = request.reply()
        reply.header.rcode = RCODE.NXDOMAIN
        return reply


@pytest.fixture
def nothing() -> Generator[str]:
    port = free_port()
    logger = DNSLogger("-request,-reply,-truncated,-error,-recv,-send,-data")
    server = DNSServer(Nothing(), port=port, address="127.0.0.1", logger=logger)
    server.start_thread()
    yield f"127.0.0.1:{port}"
    server.stop()
    server.server.server_close()


def test_zones_that_were_there_before(platform: Platform, nothing: str) -> None:
    """Not delegated, not heard, not in the VPC, there twice: and the way out of each."""
    ec2 = boto3.client("ec2", region_name=REGION)
    route53 = boto3.client("route53", region_name=REGION)
    other, ours = (
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"] for number in (8, 9)
    )
    subnets = [
        ec2.create_subnet(
            VpcId=ours, CidrBlock=f"10.9.{32 * n}.0/19", AvailabilityZone=f"{REGION}{'abc'[n % 3]}"
        )["Subnet"]["SubnetId"]
        for n in range(6)
    ]
    public = NAMES["public"]
    made = route53.create_hosted_zone(Name=public, CallerReference=public)["DelegationSet"]
    route53.create_hosted_zone(Name=NAMES["api"], CallerReference=NAMES["api"])
    route53.create_hosted_zone(
        Name=NAMES["private"],
        CallerReference=NAMES["private"],
        VPC={"VPCRegion": "eu-west-1", "VPCId": other},
        HostedZoneConfig={"PrivateZone": True},
    )

    code, found = preflight(platform)
    assert (code, len(found["second-zone"]["details"])) == (OK, len(NAMES))
    assert "leave create out" in found["second-zone"]["remedy"]
    existing = {
        "vpcId": ours,
        "publicSubnetIds": subnets[:3],
        "privateSubnetIds": [*subnets[3:5], "subnet-0123456789abcdef0"],
    }
    zones = {kind: {"name": name} for kind, name in NAMES.items()}
    edit(platform, "shared", zones=zones, network={"existing": existing})
    code, found = preflight(platform)
    assert code == REFUSED
    assert verdicts(found, "fail", "unseen") == {"network": "fail", "private-zone": "fail"}
    assert found["network"]["details"] == ["subnet-0123456789abcdef0 is not there"]
    existing["privateSubnetIds"] = subnets[3:]
    edit(platform, "shared", network={"existing": existing})
    do(platform, found["private-zone"]["remedy"])
    code, found = preflight(platform)
    assert code == OK, verdicts(found, "fail", "unseen")
    assert found["private-zone"]["verdict"] == found["delegation devinfra.fr"]["verdict"] == "pass"

    code, found = preflight(platform, "--resolver", nothing)
    assert (code, found["name-servers"]["verdict"]) == (UNSEEN, "unseen")
    undelegated = found["delegation devinfra.fr"]
    assert (undelegated["verdict"], undelegated["details"]) == ("note", ["resolvers know: none"])
    for server in made["NameServers"]:
        assert server in undelegated["remedy"]

    code, found = preflight(platform, "--resolver", f"127.0.0.1:{free_port()}")
    silent = {"name-servers": "unseen"}
    silent |= {f"delegation {NAMES[kind]}": "unseen" for kind in ("public", "api")}
    assert (code, verdicts(found, "fail", "unseen")) == (UNSEEN, silent)
