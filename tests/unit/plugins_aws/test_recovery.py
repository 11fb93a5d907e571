"""What an interrupted update made is found again, with the id that the provider gives it.

Each resource is made by the provider, as the engine makes it, and looked for with the inputs that
the engine keeps of an interrupted create.
"""

from collections.abc import Callable

import pytest

from bluegreen.recovery.candidate import Inputs
from bluegreen.recovery.named import NAMED, REPEATED
from bluegreen.recovery.tagged import COMPLETED, TAGGED
from bluegreen.world.aws import Aws
from localcloud.plugins.aws import registry
from localcloud.plugins.aws.clients import Clients
from tests.unit.plugins_aws.conftest import REGION, Driver, Made

TAGS = {"Name": "it", "Stack": "blue", "Project": "eks-platform"}
OTHERS = {**TAGS, "Stack": "green"}
ROLE_POLICY = '{"Version": "2012-10-17", "Statement": []}'

Make = Callable[[Driver, dict[str, str]], Made]


def vpc(driver: Driver, tags: dict[str, str]) -> Made:
    return driver.create("aws:ec2/vpc:Vpc", cidrBlock="10.0.0.0/16", tags=tags)


def subnet(driver: Driver, tags: dict[str, str]) -> Made:
    return driver.create(
        "aws:ec2/subnet:Subnet",
        vpcId=vpc(driver, {}).resource_id,
        cidrBlock="10.0.0.0/20",
        availabilityZone=f"{REGION}a",
        tags=tags,
    )


def gateway(driver: Driver, tags: dict[str, str]) -> Made:
    inside = vpc(driver, {}).resource_id
    return driver.create("aws:ec2/internetGateway:InternetGateway", vpcId=inside, tags=tags)


def address(driver: Driver, tags: dict[str, str]) -> Made:
    return driver.create("aws:ec2/eip:Eip", domain="vpc", tags=tags)


def nat(driver: Driver, tags: dict[str, str]) -> Made:
    return driver.create(
        "aws:ec2/natGateway:NatGateway",
        subnetId=subnet(driver, {}).resource_id,
        allocationId=address(driver, {}).resource_id,
        tags=tags,
    )


def table(driver: Driver, tags: dict[str, str]) -> Made:
    inside = vpc(driver, {}).resource_id
    return driver.create("aws:ec2/routeTable:RouteTable", vpcId=inside, tags=tags)


def group(driver: Driver, tags: dict[str, str]) -> Made:
    inside = vpc(driver, {}).resource_id
    return driver.create(
        "aws:ec2/securityGroup:SecurityGroup", name="eks-blue-node", vpcId=inside, tags=tags
    )


def rule(driver: Driver, tags: dict[str, str]) -> Made:
    return driver.create(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        securityGroupId=group(driver, {}).resource_id,
        ipProtocol="tcp",
        fromPort=443,
        toPort=443,
        cidrIpv4="10.0.0.0/16",
        tags=tags,
    )


def key(driver: Driver, tags: dict[str, str]) -> Made:
    return driver.create("aws:kms/key:Key", description="it", tags=tags)


def zone(driver: Driver, tags: dict[str, str]) -> Made:
    return driver.create("aws:route53/zone:Zone", name="it.example", tags=tags)


def role(driver: Driver, tags: dict[str, str]) -> Made:
    token = "aws:iam/role:Role"
    return driver.create(token, name="it", assumeRolePolicy=ROLE_POLICY, tags=tags)


def profile(driver: Driver, tags: dict[str, str]) -> Made:
    return driver.create("aws:iam/instanceProfile:InstanceProfile", name="it", tags=tags)


def log_group(driver: Driver, tags: dict[str, str]) -> Made:
    return driver.create("aws:cloudwatch/logGroup:LogGroup", name="/it", tags=tags)


def queue(driver: Driver, tags: dict[str, str]) -> Made:
    return driver.create("aws:sqs/queue:Queue", name="it", tags=tags)


def event_rule(driver: Driver, tags: dict[str, str]) -> Made:
    pattern = '{"source": ["aws.ec2"]}'
    token = "aws:cloudwatch/eventRule:EventRule"
    return driver.create(token, name="it", eventPattern=pattern, tags=tags)


def alarm(driver: Driver, tags: dict[str, str]) -> Made:
    return driver.create(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        name="it",
        namespace="AWS/EKS",
        metricName="apiserver_request_total_5XX",
        statistic="Sum",
        period=300,
        evaluationPeriods=3,
        comparisonOperator="GreaterThanThreshold",
        threshold=50,
        tags=tags,
    )


def template(driver: Driver, tags: dict[str, str]) -> Made:
    return driver.create(
        "aws:ec2/launchTemplate:LaunchTemplate",
        name="eks-blue-spot",
        instanceType="m7i.large",
        tags=tags,
    )


ANONYMOUS = (vpc, subnet, gateway, address, nat, table, rule, key, zone)
"""What AWS gives an id: a namesake with other tags is simply another one."""

CALLED = (group, role, profile, log_group, queue, alarm, event_rule, template)
"""What has a name that only one can have."""


def find(made: Made, inputs: Inputs) -> list[tuple[str, bool]]:
    search = {**NAMED, **TAGGED}[made.token]
    return [(it.id, it.own) for it in search(Aws(REGION), inputs)]


@pytest.mark.parametrize("make", [*ANONYMOUS, *CALLED], ids=lambda it: it.__name__)
def test_what_carries_the_tags_is_found_with_the_providers_id(driver: Driver, make: Make) -> None:
    made = make(driver, TAGS)
    assert find(made, made.inputs) == [(made.resource_id, True)]


@pytest.mark.parametrize("make", ANONYMOUS, ids=lambda it: it.__name__)
def test_what_carries_others_tags_is_not_found(driver: Driver, make: Make) -> None:
    made = make(driver, OTHERS)
    assert find(made, {**made.inputs, "tags": TAGS}) == []


@pytest.mark.parametrize("make", CALLED, ids=lambda it: it.__name__)
def test_what_has_the_name_and_others_tags_is_not_the_stacks_own(
    driver: Driver, make: Make
) -> None:
    made = make(driver, OTHERS)
    assert find(made, {**made.inputs, "tags": TAGS}) == [(made.resource_id, False)]


@pytest.mark.parametrize("make", CALLED, ids=lambda it: it.__name__)
def test_what_has_another_name_is_not_found(driver: Driver, make: Make) -> None:
    made = make(driver, TAGS)
    assert find(made, {**made.inputs, "name": "other"}) == []


def test_a_group_that_was_not_finished_loses_the_rule_that_ec2_gave_it(aws: Clients) -> None:
    made = aws.ec2.create_security_group(GroupName="it", Description="it")["GroupId"]
    complete = COMPLETED["aws:ec2/securityGroup:SecurityGroup"]
    for _ in range(2):
        complete(Aws(REGION), made)
        (found,) = aws.ec2.describe_security_groups(GroupIds=[made])["SecurityGroups"]
        assert found.get("IpPermissionsEgress") == []


@pytest.mark.parametrize("private", [False, True])
def test_a_zone_that_never_got_its_tags_is_known_by_what_it_was_made_with(
    driver: Driver, aws: Clients, private: bool
) -> None:
    inside = vpc(driver, {}).resource_id
    vpcs = {"vpcs": [{"vpcId": inside}]} if private else {}
    token = "aws:route53/zone:Zone"
    made = driver.create(token, name="it.example", comment="Names (eks-platform)", **vpcs)
    wanted = {**made.inputs, "tags": TAGS}
    assert find(made, wanted) == [(made.resource_id, True)]
    assert find(made, {**wanted, "comment": "Names"}) == []
    assert find(made, {**wanted, "vpcs": [{"vpcId": "vpc-0"}]}) == []
    record = {"Name": "a.it.example", "Type": "A", "TTL": 1, "ResourceRecords": [{"Value": "::"}]}
    aws.route53.change_resource_record_sets(
        HostedZoneId=made.resource_id,
        ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]},  # pyright: ignore
    )
    # Somebody uses it already.
    assert find(made, wanted) == []


def test_a_nat_gateway_or_key_that_was_deleted_is_not_found(driver: Driver) -> None:
    for make in (nat, key):
        made = make(driver, TAGS)
        made.delete()
        assert find(made, made.inputs) == []


def test_a_route_and_an_association_are_those_that_lead_where_they_are_to(
    driver: Driver, aws: Clients
) -> None:
    there = gateway(driver, {})
    tables = [
        driver.create("aws:ec2/routeTable:RouteTable", vpcId=there.inputs["vpcId"]).resource_id
        for _ in range(2)
    ]
    key = {"routeTableId": tables[0], "destinationCidrBlock": "0.0.0.0/0"}
    route = driver.create("aws:ec2/route:Route", **key, gatewayId=there.resource_id)
    assert find(route, route.inputs) == [(route.resource_id, True)]
    assert find(route, {**key, "gatewayId": "igw-0"}) == [(route.resource_id, False)]
    assert find(route, {**route.inputs, "destinationCidrBlock": "10.9.0.0/16"}) == []
    assert find(route, {**route.inputs, "routeTableId": "rtb-0"}) == []

    inside = driver.create(
        "aws:ec2/subnet:Subnet",
        vpcId=there.inputs["vpcId"],
        cidrBlock="10.0.0.0/20",
        availabilityZone=f"{REGION}a",
    ).resource_id
    token = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    made = driver.create(token, routeTableId=tables[0], subnetId=inside)
    assert find(made, made.inputs) == [(made.resource_id, True)]
    assert find(made, {**made.inputs, "routeTableId": tables[1]}) == [(made.resource_id, False)]
    aws.ec2.disassociate_route_table(AssociationId=made.resource_id)
    assert find(made, made.inputs) == []


def test_a_record_is_the_one_that_says_what_it_is_to(driver: Driver) -> None:
    inside = zone(driver, {}).resource_id
    said = {"zoneId": inside, "name": "api.it.example", "ttl": 60}
    token = "aws:route53/record:Record"
    for kind, value in (("CNAME", "a.example"), ("TXT", "eks-blue")):
        made = driver.create(token, **said, type=kind, records=[value])
        assert find(made, made.inputs) == [(made.resource_id, True)]
        assert find(made, {**made.inputs, "records": ["other"]}) == [(made.resource_id, False)]
        assert find(made, {**made.inputs, "ttl": 5}) == [(made.resource_id, False)]
        assert find(made, {**made.inputs, "name": "no.it.example"}) == []
        made.delete()


def test_a_target_is_the_one_of_its_rule_that_leads_there(driver: Driver) -> None:
    to = queue(driver, {})
    arn = to.state["arn"]
    rule_name = event_rule(driver, {}).resource_id
    token = "aws:cloudwatch/eventTarget:EventTarget"
    made = driver.create(token, rule=rule_name, arn=arn)
    assert find(made, made.inputs) == [(made.resource_id, True)]
    (found,) = NAMED[token](Aws(REGION), made.inputs)
    # The provider reads it by an id that the program did not give.
    assert found.outputs == {"targetId": made.state["targetId"]}
    assert find(made, {**made.inputs, "arn": f"{arn}-other"}) == []


def test_a_lifecycle_hook_is_the_one_of_its_group(driver: Driver, aws: Clients) -> None:
    inside = subnet(driver, {}).resource_id
    used = template(driver, {})
    aws.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="eks-blue-spot",
        MinSize=0,
        MaxSize=1,
        VPCZoneIdentifier=inside,
        LaunchTemplate={"LaunchTemplateId": used.resource_id, "Version": "1"},
    )
    made = driver.create(
        "aws:autoscaling/lifecycleHook:LifecycleHook",
        autoscalingGroupName="eks-blue-spot",
        name="drain",
        lifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
    )
    assert find(made, made.inputs) == [(made.resource_id, True)]
    launching = {"lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"}
    assert find(made, {**made.inputs, **launching}) == [(made.resource_id, False)]
    assert find(made, {**made.inputs, "name": "other"}) == []


def test_a_dashboard_is_the_one_that_shows_the_same(driver: Driver) -> None:
    token = "aws:cloudwatch/dashboard:Dashboard"
    made = driver.create(token, dashboardName="it", dashboardBody='{"widgets": []}')
    spaced = {**made.inputs, "dashboardBody": '{ "widgets" : [] }'}
    assert find(made, spaced) == [(made.resource_id, True)]
    other = {**made.inputs, "dashboardBody": '{"widgets": [], "start": "-PT6H"}'}
    assert find(made, other) == [(made.resource_id, False)]
    assert find(made, {**made.inputs, "dashboardName": "no"}) == []


def test_an_alias_is_the_one_of_its_key(driver: Driver) -> None:
    target = key(driver, {}).resource_id
    made = driver.create("aws:kms/alias:Alias", name="alias/it", targetKeyId=target)
    assert find(made, made.inputs) == [(made.resource_id, True)]
    assert find(made, {**made.inputs, "targetKeyId": "other"}) == [(made.resource_id, False)]
    assert find(made, {**made.inputs, "name": "alias/no"}) == []


def test_every_type_of_the_program_can_be_found_or_made_twice() -> None:
    known = [*NAMED, *TAGGED, *REPEATED]
    assert len(known) == len(set(known))
    # The older form of a rule is the eks component's, which makes none for this program.
    unused = {"aws:ec2/securityGroupRule:SecurityGroupRule"}
    assert registry.RESOURCES.keys() - unused == set(known)
