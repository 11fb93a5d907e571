"""The eks stand-in registers the children that the real component was seen to register.

The tables were read off the component provider of pulumi-eks 4.3 under the real engine.
"""

import json
import socket
import time
from collections.abc import Mapping
from unittest.mock import patch

import pulumi
import pulumi_aws as aws
import pytest

from localcloud.plugins.eks import cluster as module
from localcloud.plugins.eks.cluster import Cluster
from localcloud.plugins.eks.options import OptionsError, read
from tests.unit.pulumi_harness import Checks, Plain, Ran, Registered, run

CLUSTER = "eks:index:Cluster"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
ISSUER = "https://oidc.eks.eu-west-1.amazonaws.com/id/ABC"

ALWAYS = {
    ("eks:index:ServiceRole", "c-eksRole", CLUSTER),
    ("aws:iam/role:Role", "c-eksRole-role", "eks:index:ServiceRole"),
    (
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "c-eksRole-HASH",
        "eks:index:ServiceRole",
    ),
    ("aws:eks/cluster:Cluster", "c-eksCluster", CLUSTER),
    ("pulumi:providers:kubernetes", "c-eks-k8s", CLUSTER),
    ("kubernetes:core/v1:ConfigMap", "c-nodeAccess", CLUSTER),
    ("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "c-oidcProvider", CLUSTER),
}
BY_DEFAULT = {
    ("aws:ec2/securityGroup:SecurityGroup", "c-eksClusterSecurityGroup", CLUSTER),
    (RULE, "c-eksClusterInternetEgressRule", CLUSTER),
    ("aws:eks/addon:Addon", "c-kube-proxy", CLUSTER),
    ("eks:index:VpcCniAddon", "c-vpc-cni", CLUSTER),
    ("aws:eks/addon:Addon", "c-vpc-cni", "eks:index:VpcCniAddon"),
    ("aws:ec2/securityGroup:SecurityGroup", "c-nodeSecurityGroup", CLUSTER),
    (RULE, "c-eksExtApiServerClusterIngressRule", CLUSTER),
    (RULE, "c-eksNodeIngressRule", CLUSTER),
    (RULE, "c-eksNodeInternetEgressRule", CLUSTER),
    (RULE, "c-eksClusterIngressRule", CLUSTER),
    (RULE, "c-eksNodeClusterIngressRule", CLUSTER),
}
PLAIN = {
    "name": "blue",
    "version": "1.34",
    "vpcId": "vpc-1",
    "publicSubnetIds": ["subnet-public"],
    "privateSubnetIds": ["subnet-private"],
    "skipDefaultNodeGroup": True,
    "createOidcProvider": True,
    "authenticationMode": "API_AND_CONFIG_MAP",
}
OURS = PLAIN | {
    "skipDefaultSecurityGroups": True,
    "useDefaultVpcCni": True,
    "kubeProxyAddonOptions": {"enabled": False},
    "bootstrapSelfManagedAddons": False,
    "encryptionConfigKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/1",
    "deletionProtection": True,
    "upgradePolicy": {"supportType": "STANDARD"},
    "enabledClusterLogTypes": ["api", "audit"],
    "endpointPrivateAccess": True,
    "endpointPublicAccess": False,
    "roleMappings": [
        {"roleArn": "arn:aws:iam::123456789012:role/admin", "username": "a", "groups": ["g"]}
    ],
}


def made(
    inputs: Mapping[str, Plain], *, group: bool = False, config: Mapping[str, str] | None = None
) -> Ran:
    """What a cluster registers, its own security group given to it or not."""

    def program(_: Checks) -> None:
        role = aws.iam.Role("node", name="node", assume_role_policy="{}")
        given = {**inputs, "instanceRoles": [role]}
        if group:
            given["clusterSecurityGroup"] = aws.ec2.SecurityGroup("ours", vpc_id="vpc-1")
        cluster = Cluster("c", read(given), pulumi.ResourceOptions())
        for key in ("clusterSecurityGroupId", "nodeSecurityGroupId", "kubeconfig"):
            pulumi.export(key, cluster.state[key])

    answers: Mapping[str, Mapping[str, Plain]] = {
        "aws:eks/cluster:Cluster": {
            "endpoint": "https://abc.eu-west-1.eks.amazonaws.com",
            "certificateAuthority": {"data": "Y2E="},
            "identities": [{"oidcs": [{"issuer": ISSUER}]}],
            "vpcConfig": {"subnetIds": [], "clusterSecurityGroupId": "sg-of-eks"},
        }
    }
    calls: Mapping[str, Mapping[str, Plain]] = {
        "aws:index/getPartition:getPartition": {"partition": "aws"},
        "aws:index/getRegion:getRegion": {"region": "eu-west-1", "name": "eu-west-1"},
        "aws:eks/getAddonVersion:getAddonVersion": {"version": "v1.0.0-eksbuild.1"},
    }
    with patch.object(module, "thumbprint", lambda _issuer: "ab" * 20):
        return run(program, resources=answers, calls=calls, config=config)


def children(ran: Ran) -> set[tuple[str, str, str]]:
    """Type, name and parent's type of everything but the cluster itself and the test's role."""
    kinds = {resource.urn: resource.type for resource in ran.resources}
    return {
        (resource.type, _without_hash(resource), kinds.get(resource.parent, ""))
        for resource in ran.resources
        if resource.type != CLUSTER and resource.name != "node"
    }


def _without_hash(resource: Registered) -> str:
    if resource.type.endswith(":RolePolicyAttachment"):
        return f"{resource.name.rpartition('-')[0]}-HASH"
    return resource.name


def test_a_cluster_with_defaults_has_the_children_of_the_real_one() -> None:
    assert children(made(PLAIN)) == ALWAYS | BY_DEFAULT


def test_the_platforms_cluster_has_just_what_the_real_one_has() -> None:
    assert children(made(OURS)) == ALWAYS


def test_properties_of_the_cluster_with_defaults() -> None:
    ran = made(PLAIN)
    cluster = ran.only("aws:eks/cluster:Cluster").inputs
    assert cluster["accessConfig"] == {
        "authenticationMode": "API_AND_CONFIG_MAP",
        "bootstrapClusterCreatorAdminPermissions": True,
    }
    assert cluster["bootstrapSelfManagedAddons"] is True
    assert "upgradePolicy" not in cluster
    assert cluster["vpcConfig"]["subnetIds"] == ["subnet-public", "subnet-private"]
    assert "endpointPublicAccess" not in cluster["vpcConfig"]
    proxy = ran.only("aws:eks/addon:Addon", "c-kube-proxy").inputs
    assert proxy["preserve"] is True
    assert proxy["resolveConflictsOnCreate"] == "OVERWRITE"
    assert proxy["addonVersion"] == "v1.0.0-eksbuild.1"
    group = ran.only("aws:ec2/securityGroup:SecurityGroup", "c-nodeSecurityGroup").inputs
    assert group["tags"]["kubernetes.io/cluster/blue"] == "owned"
    role = ran.only("aws:iam/role:Role", "c-eksRole-role").inputs
    assert "sts:TagSession" in role["assumeRolePolicy"]
    assert "eks.amazonaws.com" in role["assumeRolePolicy"]


def test_properties_of_the_platforms_cluster() -> None:
    ran = made(OURS)
    cluster = ran.only("aws:eks/cluster:Cluster").inputs
    assert cluster["bootstrapSelfManagedAddons"] is False
    assert cluster["deletionProtection"] is True
    assert cluster["upgradePolicy"] == {"supportType": "STANDARD"}
    assert cluster["encryptionConfig"]["resources"] == ["secrets"]
    auth = ran.only("kubernetes:core/v1:ConfigMap", "c-nodeAccess").inputs
    assert auth["metadata"]["name"] == "aws-auth"
    assert auth["metadata"]["annotations"]["pulumi.com/patchForce"] == "true"
    first, second = auth["data"]["mapRoles"].split("- rolearn: ")[1:]
    assert first.startswith("arn:aws:iam::123456789012:role/admin")
    assert "system:node:{{EC2PrivateDNSName}}" in second
    assert "system:bootstrappers" in second
    oidc = ran.only("aws:iam/openIdConnectProvider:OpenIdConnectProvider").inputs
    assert oidc["url"] == ISSUER
    assert oidc["clientIdLists"] == ["sts.amazonaws.com"]


def test_a_given_security_group_is_added_to_the_one_that_eks_makes() -> None:
    ran = made(OURS, group=True)
    assert children(ran) == ALWAYS | {("aws:ec2/securityGroup:SecurityGroup", "ours", "")}
    cluster = ran.only("aws:eks/cluster:Cluster")
    assert cluster.inputs["vpcConfig"]["securityGroupIds"] == ["ours-id"]
    assert ran.exports["clusterSecurityGroupId"] == "ours-id"
    assert ran.exports["nodeSecurityGroupId"] == "sg-of-eks"
    alone = made(OURS)
    assert "securityGroupIds" not in alone.only("aws:eks/cluster:Cluster").inputs["vpcConfig"]
    assert alone.exports["clusterSecurityGroupId"] == "sg-of-eks"
    assert alone.exports["nodeSecurityGroupId"] == "sg-of-eks"


def profiles(ran: Ran) -> tuple[str | None, str | None]:
    """Profiles in the kubeconfig of the component's own provider, and in the one it hands out."""
    own = json.loads(ran.only("pulumi:providers:kubernetes").inputs["kubeconfig"])
    return _profile(own), _profile(ran.exports["kubeconfig"])


def _profile(kubeconfig: Plain) -> str | None:
    arguments = kubeconfig["users"][0]["user"]["exec"]["args"]
    return arguments[arguments.index("--profile") + 1] if "--profile" in arguments else None


def test_the_profile_of_whoever_updates_gets_into_the_state_unless_something_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    assert profiles(made(OURS)) == (None, None)
    assert profiles(made(OURS, config={"aws:profile": "bob"})) == ("bob", None)
    monkeypatch.setenv("AWS_PROFILE", "alice")
    assert profiles(made(OURS, config={"aws:profile": "bob"})) == ("alice", None)
    given = OURS | {"providerCredentialOpts": {"profileName": "ops"}}
    assert profiles(made(given)) == ("ops", None)
    nothing = OURS | {"providerCredentialOpts": {}}
    assert profiles(made(nothing, config={"aws:profile": "bob"})) == (None, None)


def test_a_given_security_group_is_a_resource_as_the_schema_says() -> None:
    with pytest.raises(OptionsError, match="clusterSecurityGroup: must be a security group"):
        read(OURS | {"clusterSecurityGroup": "sg-1"})


def test_what_it_does_not_know_is_named_all_at_once() -> None:
    with pytest.raises(OptionsError) as refused:
        read(PLAIN | {"fargate": True, "skipDefaultNodeGroup": False})
    assert set(refused.value.mistakes) == {"fargate", "skipDefaultNodeGroup"}


def test_an_endpoint_that_never_answers_is_waited_for_and_then_left_with_a_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(module.pulumi.log, "warn", warnings.append)
    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    monkeypatch.delenv("https_proxy", raising=False)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        began = time.monotonic()
        module.wait_for_health(f"https://127.0.0.1:{closed.getsockname()[1]}", deadline=1.0)
    assert time.monotonic() - began >= 1.0
    (warning,) = warnings
    assert warning.endswith("did not answer in 1 seconds; going on")
