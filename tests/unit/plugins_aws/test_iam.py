"""Roles, their policies, instance profiles and OpenID Connect providers."""

import json

import pytest

from localcloud.plugins.aws.clients import Clients
from localcloud.plugins.plugin import Object, PluginError
from tests.unit.plugins_aws.conftest import Driver, Made

ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"
OIDC = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"


def trust(service: str) -> str:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": f"{service}.amazonaws.com"},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allow(action: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def role(driver: Driver) -> Made:
    return driver.create(
        ROLE,
        name="nodes",
        path="/eks/",
        assumeRolePolicy=trust("ec2"),
        description="of nodes",
        maxSessionDuration=7200,
        tags={"Name": "nodes"},
    )


@pytest.fixture
def policy(aws: Clients) -> str:
    made = aws.iam.create_policy(PolicyName="mine", PolicyDocument=allow("s3:GetObject"))
    return made["Policy"].get("Arn", "")


def test_a_role_lives(driver: Driver, aws: Clients, role: Made) -> None:
    assert role.resource_id == "nodes"
    assert role.state["arn"] == "arn:aws:iam::123456789012:role/eks/nodes"
    role.assert_importable()
    role.update(assumeRolePolicy=trust("eks"), description=None, maxSessionDuration=3600)
    real = aws.iam.get_role(RoleName="nodes")["Role"]
    assert real.get("AssumeRolePolicyDocument") == json.loads(trust("eks"))
    assert real.get("MaxSessionDuration") == 3600
    assert role.replaced_by(path="/") == {"path"}
    assert role.diff(path="/").delete_first, "IAM refuses two roles of one name"
    assert role.replaced_by(name="others") == {"name"}
    assert not role.diff(name="others").delete_first
    role.delete()
    assert aws.iam.list_roles()["Roles"] == []


def test_what_is_done_to_a_role_behind_its_back(aws: Clients, role: Made) -> None:
    aws.iam.update_assume_role_policy(RoleName="nodes", PolicyDocument=trust("lambda"))
    assert role.drift() == {"assumeRolePolicy"}
    role.refresh()
    role.update(assumeRolePolicy=trust("ec2"), tags={"Name": "nodes", "team": "a"})
    aws.iam.update_role(RoleName="nodes", Description="theirs", MaxSessionDuration=7200)
    aws.iam.untag_role(RoleName="nodes", TagKeys=["team"])
    assert role.drift() == {"description", "tags.team"}
    aws.iam.delete_role(RoleName="nodes")
    assert role.read() is None
    role.delete()


def test_a_document_is_compared_by_what_it_says(role: Made) -> None:
    same = json.dumps(json.loads(trust("ec2")), indent=2, sort_keys=True)
    assert not role.diff(assumeRolePolicy=same).changes


def test_a_role_gets_a_limit_and_loses_it(aws: Clients, role: Made, policy: str) -> None:
    role.update(permissionsBoundary=policy)
    limit = aws.iam.get_role(RoleName="nodes")["Role"].get("PermissionsBoundary", {})
    assert limit.get("PermissionsBoundaryArn") == policy
    aws.iam.delete_role_permissions_boundary(RoleName="nodes")
    assert role.drift() == {"permissionsBoundary"}
    aws.iam.put_role_permissions_boundary(RoleName="nodes", PermissionsBoundary=policy)
    role.update(permissionsBoundary=None)
    assert "PermissionsBoundary" not in aws.iam.get_role(RoleName="nodes")["Role"]


def test_a_role_with_policies_goes_only_if_told_so(
    driver: Driver, aws: Clients, role: Made, policy: str
) -> None:
    aws.iam.attach_role_policy(RoleName="nodes", PolicyArn=policy)
    aws.iam.put_role_policy(RoleName="nodes", PolicyName="p", PolicyDocument=allow("s3:*"))
    with pytest.raises(PluginError, match=f"^{ROLE}: .*DeleteConflict"):
        driver.provider.delete(ROLE, "nodes", role.state, timeout=5)
    role.update(forceDetachPolicies=True)
    role.delete()


def test_names(driver: Driver) -> None:
    made = driver.create(ROLE, "workers", assumeRolePolicy=trust("ec2"))
    assert made.resource_id.startswith("workers-")
    assert len(made.resource_id) == len("workers-") + 7
    again, _ = driver.provider.check(
        ROLE, "workers", made.inputs, {"assumeRolePolicy": trust("ec2")}, b"another seed"
    )
    assert again["name"] == made.resource_id, "an update keeps the name"
    prefixed = driver.create(ROLE, namePrefix="mine-", assumeRolePolicy=trust("ec2"))
    assert prefixed.resource_id.startswith("mine-")
    both = {"name": "a", "namePrefix": "b", "assumeRolePolicy": trust("ec2")}
    assert driver.failures(ROLE, **both) == {"namePrefix": "conflicts with name"}


@pytest.mark.parametrize(
    "inputs",
    [
        {"name": "x" * 65, "assumeRolePolicy": trust("ec2")},
        {"name": "no spaces", "assumeRolePolicy": trust("ec2")},
        {"name": "nodes", "assumeRolePolicy": trust("ec2"), "maxSessionDuration": 60},
    ],
)
def test_what_iam_refuses_names_the_type(driver: Driver, inputs: Object) -> None:
    with pytest.raises(PluginError, match=f"^{ROLE}: "):
        driver.provider.create(ROLE, inputs, preview=False, timeout=0)


def test_a_document_may_be_given_as_an_object(driver: Driver, aws: Clients) -> None:
    driver.create(ROLE, name="nodes", assumeRolePolicy=json.loads(trust("ec2")))
    real = aws.iam.get_role(RoleName="nodes")["Role"]
    assert real.get("AssumeRolePolicyDocument") == json.loads(trust("ec2"))


def test_a_document_that_is_none_is_refused(driver: Driver) -> None:
    assert driver.failures(ROLE, assumeRolePolicy="{") == {
        "assumeRolePolicy": "is no JSON document"
    }


def test_an_inline_policy_lives(driver: Driver, aws: Clients, role: Made) -> None:
    made = driver.create(ROLE_POLICY, name="read", role="nodes", policy=allow("s3:GetObject"))
    assert made.resource_id == "nodes:read"
    made.assert_importable()
    aws.iam.put_role_policy(RoleName="nodes", PolicyName="read", PolicyDocument=allow("*"))
    assert made.drift() == {"policy"}
    made.update(policy=allow("s3:PutObject"))
    real = aws.iam.get_role_policy(RoleName="nodes", PolicyName="read")["PolicyDocument"]
    assert real == json.loads(allow("s3:PutObject"))
    assert made.replaced_by(role="others") == {"role"}
    assert made.replaced_by(name="write") == {"name"}
    made.delete()
    assert aws.iam.list_role_policies(RoleName="nodes")["PolicyNames"] == []


def test_an_attachment_lives(driver: Driver, aws: Clients, role: Made, policy: str) -> None:
    made = driver.create(ATTACHMENT, role="nodes", policyArn=policy)
    made.assert_importable()
    attached = aws.iam.list_attached_role_policies(RoleName="nodes")["AttachedPolicies"]
    assert [item.get("PolicyArn") for item in attached] == [policy]
    assert made.replaced_by(policyArn=f"{policy}-2") == {"policyArn"}
    assert made.replaced_by(role="others") == {"role"}
    aws.iam.detach_role_policy(RoleName="nodes", PolicyArn=policy)
    assert made.read() is None
    aws.iam.attach_role_policy(RoleName="nodes", PolicyArn=policy)
    made.delete()
    assert aws.iam.list_attached_role_policies(RoleName="nodes")["AttachedPolicies"] == []


def test_an_instance_profile_lives(driver: Driver, aws: Clients, role: Made) -> None:
    other = driver.create(ROLE, name="others", assumeRolePolicy=trust("ec2"))
    made = driver.create(PROFILE, name="nodes", role="nodes", tags={"Name": "nodes"})
    made.assert_importable()
    made.update(role=other.resource_id)
    made.update(tags={"team": "a"})
    real = aws.iam.get_instance_profile(InstanceProfileName="nodes")["InstanceProfile"]
    assert [item["RoleName"] for item in real["Roles"]] == ["others"]
    aws.iam.remove_role_from_instance_profile(InstanceProfileName="nodes", RoleName="others")
    assert made.drift() == {"role"}
    aws.iam.tag_instance_profile(InstanceProfileName="nodes", Tags=[{"Key": "team", "Value": "b"}])
    assert made.drift() == {"role", "tags.team"}
    assert made.replaced_by(path="/eks/") == {"path"}
    assert made.diff(path="/eks/").delete_first
    made.delete()
    assert aws.iam.list_instance_profiles()["InstanceProfiles"] == []


def test_an_oidc_provider_lives(driver: Driver, aws: Clients) -> None:
    made = driver.create(
        OIDC,
        url="https://oidc.eks.eu-west-1.amazonaws.com/id/ABC",
        clientIdLists=["sts.amazonaws.com"],
        thumbprintLists=["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"],
        tags={"Name": "blue"},
    )
    made.assert_importable()
    arn = made.resource_id
    aws.iam.update_open_id_connect_provider_thumbprint(
        OpenIDConnectProviderArn=arn, ThumbprintList=["b" * 40]
    )
    assert made.drift() == {"thumbprintLists"}
    made.refresh()
    made.update(thumbprintLists=["a" * 40])
    real = aws.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert real["ThumbprintList"] == ["a" * 40]
    made.update(tags={"Name": "green"})
    aws.iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=arn, TagKeys=["Name"])
    assert made.drift() == {"tags.Name"}
    assert made.replaced_by(url="https://other.example.com") == {"url"}
    made.delete()
    assert aws.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []
