"""Calls of sessions of roles, through the whole server."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.state import ACCOUNT_ID, REGION
from tests.unit.localcloud.conftest import Aws
from tests.unit.localcloud.permissions.conftest import ROOT, Account, document
from tests.unit.localcloud.test_route53 import make_zone

SESSION = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/reader/test"
READ = {"Action": ["route53:Get*", "route53:List*"]}


@pytest.fixture
def zone(aws: Aws) -> str:
    return make_zone(aws.own_route53)


def test_a_role_may_what_its_policy_says_and_nothing_else(account: Account, zone: str) -> None:
    reader = account.session(account.role("reader", document(READ)))
    assert reader.may("route53", "get_hosted_zone", Id=zone)
    arn = f"arn:aws:route53:::hostedzone/{zone}"
    assert reader.call("route53", "delete_hosted_zone", Id=zone) == (
        f"User: {SESSION} is not authorized to perform: route53:DeleteHostedZone on resource: "
        f"{arn} because no identity-based policy allows the route53:DeleteHostedZone action"
    )
    account.own["route53"].get_hosted_zone(Id=zone)  # it is still there


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("route53", "list_hosted_zones", "AccessDenied"),
        ("ec2", "describe_vpcs", "UnauthorizedOperation"),
        ("eks", "list_clusters", "AccessDeniedException"),
        ("iam", "list_roles", "AccessDenied"),
        ("elbv2", "describe_load_balancers", "AccessDenied"),
        ("autoscaling", "describe_auto_scaling_groups", "AccessDenied"),
        ("cloudwatch", "list_metrics", "AccessDenied"),
        ("kms", "list_keys", "AccessDeniedException"),
        ("logs", "describe_log_groups", "AccessDeniedException"),
        ("sqs", "list_queues", "AccessDeniedException"),
        ("ssm", "describe_parameters", "AccessDeniedException"),
        ("s3", "list_buckets", "AccessDenied"),
        ("secretsmanager", "list_secrets", "AccessDeniedException"),
    ],
)
def test_every_service_denies_in_its_own_form(
    account: Account, service: str, operation: str, code: str
) -> None:
    idle = account.session(account.role("idle", document({"Action": "sns:*"})))
    with pytest.raises(ClientError) as error:
        getattr(idle.clients[service], operation)()
    said = error.value.response
    assert said.get("Error", {}).get("Code") == code
    assert said["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert "is not authorized to perform" in said.get("Error", {}).get("Message", "")


def test_ec2_says_it_in_words_of_its_own_first(account: Account) -> None:
    reader = account.session(account.role("reader", document(READ)))
    assert reader.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16") == (
        f"You are not authorized to perform this operation. User: {SESSION} is not authorized to "
        f"perform: ec2:CreateVpc on resource: arn:aws:ec2:{REGION}:{ACCOUNT_ID}:vpc/* because no "
        "identity-based policy allows the ec2:CreateVpc action"
    )


def test_users_the_local_cloud_and_strangers_pass(account: Account, aws: Aws) -> None:
    for client in (account.user["route53"], account.own["route53"], aws.route53()):
        client.list_hosted_zones()
    assert account.denials() == ()


def test_nobody_needs_a_permission_to_ask_who_they_are(account: Account) -> None:
    idle = account.session(account.role("idle", document({"Action": "*", "Effect": "Deny"})))
    assert idle.clients["sts"].get_caller_identity()["Arn"].endswith(":assumed-role/idle/test")


def test_an_explicit_deny_wins(account: Account, zone: str) -> None:
    deny = {"Sid": "Zones", "Effect": "Deny", "Action": "route53:GetHostedZone"}
    reader = account.session(account.role("reader", document(READ), document(deny)))
    assert reader.may("route53", "list_hosted_zones")
    denied = reader.call("route53", "get_hosted_zone", Id=zone)
    assert denied.endswith("with an explicit deny in an identity-based policy")
    (entry,) = account.denials()
    assert entry.decided_by == "policy-2/Zones"


def test_managed_policies_count_as_their_default_version(account: Account, zone: str) -> None:
    arn = account.iam.create_policy(PolicyName="managed", PolicyDocument=document(READ))["Policy"][
        "Arn"
    ]
    reader = account.session(account.role("reader"))
    assert not reader.may("route53", "get_hosted_zone", Id=zone)
    account.iam.attach_role_policy(RoleName="reader", PolicyArn=arn)
    assert reader.may("route53", "get_hosted_zone", Id=zone)
    account.iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=document({"Action": "sns:*"}), SetAsDefault=True
    )
    assert not reader.may("route53", "get_hosted_zone", Id=zone)


def test_a_change_of_a_policy_counts_at_once(account: Account, zone: str) -> None:
    reader = account.session(account.role("reader", document(READ)))
    assert reader.may("route53", "get_hosted_zone", Id=zone)
    account.iam.delete_role_policy(RoleName="reader", PolicyName="policy-1")
    assert not reader.may("route53", "get_hosted_zone", Id=zone)


def test_a_boundary_limits(account: Account, zone: str) -> None:
    narrow = document({"Action": "route53:List*"})
    boundary = account.iam.create_policy(PolicyName="boundary", PolicyDocument=narrow)["Policy"]
    role = account.role("reader", document(READ), boundary=boundary.get("Arn", ""))
    reader = account.session(role)
    assert reader.may("route53", "list_hosted_zones")
    assert reader.call("route53", "get_hosted_zone", Id=zone).endswith(
        "because no permissions boundary allows the route53:GetHostedZone action"
    )


def test_policies_of_a_session_limit(account: Account, zone: str) -> None:
    role = account.role("reader", document(READ))
    narrow = document({"Action": "route53:List*"})
    managed = account.iam.create_policy(PolicyName="narrow", PolicyDocument=narrow)["Policy"]
    options: tuple[dict[str, Any], ...] = (
        {"Policy": narrow},
        {"PolicyArns": [{"arn": managed.get("Arn", "")}]},
    )
    for limits in options:
        reader = account.session(role, **limits)
        assert reader.may("route53", "list_hosted_zones")
        assert reader.call("route53", "get_hosted_zone", Id=zone).endswith(
            "because no session policy allows the route53:GetHostedZone action"
        )
    both = account.session(role, Policy=document(READ), **options[1])
    assert both.may("route53", "get_hosted_zone", Id=zone)


def test_a_session_of_a_role_that_is_gone_may_nothing(account: Account, zone: str) -> None:
    reader = account.session(account.role("reader", document(READ)))
    account.iam.delete_role_policy(RoleName="reader", PolicyName="policy-1")
    account.iam.delete_role(RoleName="reader")
    assert "no identity-based policy" in reader.call("route53", "get_hosted_zone", Id=zone)


def test_a_session_takes_another_role_on_if_both_sides_let_it(account: Account) -> None:
    first, third = account.role("first"), account.role("third", trusted=[ROOT])
    named = account.role("named", trusted=[first])
    session = account.session(first)

    def take(role: str) -> bool:
        return session.may("sts", "assume_role", RoleArn=role, RoleSessionName="on")

    assert take(named)  # a trust policy that names the role is enough
    assert not take(third)
    account.iam.put_role_policy(
        RoleName="first", PolicyName="take", PolicyDocument=document({"Action": "sts:AssumeRole"})
    )
    assert take(third)


def test_a_policy_with_something_unknown_denies_and_says_what(account: Account, zone: str) -> None:
    odd = {"Action": "route53:*", "Condition": {"StringEquals": {"aws:SourceIp": "10.0.0.1"}}}
    reader = account.session(account.role("reader", document(odd)))
    assert reader.call("route53", "get_hosted_zone", Id=zone).endswith(
        "because the local cloud does not know the condition key aws:sourceip of "
        "route53:GetHostedZone"
    )


def test_a_key_decides_by_its_own_policy(account: Account) -> None:
    kms = account.own["kms"]
    names = [{"Effect": "Allow", "Principal": {"AWS": f"{ROOT[:-4]}user/x"}, "Action": "kms:*"}]
    closed = json.dumps({"Version": "2012-10-17", "Statement": [{**names[0], "Resource": "*"}]})
    keys = [kms.create_key()["KeyMetadata"], kms.create_key(Policy=closed)["KeyMetadata"]]
    role = account.session(account.role("pipeline", document({"Action": "kms:*"})))
    sealed = [kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"] for key in keys]
    assert role.may("kms", "decrypt", CiphertextBlob=sealed[0])
    assert role.call("kms", "decrypt", CiphertextBlob=sealed[1]).endswith(
        f"on resource: {keys[1]['Arn']} because no resource-based policy allows the kms:Decrypt "
        "action"
    )


def test_a_bucket_can_let_a_role_in_and_keep_it_out(account: Account) -> None:
    s3 = account.own["s3"]
    role = account.role("pipeline", document({"Action": "s3:GetObject"}))
    statement = {"Principal": {"AWS": role}, "Action": "s3:*", "Resource": "arn:aws:s3:::state/*"}
    s3.create_bucket(Bucket="state", CreateBucketConfiguration={"LocationConstraint": REGION})
    session = account.session(role)
    keys = {"Bucket": "state", "Key": "a"}
    assert session.may("s3", "get_object", **keys)
    assert not session.may("s3", "put_object", **keys)
    s3.put_bucket_policy(Bucket="state", Policy=document({**statement, "Effect": "Allow"}))
    assert session.may("s3", "put_object", **keys)
    s3.put_bucket_policy(Bucket="state", Policy=document({**statement, "Effect": "Deny"}))
    assert session.call("s3", "get_object", **keys).endswith(
        "with an explicit deny in a resource-based policy"
    )


def test_the_log_of_calls_has_denied_ones_with_their_error(account: Account, aws: Aws) -> None:
    idle = account.session(account.role("idle"))
    idle.call("route53", "list_hosted_zones")
    entries = [json.loads(line) for line in aws.log.read_text().splitlines()]
    (entry,) = [it for it in entries if it["action"] == "ListHostedZones"]
    assert (entry["error"], entry["happened"], entry["status"]) == ("AccessDenied", False, 403)


def test_denials_are_logged_and_what_a_role_did_is_kept(account: Account, zone: str) -> None:
    role = account.role("reader", document(READ, {"Action": "ec2:Describe*"}))
    reader = account.session(role)
    reader.call("route53", "get_hosted_zone", Id=zone)
    for _ in range(2):
        reader.call("route53", "delete_hosted_zone", Id=zone)
    first, second = account.denials()
    assert first.model_copy(update={"time": second.time}) == second
    arn = f"arn:aws:route53:::hostedzone/{zone}"
    assert (first.caller, first.role, first.action, first.resource, first.decided_by) == (
        SESSION,
        role,
        "route53:DeleteHostedZone",
        arn,
        "no statement allows",
    )
    use = account.use(role)
    assert use.called == {"route53:GetHostedZone": 1}
    assert [(it.action, it.resource, it.calls) for it in use.lacking] == [
        ("route53:DeleteHostedZone", arn, 2)
    ]
    assert [(it.statement, it.action) for it in use.unused] == [
        ("policy-1/1", "route53:List*"),
        ("policy-1/2", "ec2:Describe*"),
    ]


def test_what_a_role_did_is_known_when_it_is_gone(account: Account) -> None:
    role = account.role("reader", document(READ))
    account.session(role).call("route53", "list_hosted_zones")
    account.iam.delete_role_policy(RoleName="reader", PolicyName="policy-1")
    account.iam.delete_role(RoleName="reader")
    assert account.use(role).called == {"route53:ListHostedZones": 1}
    assert [it.action for it in account.use(role).unused] == ["route53:Get*"]
