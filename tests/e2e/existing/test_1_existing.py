"""The platform beside a VPC, zones and roles that were there before it, and stay after it.

Its colour has nodes of arm64 alone at first, then beside those of x86-64.
"""

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from pulumi import automation

from catalogue.minors import SHIPPED
from catalogue.versions import NodeArchitecture, node_image_parameter
from development.chaos.platform import shrink
from localcloud.faults import KUBERNETES, Fault, FaultClient
from localcloud.state import ACCOUNT_ID, REGION, StateFolder
from preview import engine, events
from tests.e2e.platform import inventory
from tests.e2e.platform.running import Platform, empty_cloud
from tests.waiting import wait_until

ZONES = {"public": "corp.example", "private": "corp.internal", "api": "corp-api.example"}
PEOPLE = {"admin": "Ops", "readwrite": "Leads", "readonly": "Devs"}
PATH = "/people/"
USERS = {
    "admin": "kubernetes-admin",
    "readwrite": "kubernetes-readwrite",
    "readonly": "kubernetes-readonly",
}
ARM = {"capacity": "on-demand", "instanceTypes": ["m7g.large", "m8g.large"], "min": 2, "max": 2}
INTEL = {**ARM, "instanceTypes": ["m7i.large", "m7a.large"], "min": 1}
OPTIONS = {"eks-platform:bastion": True, "eks-platform:dashboard": True}
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:on-call"
MONITORING = {"alarmTopics": [TOPIC], "prometheus": True}
LOGS = "/aws/eks/eks-blue/cluster"
POD_LOGS = "/eks/eks-blue/pods"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
_UNREACHED = 6  # connections that lead nowhere before one is served
_ELB_TAGS = {"public": "kubernetes.io/role/elb", "private": "kubernetes.io/role/internal-elb"}


@dataclass
class Account:
    """What the account had before the platform."""

    vpc: str = ""
    subnets: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    roles: dict[str, str] = field(default_factory=dict[str, str])
    boundary: str = ""
    before: dict[str, object] = field(default_factory=dict[str, object])
    inventory: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    @classmethod
    def make(cls) -> "Account":
        account = cls()
        account._network()
        account._zones()
        account._roles()
        account.before, account.inventory = account.read_account(), inventory.take_inventory()
        return account

    def is_untouched(self) -> bool:
        return self.read_account() == self.before

    def _network(self) -> None:
        ec2 = boto3.client("ec2", region_name=REGION)
        self.vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})
        for number, (kind, tag) in enumerate(_ELB_TAGS.items()):
            self.subnets[kind] = [
                ec2.create_subnet(
                    VpcId=self.vpc,
                    CidrBlock=f"10.9.{16 * (3 * number + zone)}.0/20",
                    AvailabilityZone=f"{REGION}{'abc'[zone]}",
                    TagSpecifications=[
                        {"ResourceType": "subnet", "Tags": [{"Key": tag, "Value": "1"}]}
                    ],
                )["Subnet"]["SubnetId"]
                for zone in range(3)
            ]

    def _zones(self) -> None:
        route53 = boto3.client("route53", region_name=REGION)
        for kind, name in ZONES.items():
            if kind == "private":
                vpc = {"VPCRegion": "eu-west-1", "VPCId": self.vpc}
                route53.create_hosted_zone(
                    Name=name,
                    CallerReference=name,
                    VPC=vpc,  # pyright: ignore[reportArgumentType]
                    HostedZoneConfig={"PrivateZone": True},
                )
            else:
                route53.create_hosted_zone(Name=name, CallerReference=name)

    def _roles(self) -> None:
        iam = boto3.client("iam", region_name=REGION)
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"},
            "Action": "sts:AssumeRole",
        }
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        for kind, name in PEOPLE.items():
            made = iam.create_role(RoleName=name, Path=PATH, AssumeRolePolicyDocument=trust)
            self.roles[kind] = made["Role"]["Arn"]
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        policy = iam.create_policy(
            PolicyName="boundary",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
        )
        self.boundary = policy["Policy"]["Arn"]

    def read_account(self) -> dict[str, object]:
        """All that is known of them, to compare."""
        ec2 = boto3.client("ec2", region_name=REGION)
        iam = boto3.client("iam", region_name=REGION)
        subnets = [it for ids in self.subnets.values() for it in ids]
        names = list(PEOPLE.values())
        return {
            "vpc": ec2.describe_vpcs(VpcIds=[self.vpc])["Vpcs"],
            "subnets": [
                {k: v for k, v in it.items() if k != "AvailableIpAddressCount"}
                for it in ec2.describe_subnets(SubnetIds=subnets)["Subnets"]
            ],
            "zones": self._records(),
            "roles": [{**iam.get_role(RoleName=it)["Role"], "RoleLastUsed": None} for it in names],
            "policies": [iam.list_role_policies(RoleName=it)["PolicyNames"] for it in names],
            "attached": [
                iam.list_attached_role_policies(RoleName=it)["AttachedPolicies"] for it in names
            ],
        }

    def _records(self) -> dict[str, object]:
        route53 = boto3.client("route53", region_name=REGION)
        return {
            zone["Name"]: [
                {"tags": route53.list_tags_for_resource(
                    ResourceType="hostedzone", ResourceId=zone["Id"].rsplit("/", 1)[-1]
                )["ResourceTagSet"]["Tags"]},
                *route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"],
            ]
            for zone in route53.list_hosted_zones()["HostedZones"]
        }  # fmt: skip


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Generator[Platform]:
    """A local cloud on which nothing of the platform stands yet, and the file of a small blue."""
    with empty_cloud(tmp_path_factory.mktemp("cloud")) as empty:
        file = empty.state.project / "Pulumi.blue.yaml"
        file.write_text(yaml.safe_dump(shrink(yaml.safe_load(file.read_text()))))
        configure_blue(empty.state, nodeGroups={"arm": ARM}, monitoring=MONITORING)
        yield empty


@pytest.fixture(scope="module")
def account(platform: Platform) -> Account:
    assert platform.outputs("shared") == {}
    return Account.make()


def configure(state: StateFolder, account: Account, **changes: object) -> None:
    """Writes the shared stack's file as docs/import.md has it."""
    path = state.project / "Pulumi.shared.yaml"
    document: dict[str, Any] = yaml.safe_load(path.read_text())
    values: Mapping[str, object] = {
        "aws:region": REGION,
        "eks-platform:network": {
            "existing": {
                "vpcId": account.vpc,
                "publicSubnetIds": account.subnets["public"],
                "privateSubnetIds": account.subnets["private"],
            }
        },
        "eks-platform:zones": {kind: {"name": name} for kind, name in ZONES.items()},
        # One by its name, as most are; the others by their ARNs.
        "eks-platform:humanRoles": {"existing": {**account.roles, "readonly": PEOPLE["readonly"]}},
        "eks-platform:permissionsBoundary": account.boundary,
        **changes,
    }
    document["config"] = dict(values)
    path.write_text(yaml.safe_dump(document))


def configure_blue(state: StateFolder, **changes: object) -> None:
    """Sets or, with None, takes away settings of blue's file."""
    path = state.project / "Pulumi.blue.yaml"
    document: dict[str, Any] = yaml.safe_load(path.read_text())
    for key, value in changes.items():
        document["config"][f"eks-platform:{key}"] = value
    document["config"] = {k: v for k, v in document["config"].items() if v is not None}
    path.write_text(yaml.safe_dump(document))


def test_shared_comes_up_beside_them_and_makes_nothing(
    platform: Platform, account: Account
) -> None:
    configure(platform.state, account)
    platform.up("shared")
    said = platform.outputs("shared")
    assert said["network"] == {
        "vpcId": account.vpc,
        "vpcCidr": "10.9.0.0/16",
        "vpcCidrs": ["10.9.0.0/16"],
        "podCidr": "10.9.0.0/16",
        "publicSubnetIds": account.subnets["public"],
        "privateSubnetIds": account.subnets["private"],
    }
    assert {kind: zone["name"] for kind, zone in said["zones"].items()} == ZONES
    assert said["humanRoles"] == account.roles
    assert account.is_untouched()
    assert inventory.take_inventory() == account.inventory


def test_all_that_is_not_there_is_told_at_once_without_a_traceback(
    platform: Platform, account: Account
) -> None:
    missing = f"vpc-{'0' * 17}"
    network = {
        "existing": {
            "vpcId": missing,
            "publicSubnetIds": account.subnets["public"],
            "privateSubnetIds": [*account.subnets["private"][:2], f"subnet-{'0' * 17}"],
        }
    }
    zones = {**{kind: {"name": name} for kind, name in ZONES.items()}, "api": {"name": "no.where"}}
    configure(
        platform.state,
        account,
        **{
            "eks-platform:network": network,
            "eks-platform:zones": zones,
            "eks-platform:humanRoles": {"existing": {**PEOPLE, "admin": "Nobody"}},
        },
    )
    with pytest.raises(automation.CommandError) as raised:
        platform.up("shared")
    said = str(raised.value)
    assert "4 mistakes in the settings of stack shared; nothing was changed." in said
    for place in (
        f'network.existing.vpcId: found "{missing}", expected one of the account in eu-west-1',
        "network.existing.privateSubnetIds[2]: found",
        'zones.api.name: found "no.where", expected one public zone of the account',
        'humanRoles.existing.admin: found "Nobody", expected the name of an IAM role',
    ):
        assert place in said
    assert "Traceback" not in said
    assert account.is_untouched()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"admin": "Nobody"}, "Nobody"),
        ({"admin": "Devs"}, "expected another role than humanRoles.existing.admin"),
    ],
)
def test_roles_that_cannot_be_used_are_named_and_nothing_changes(
    platform: Platform, account: Account, changes: dict[str, str], said: str
) -> None:
    roles = {**PEOPLE, **changes}
    configure(platform.state, account, **{"eks-platform:humanRoles": {"existing": roles}})
    with pytest.raises(automation.CommandError, match=said):
        platform.up("shared")
    assert account.is_untouched()


def bastions(platform: Platform) -> list[str]:
    """Ids of the instances by which the VPC is entered."""
    name = platform.outputs("shared")["bastion"]["autoScalingGroup"]
    autoscaling = boto3.client("autoscaling", region_name=REGION)
    found = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    return [it["InstanceId"] for it in found["AutoScalingGroups"][0]["Instances"]]


def test_a_bastion_is_one_instance_without_a_way_in_by_every_policy(
    platform: Platform, account: Account, tmp_path: Path
) -> None:
    configure(platform.state, account, **OPTIONS)
    log = tmp_path / "events.jsonl"
    assert engine.preview("shared", log, project=platform.state.project) == 0
    assert events.read_event_log("shared", log).violations == []
    platform.up("shared")
    (bastion,) = bastions(platform)
    ec2 = boto3.client("ec2", region_name=REGION)
    (found,) = ec2.describe_instances(InstanceIds=[bastion])["Reservations"]
    (instance,) = found["Instances"]
    assert instance["SubnetId"] in account.subnets["private"]
    assert instance["IamInstanceProfile"]["Arn"].endswith("/eks-platform-bastion")
    # What the launch template says: moto puts instances into the default group as well.
    named = ec2.describe_launch_template_versions(LaunchTemplateName="eks-platform-bastion")
    (interface,) = named["LaunchTemplateVersions"][0]["LaunchTemplateData"]["NetworkInterfaces"]
    groups = ec2.describe_security_groups(GroupIds=interface.get("Groups", []))["SecurityGroups"]
    assert [(it["GroupName"], it["IpPermissions"]) for it in groups] == [
        ("eks-platform-bastion", [])
    ]


def test_a_colour_comes_up_in_the_existing_vpc_for_the_existing_roles(
    platform: Platform, account: Account, tmp_path: Path
) -> None:
    """Also if its API server cannot be reached at first, as a private one on AWS.

    A Kubernetes provider that is made then would refuse all objects for the rest of the update.
    """
    configure(platform.state, account, **OPTIONS)
    platform.up("shared")
    platform.stack("blue").set_config(
        "eks-platform:permissionsBoundary", automation.ConfigValue(account.boundary)
    )
    faults = FaultClient(platform.cloud)
    faults.add(Fault(service=KUBERNETES, action="eks-blue", kind="error", count=_UNREACHED))
    said = platform.stack("blue").up(color="never").stdout
    assert "waiting up to 600 s for the API server of eks-blue" in said
    assert "the API server of eks-blue answers" in said
    assert len(faults.clear().fired) == _UNREACHED
    configure(
        platform.state,
        account,
        **OPTIONS,
        **{"eks-platform:colours": ["blue"], "eks-platform:activeColour": "blue"},
    )
    platform.up("shared")
    eks = boto3.client("eks", region_name=REGION)
    network = eks.describe_cluster(name="eks-blue")["cluster"]["resourcesVpcConfig"]
    assert set(network["subnetIds"]) == set(account.subnets["private"])
    assert f"api.{ZONES['api']}" in {name for name, _ in platform.records(ZONES["api"])}

    file = tmp_path / "config"
    platform.run("eks-platform-kubeconfig", "--stack", "shared", "--kubeconfig", str(file))
    for kind, user in USERS.items():
        who = ("--context", f"eks-{kind}", "auth", "whoami", "-o", "json")
        said = platform.run("kubectl", "--kubeconfig", str(file), *who).stdout
        assert json.loads(said)["status"]["userInfo"]["username"] == user


def test_what_is_watched_has_alarms_and_dashboards_that_stay_as_they_are(
    platform: Platform,
) -> None:
    groups: dict[str, dict[str, Any]] = platform.settings("blue")["eks-platform:nodeGroups"]
    cloudwatch = boto3.client("cloudwatch", region_name=REGION)
    alarms = {
        it.get("AlarmName"): it
        for it in cloudwatch.describe_alarms(AlarmNamePrefix="eks-blue-")["MetricAlarms"]
    }
    for name, said in groups.items():
        assert (f"eks-blue-nodes-{name}" in alarms) is (said["min"] > 0)
        if said["min"]:
            assert alarms[f"eks-blue-nodes-{name}"].get("Threshold") == said["min"]
    assert {"eks-blue-unschedulable-pods", "eks-blue-api-errors"} <= set(alarms)
    assert all(it.get("AlarmActions") == [TOPIC] for it in alarms.values())
    body = cloudwatch.get_dashboard(DashboardName="eks-blue")["DashboardBody"]
    assert all(f"eks-blue-{name}" in body for name in groups)
    pair = cloudwatch.get_dashboard(DashboardName="eks-platform")["DashboardBody"]
    assert json.loads(pair)["widgets"]
    autoscaling = boto3.client("autoscaling", region_name=REGION)
    for group in autoscaling.describe_auto_scaling_groups(
        AutoScalingGroupNames=[f"eks-blue-{name}" for name in groups]
    )["AutoScalingGroups"]:
        counted = [it.get("Metric") for it in group.get("EnabledMetrics", [])]
        assert counted == ["GroupDesiredCapacity", "GroupInServiceInstances"]
    for stack in ("shared", "blue"):
        found = platform.refresh(stack).changes | platform.up(stack).changes
        kinds = ("cloudwatch/metricAlarm", "cloudwatch/dashboard", "autoscaling/group:")
        assert [urn for urn in found if any(kind in urn for kind in kinds)] == []


def test_a_scraper_learns_where_metrics_are(platform: Platform) -> None:
    platform.run("aws", "eks", "update-kubeconfig", "--name", "eks-blue", "--alias", "blue")
    apps = "/apis/apps/v1/namespaces/kube-system"
    writer = platform.kube("blue").get(f"{apps}/deployments/external-dns-public")
    said = writer["spec"]["template"]["metadata"]["annotations"]
    assert (said["prometheus.io/scrape"], said["prometheus.io/port"]) == ("true", "7979")


def kinds_of(changes: Mapping[str, str]) -> set[tuple[str, str]]:
    """Operations on resources of the providers, each with the kind of resource."""
    found = {(urn.split("::")[2].rsplit("$", 1)[-1], it) for urn, it in changes.items()}
    return {(kind, it) for kind, it in found if not kind.startswith("pulumi:")}


def test_what_is_watched_no_more_loses_alarms_and_dashboards_alone(
    platform: Platform, account: Account
) -> None:
    """Nodes, pods and names stay; the scraper's annotations are a change of their own."""
    configure_blue(platform.state, monitoring={"alarmTopics": [TOPIC]})
    assert {it for _, it in kinds_of(platform.up("blue").changes)} <= {"update"}
    active = {"eks-platform:colours": ["blue"], "eks-platform:activeColour": "blue"}
    configure(platform.state, account, **{**OPTIONS, "eks-platform:dashboard": False}, **active)
    configure_blue(platform.state, monitoring=None)
    before = inventory.take_inventory()
    assert kinds_of(platform.up("shared").changes) == {
        ("aws:cloudwatch/dashboard:Dashboard", "delete"),
        ("eks-platform:pairDashboard:PairDashboard", "delete"),
    }
    assert kinds_of(platform.up("blue").changes) == {
        ("aws:cloudwatch/dashboard:Dashboard", "delete"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", "delete"),
        ("aws:autoscaling/group:Group", "update"),
        ("eks-platform:colourDashboard:ColourDashboard", "delete"),
        ("eks-platform:alarms:Alarms", "delete"),
    }
    after = inventory.take_inventory()
    assert {kind for kind in before if before[kind] != after.get(kind)} == {"alarm", "dashboard"}
    assert not {"alarm", "dashboard"} & after.keys()
    autoscaling = boto3.client("autoscaling", region_name=REGION)
    (group,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["eks-blue-arm"])[
        "AutoScalingGroups"
    ]
    assert group.get("EnabledMetrics", []) == []
    assert kinds_of(platform.up("blue").changes) == set()


def test_every_role_that_was_made_is_bounded(platform: Platform, account: Account) -> None:
    """That of the control plane too, which the component of the provider makes."""
    iam = boto3.client("iam", region_name=REGION)
    pages = iam.get_paginator("list_roles").paginate()
    names = {it["RoleName"] for page in pages for it in page["Roles"]} - {*PEOPLE.values()}
    made = {it: iam.get_role(RoleName=it)["Role"] for it in names}
    cluster = boto3.client("eks", region_name=REGION).describe_cluster(name="eks-blue")["cluster"]
    assert cluster["roleArn"] in {it["Arn"] for it in made.values()}
    assert platform.outputs("blue")["nodes"]["roleArn"] in {it["Arn"] for it in made.values()}
    bounded = {
        name: role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        for name, role in made.items()
        if not role["Path"].startswith("/aws-service-role/")
    }
    assert bounded == dict.fromkeys(bounded, account.boundary)


def test_the_bastion_is_no_node(platform: Platform) -> None:
    platform.run("aws", "eks", "update-kubeconfig", "--name", "eks-blue", "--alias", "blue")
    nodes = platform.kube("blue").get("/api/v1/nodes")["items"]
    instances = {it["spec"]["providerID"].rpartition("/")[2] for it in nodes}
    (bastion,) = bastions(platform)
    assert bastion not in instances
    assert nodes


@dataclass(frozen=True)
class Machine:
    """A node, and what its instance is made of."""

    group: str
    architecture: str
    type: str
    image: str


def machines(platform: Platform) -> set[Machine]:
    """All nodes of blue, without those that say the same."""
    ec2 = boto3.client("ec2", region_name=REGION)
    found: set[Machine] = set()
    for node in platform.kube("blue").get("/api/v1/nodes")["items"]:
        name = node["spec"]["providerID"].rpartition("/")[2]
        (instance,) = ec2.describe_instances(InstanceIds=[name])["Reservations"][0]["Instances"]
        tags = {it["Key"]: it["Value"] for it in instance["Tags"]}
        labels = node["metadata"]["labels"]
        assert labels["kubernetes.io/arch"] == node["status"]["nodeInfo"]["architecture"]
        assert labels["node.kubernetes.io/instance-type"] == instance["InstanceType"]
        group = tags["aws:autoscaling:groupName"].removeprefix("eks-blue-")
        kind = instance["InstanceType"], instance["ImageId"]
        found.add(Machine(group, labels["kubernetes.io/arch"], *kind))
    return found


def image(architecture: NodeArchitecture) -> str:
    """The node image of an architecture, as AWS publishes it."""
    ssm = boto3.client("ssm", region_name=REGION)
    name = node_image_parameter(SHIPPED[0], architecture)
    return ssm.get_parameter(Name=name)["Parameter"]["Value"]


def test_all_nodes_are_of_arm64_where_all_groups_are(platform: Platform) -> None:
    arm = Machine("arm", "arm64", "m7g.large", image("arm64"))
    wait_until("all nodes are of arm64", lambda: machines(platform) == {arm})


def upgrade_policy() -> str:
    cluster = boto3.client("eks", region_name=REGION).describe_cluster(name="eks-blue")["cluster"]
    return cluster["upgradePolicy"]["supportType"]


def test_nodes_of_x86_64_come_beside_them_and_the_upgrade_policy_is_changed_in_place(
    platform: Platform,
) -> None:
    assert upgrade_policy() == "EXTENDED"
    configure_blue(
        platform.state,
        nodeGroups={"arm": ARM, "intel": INTEL},
        upgradePolicy="STANDARD",
        monitoring=MONITORING,
    )
    changed = platform.up("blue").named()
    assert changed["eks-blue-eksCluster"] == "update"
    assert not {it for it in changed.values() if "delete" in it or "replace" in it}
    assert upgrade_policy() == "STANDARD"
    arm = Machine("arm", "arm64", "m7g.large", image("arm64"))
    intel = Machine("intel", "amd64", "m7i.large", image("x86_64"))
    assert arm.image != intel.image
    wait_until("nodes are of both architectures", lambda: machines(platform) == {arm, intel})


def test_a_group_of_both_architectures_is_refused_and_changes_nothing(platform: Platform) -> None:
    mixed = {**ARM, "instanceTypes": ["m7g.large", "m7i.large"]}
    configure_blue(platform.state, nodeGroups={"arm": mixed, "intel": INTEL})
    with pytest.raises(automation.CommandError) as raised:
        platform.up("blue")
    said = "types of one architecture: a group has one node image; make a group for each"
    assert said in str(raised.value)
    configure_blue(platform.state, nodeGroups={"arm": ARM, "intel": INTEL})


def test_aws_auth_names_the_roles_without_their_path(platform: Platform, account: Account) -> None:
    """The API servers compare a session's role without its path."""
    platform.run("aws", "eks", "update-kubeconfig", "--name", "eks-blue", "--alias", "blue")
    aws_auth = platform.kube("blue").get("/api/v1/namespaces/kube-system/configmaps/aws-auth")
    named = {it["rolearn"] for it in yaml.safe_load(aws_auth["data"]["mapRoles"])}
    assert {arn.replace(PATH, "/") for arn in account.roles.values()} <= named


def test_built_anew_it_goes_on_with_its_logs(platform: Platform, account: Account) -> None:
    platform.stack("blue").set_config(
        "eks-platform:deletionProtection", automation.ConfigValue("false")
    )
    configure(platform.state, account, **OPTIONS, **{"eks-platform:colours": ["blue"]})
    configure_blue(platform.state, upgradePolicy=None)
    platform.up("shared")
    assert platform.up("blue").named()["eks-blue-eksCluster"] == "update"
    assert upgrade_policy() == "EXTENDED"
    platform.stack("blue").destroy(color="never", run_program=True)
    logs = boto3.client("logs", region_name=REGION)
    logs.put_retention_policy(logGroupName=LOGS, retentionInDays=30)
    did = platform.up("blue").changes
    assert [it for urn, it in did.items() if LOG_GROUP in urn] == ["import"]
    changes = platform.up("blue").changes
    assert [it for urn, it in changes.items() if LOG_GROUP in urn] == ["update"]
    (kept,) = logs.describe_log_groups()["logGroups"]
    assert (kept.get("logGroupName"), kept.get("retentionInDays")) == (LOGS, 90)


def pod_logs(changes: Mapping[str, str]) -> list[str]:
    """What was done to the log group of the pods."""
    return [it for urn, it in changes.items() if urn.endswith("::fluentd") and LOG_GROUP in urn]


def test_an_add_on_that_is_on_again_goes_on_with_its_logs_whatever_became_of_them(
    platform: Platform,
) -> None:
    off = platform.settings("blue")["eks-platform:addons"]
    on = {name: said for name, said in off.items() if name != "fluentd"}
    configure_blue(platform.state, addons=on)
    assert pod_logs(platform.up("blue").changes) == ["create"]
    configure_blue(platform.state, addons=off)
    assert pod_logs(platform.up("blue").changes) == ["delete"]
    logs = boto3.client("logs", region_name=REGION)
    logs.put_retention_policy(logGroupName=POD_LOGS, retentionInDays=30)
    logs.tag_log_group(logGroupName=POD_LOGS, tags={"Owner": "somebody"})
    configure_blue(platform.state, addons=on)
    # The engine imports it, then changes it: the last of what it did is recorded.
    assert pod_logs(platform.up("blue").changes) == ["update"]
    (kept,) = logs.describe_log_groups(logGroupNamePrefix=POD_LOGS)["logGroups"]
    assert kept.get("retentionInDays") == 90
    assert "Owner" not in logs.list_tags_log_group(logGroupName=POD_LOGS)["tags"]
    assert kinds_of(platform.up("blue").changes) == set()


def test_destroying_the_platform_leaves_them_as_they_were(
    platform: Platform, account: Account
) -> None:
    platform.stack("blue").set_config(
        "eks-platform:deletionProtection", automation.ConfigValue("false")
    )
    configure(platform.state, account, **OPTIONS, **{"eks-platform:colours": ["blue"]})
    for name in ("shared", "blue"):
        platform.up(name)
    platform.stack("blue").destroy(color="never", run_program=True)
    configure(platform.state, account)
    platform.stack("shared").destroy(color="never")
    assert account.is_untouched()
    assert inventory.take_inventory() == account.inventory | {"log group": [LOGS, POD_LOGS]}
