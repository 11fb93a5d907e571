"""Route 53, load balancers and CloudWatch, on moto."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from bluegreen.snapshot import LoadBalancer, Record
from bluegreen.world import balancers, metrics, route53
from bluegreen.world.aws import Aws
from eks_platform_contract.outputs import Zone, Zones

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import TagTypeDef
    from mypy_boto3_route53.literals import RRTypeType
    from mypy_boto3_route53.type_defs import ChangeTypeDef, ResourceRecordSetTypeDef

REGION = "eu-west-1"
OWN, LIVE = "ingress-eks-blue.example.com", "ingress.example.com"


def zone(aws: Aws, name: str) -> Zone:
    made = aws.route53.create_hosted_zone(Name=name, CallerReference=name)["HostedZone"]
    return Zone(id=made["Id"].removeprefix("/hostedzone/"), name=name, arn=name)


@pytest.fixture
def zones(aws: Aws) -> Zones:
    return Zones(
        public=zone(aws, "example.com"),
        private=zone(aws, "example.internal"),
        api=zone(aws, "example.net"),
    )


def create(name: str, kind: "RRTypeType", value: str) -> "ChangeTypeDef":
    entry: ResourceRecordSetTypeDef = {
        "Name": name,
        "Type": kind,
        "TTL": 60,
        "ResourceRecords": [{"Value": value}],
    }
    return {"Action": "CREATE", "ResourceRecordSet": entry}


def write_owned(aws: Aws, zone_id: str, owner: str, *names: str) -> None:
    said = f'"heritage=external-dns,external-dns/owner={owner}"'
    changes = [create(name, "CNAME", "lb.elb.amazonaws.com") for name in names]
    changes += [create(f"cname-{name}", "TXT", said) for name in names]
    aws.route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch={"Changes": changes})


def by_name(found: tuple[Record, ...]) -> dict[str, Record]:
    return {record.name: record for record in found if record.type == "CNAME"}


def test_records_are_listed_over_all_pages_with_their_owners(aws: Aws, zones: Zones) -> None:
    many = [f"n{number}.example.com" for number in range(160)]  # more than a page of Route 53
    write_owned(aws, zones.public.id, LIVE, *many)
    write_owned(aws, zones.private.id, OWN, "db.example.internal")
    found = by_name(route53.records(aws.route53, zones))
    assert len(found) == 161
    assert found["n159.example.com"].owner == LIVE
    assert found["db.example.internal"].owner == OWN
    assert found["db.example.internal"].zone == "private"


def test_a_private_zone_has_no_name_servers_to_ask(aws: Aws, zones: Zones) -> None:
    assert route53.name_servers(aws.route53, zones.public.id)
    vpc = boto3.client("ec2", region_name=REGION).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]
    private = aws.route53.create_hosted_zone(
        Name="inner.local",
        CallerReference="1",
        VPC={"VPCRegion": REGION, "VPCId": vpc["VpcId"]},
        HostedZoneConfig={"PrivateZone": True},
    )["HostedZone"]
    assert route53.name_servers(aws.route53, private["Id"]) == ()


def make_balancer(aws: Aws, name: str, cluster: str | None) -> str:
    ec2 = boto3.client("ec2", region_name=REGION)
    subnets = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"][:2]]
    tag: TagTypeDef = {"Key": "team", "Value": "other"}
    if cluster:
        tag = {"Key": "elbv2.k8s.aws/cluster", "Value": cluster}
    made = aws.elbv2.create_load_balancer(Name=name, Subnets=subnets, Tags=[tag])
    return made["LoadBalancers"][0]["LoadBalancerArn"]


def test_load_balancers_are_those_that_a_colours_controller_made(aws: Aws) -> None:
    for number in range(22):  # more than one call of DescribeTags takes
        make_balancer(aws, f"other-{number}", None)
    arn = make_balancer(aws, "web", "eks-green")
    make_balancer(aws, "elsewhere", "eks-red")
    make_balancer(aws, "bare", "eks-blue")
    vpc = boto3.client("ec2", region_name=REGION).describe_vpcs()["Vpcs"][0]["VpcId"]
    group = aws.elbv2.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc)
    group_arn = group["TargetGroups"][0]["TargetGroupArn"]
    aws.elbv2.create_listener(
        LoadBalancerArn=arn,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group_arn}],
    )
    asked: list[str] = []
    aws.elbv2.meta.events.register("before-call", lambda model, **_: asked.append(model.name))
    bare, found = sorted(balancers.balancers(aws.elbv2), key=lambda it: it.name)
    assert asked.count("DescribeTargetGroups") == 1  # not one for each load balancer
    assert (bare.cluster, bare.groups) == ("eks-blue", ())
    assert (found.name, found.cluster, found.kind) == ("web", "eks-green", "application")
    assert [(g.name, dict(g.states)) for g in found.groups] == [("web", {})]


ARN = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer"


def seen_balancer(name: str, kind: str) -> LoadBalancer:
    short = {"application": "app", "network": "net"}[kind]
    return LoadBalancer(
        arn=f"{ARN}/{short}/{name}/1",
        name=name,
        host=f"{name}.elb",
        kind=kind,
        state="active",
        cluster="eks-blue",
    )


def put(aws: Aws, metric: str, balancer: str, at: datetime, *, value: float) -> None:
    kind = "ApplicationELB" if balancer.startswith("app/") else "NetworkELB"
    aws.cloudwatch.put_metric_data(
        Namespace=f"AWS/{kind}",
        MetricData=[
            {
                "MetricName": metric,
                "Dimensions": [{"Name": "LoadBalancer", "Value": balancer}],
                "Timestamp": at,
                "Value": value,
            }
        ],
    )


def test_traffic_is_requests_or_flows_by_minute(aws: Aws) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    early, late = now - timedelta(minutes=5), now - timedelta(minutes=2)
    put(aws, "RequestCount", "app/web/1", early, value=7)
    put(aws, "RequestCount", "app/web/1", early + timedelta(seconds=20), value=5)
    put(aws, "NewFlowCount", "net/tcp/1", late, value=0)
    put(aws, "ActiveFlowCount", "net/tcp/1", late, value=3)
    put(aws, "RequestCount", "app/stranger/1", late, value=9)
    balancer_list = [
        seen_balancer("web", "application"),
        seen_balancer("tcp", "network"),
        seen_balancer("quiet", "application"),
    ]
    found = metrics.traffic(aws.cloudwatch, balancer_list, now - timedelta(minutes=10), now)
    assert found["web"] == {early: 12}
    assert found["tcp"] == {late: 3}
    assert found["quiet"] == {}
    assert metrics.last_traffic(found) == {"web": early, "tcp": late}


def part(balancer: int, status: str, *values: float) -> dict[str, Any]:
    at = [datetime(2030, 1, 1, 12, minute, tzinfo=UTC) for minute in range(len(values))]
    result = {"Id": f"q{balancer}", "Timestamps": at, "Values": values, "StatusCode": status}
    return {"MetricDataResults": [result]}


def answered(aws: Aws, *pages: dict[str, Any]) -> dict[str, metrics.Traffic]:
    """Traffic of two load balancers where CloudWatch answers with these pages."""
    both = [seen_balancer(name, "application") for name in ("web", "shop")]
    now = datetime(2030, 1, 1, 12, 5, tzinfo=UTC)
    with Stubber(aws.cloudwatch) as stub:
        for number, page in enumerate(pages, start=1):
            more = {"NextToken": f"{number}"} if number < len(pages) else {}
            stub.add_response("get_metric_data", {**page, **more})
        return metrics.traffic(aws.cloudwatch, both, now - timedelta(minutes=5), now)


@pytest.mark.parametrize("status", ["InternalError", "PartialData", "Forbidden"])
def test_what_cloudwatch_could_not_read_is_no_quiet(status: str, aws: Aws) -> None:
    with pytest.raises(metrics.MetricsError, match=rf"all traffic of shop \({status}\)"):
        answered(aws, part(0, "Complete", 7), part(1, status))


def test_a_metric_without_an_answer_is_no_quiet(aws: Aws) -> None:
    with pytest.raises(metrics.MetricsError, match=r"all traffic of shop \(no answer\)"):
        answered(aws, part(0, "Complete"))


def test_a_metric_that_goes_on_on_the_next_page_is_whole(aws: Aws) -> None:
    pages = [part(0, "PartialData", 0, 3), part(1, "Complete"), part(0, "Complete", 1)]
    found = answered(aws, *pages)
    assert [sum(values.values()) for values in found.values()] == [4.0, 0.0]
