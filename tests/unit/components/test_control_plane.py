"""The control plane: what is asked of pulumi_eks, and what is taken out of it."""

import json
import re

import pulumi
import pytest
from pulumi_aws import ec2, iam

from components.cluster_users import human_users
from components.control_plane import ControlPlane, ControlPlaneArgs, cluster_arn
from components.kept_log_group import KeptLogGroups
from eks_platform_contract.outputs import HumanRoles, Network
from settings import load_colour
from tests.unit.components.eks_answer import AUTHORITY, CLUSTER, ENDPOINT, ISSUER, answer
from tests.unit.pulumi_harness import Checks, Ran, run
from tests.unit.settings.stack_files import Changes, config_of

GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"

ROLES = HumanRoles(admin="arn:admin", readwrite="arn:readwrite", readonly="arn:readonly")


NETWORK = Network(
    vpc_id="vpc-1",
    vpc_cidr="10.40.0.0/16",
    public_subnet_ids=("subnet-4", "subnet-5", "subnet-6"),
    private_subnet_ids=("subnet-1", "subnet-2", "subnet-3"),
)


NONE_KEPT = KeptLogGroups()


def make(
    *,
    preview: bool = False,
    network: Network = NETWORK,
    roles: HumanRoles = ROLES,
    endpoint: Changes | None = None,
    logging: Changes | None = None,
    kept: KeptLogGroups = NONE_KEPT,
) -> Ran:
    changes = {"eks-platform:endpoint": endpoint or {}, "eks-platform:logging": logging or {}}
    settings = load_colour("blue", config_of("blue", changes))

    def program(_: Checks) -> None:
        args = ControlPlaneArgs(
            tags={"Stack": "blue"},
            settings=settings,
            network=network,
            service_cidr="172.20.0.0/16",
            node_role=iam.Role("node", name="eks-blue-node", assume_role_policy="{}"),
            users=human_users(roles),
            kept_log_groups=kept,
            cluster_tags={"eks-platform/creator": "arn:maker"},
        )
        plane = ControlPlane("eks-blue", args)
        pulumi.export("kubeconfig", plane.kubeconfig)
        pulumi.export("authority", plane.certificate_authority)
        pulumi.export("oidcProviderArn", plane.oidc_provider_arn)

    made = {CLUSTER: answer("eks-blue"), "aws:kms/key:Key": {"keyId": "key-1"}}
    return run(program, resources={} if preview else made, preview=preview)


def test_the_cluster_has_exactly_the_options_of_the_design() -> None:
    ran = make(logging={"types": ["api", "audit"]})
    inputs = dict(ran.only(CLUSTER).inputs)
    (role,) = inputs.pop("instanceRoles")
    assert isinstance(role, iam.Role)
    assert role.pulumi_resource_name == "node"
    group = inputs.pop("clusterSecurityGroup")
    assert isinstance(group, ec2.SecurityGroup)
    assert group.pulumi_resource_name == "eks-blue-control-plane"
    assert inputs.pop("kubeProxyAddonOptions")["enabled"] is False
    assert inputs == {
        "name": "eks-blue",
        "version": "1.34",
        "vpcId": "vpc-1",
        "privateSubnetIds": ["subnet-1", "subnet-2", "subnet-3"],
        "kubernetesServiceIpAddressRange": "172.20.0.0/16",
        "endpointPrivateAccess": True,
        "endpointPublicAccess": False,
        "encryptionConfigKeyArn": "arn:aws:mock:eu-west-1:123456789012:eks-blue-secrets",
        "enabledClusterLogTypes": ["api", "audit"],
        "deletionProtection": True,
        "upgradePolicy": {"supportType": "EXTENDED"},
        "skipDefaultNodeGroup": True,
        "skipDefaultSecurityGroups": True,
        "useDefaultVpcCni": True,
        "bootstrapSelfManagedAddons": False,
        "createOidcProvider": True,
        "providerCredentialOpts": {},
        "enableConfigMapMutable": True,
        "authenticationMode": "API_AND_CONFIG_MAP",
        "tags": {"Stack": "blue"},
        "clusterTags": {"eks-platform/creator": "arn:maker"},
        "roleMappings": [
            {
                "roleArn": "arn:admin",
                "username": "kubernetes-admin",
                "groups": ["system:masters"],
            },
            {
                "roleArn": "arn:readwrite",
                "username": "kubernetes-readwrite",
                "groups": ["readwrite", "readonly", "debugmode"],
            },
            {
                "roleArn": "arn:readonly",
                "username": "kubernetes-readonly",
                "groups": ["readonly", "debugmode"],
            },
        ],
    }


def test_the_endpoint_is_public_only_for_the_given_ranges() -> None:
    endpoint = {"public": True, "publicCidrs": ["192.0.2.0/24"]}
    cluster = make(endpoint=endpoint).only(CLUSTER).inputs
    assert cluster["endpointPrivateAccess"] is True
    assert cluster["endpointPublicAccess"] is True
    assert cluster["publicAccessCidrs"] == ["192.0.2.0/24"]


def test_private_networks_reach_the_api_server_before_anything_is_written_to_it() -> None:
    """The component writes aws-auth as soon as the cluster is there."""
    network = NETWORK.model_copy(update={"vpc_cidrs": ("10.40.0.0/16", "100.64.0.0/16")})
    ran = make(network=network, endpoint={"privateCidrs": ["10.8.0.0/22", "10.40.0.0/16"]})
    group = ran.only(GROUP)
    rules = ran.of_type(INGRESS)
    assert {rule.inputs["cidrIpv4"] for rule in rules} == {
        "10.40.0.0/16",
        "100.64.0.0/16",
        "10.8.0.0/22",
    }
    for rule in rules:
        ports = (rule.inputs["ipProtocol"], rule.inputs["fromPort"], rule.inputs["toPort"])
        assert ports == ("tcp", 443, 443)
        assert rule.inputs["securityGroupId"] == "eks-blue-control-plane-id"
        assert rule.waits_for(group)
        assert ran.only(CLUSTER).waits_for(rule)
    assert len(rules) == 3  # EC2 refuses a rule that it has already


def test_the_security_group_opens_nothing_else() -> None:
    ran = make()
    group = ran.only(GROUP).inputs
    assert (group.get("ingress"), group.get("egress"), ran.of_type(EGRESS)) == (None, None, [])
    assert group["vpcId"] == "vpc-1"
    assert group["tags"] == {"Stack": "blue", "Name": "eks-blue-control-plane"}
    (rule,) = ran.of_type(INGRESS)
    assert re.fullmatch(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}", rule.inputs["description"])


def test_secrets_are_encrypted_with_a_key_that_rotates() -> None:
    ran = make()
    key, alias = ran.only("aws:kms/key:Key"), ran.only("aws:kms/alias:Alias")
    assert key.inputs["enableKeyRotation"] is True
    assert key.inputs["deletionWindowInDays"] == 30
    assert key.inputs["tags"]["Name"] == "eks-blue-secrets"
    assert alias.inputs["name"] == "alias/eks-blue-secrets"
    assert alias.inputs["targetKeyId"] == "key-1"
    assert ran.only(CLUSTER).property_dependencies["encryptionConfigKeyArn"] == (key.urn,)


def test_the_log_group_with_its_retention_is_there_before_eks_would_make_one() -> None:
    ran = make(logging={"retentionDays": 30})
    logs = ran.only("aws:cloudwatch/logGroup:LogGroup")
    assert logs.inputs["name"] == "/aws/eks/eks-blue/cluster"
    assert logs.inputs["retentionInDays"] == 30
    assert ran.only(CLUSTER).waits_for(logs)


def test_before_the_log_group_is_made_what_eks_left_of_an_earlier_one_goes() -> None:
    ran = make()
    logs = ran.only("aws:cloudwatch/logGroup:LogGroup")
    assert logs.before_create == ("eks-blue-leftover-logs",)
    assert set(logs.before_create) <= set(ran.hooks)
    assert logs.before_delete == ()  # or a destroy would need the program for it


GROUP_NAME = "/aws/eks/eks-blue/cluster"


@pytest.mark.parametrize("keep", [True, False])
def test_its_logs_stay_when_it_goes_unless_the_settings_say_otherwise(keep: bool) -> None:
    logs = make(logging={"keep": keep}).only("aws:cloudwatch/logGroup:LogGroup")
    assert logs.retain_on_delete is keep
    assert logs.import_id == ""


def test_a_log_group_that_an_earlier_cluster_left_is_gone_on_with() -> None:
    """Made anew it would collide: AWS takes each name once."""
    logs = make(kept=KeptLogGroups(frozenset({GROUP_NAME}))).only(
        "aws:cloudwatch/logGroup:LogGroup"
    )
    assert logs.inputs["name"] == GROUP_NAME
    assert logs.import_id == GROUP_NAME
    assert set(logs.ignore_changes) == {"retentionInDays", "tags"}  # else older engines refuse it
    logs = make(kept=KeptLogGroups(frozenset({"another"}))).only("aws:cloudwatch/logGroup:LogGroup")
    assert logs.import_id == ""


def test_of_one_that_the_stack_has_every_change_is_made() -> None:
    kept = KeptLogGroups(frozenset({GROUP_NAME}), own=True)
    logs = make(kept=kept).only("aws:cloudwatch/logGroup:LogGroup")
    assert logs.import_id == GROUP_NAME
    assert logs.ignore_changes == ()


def test_outputs_are_plain_and_wait_for_the_cluster() -> None:
    ran = make()
    component = ran.only("eks-platform:controlPlane:ControlPlane")
    assert ran.outputs_of(component) == {
        "name": "eks-blue",
        "arn": "arn:aws:eks:eu-west-1:123456789012:cluster/eks-blue",
        "endpoint": ENDPOINT,
        "version": "1.34",
        "oidcIssuer": ISSUER,
        "securityGroupId": "sg-cluster",
    }
    assert ran.exports["authority"] == AUTHORITY
    assert ran.exports["oidcProviderArn"].endswith(ISSUER)
    assert ran.exports["kubeconfig"]["current-context"] == "aws"


def test_kubernetes_objects_go_through_a_provider_of_this_cluster() -> None:
    ran = make()
    provider = ran.only("pulumi:providers:kubernetes")
    assert provider.name == "eks-blue"
    kubeconfig = json.loads(provider.inputs["kubeconfig"])
    assert kubeconfig["clusters"][0]["cluster"]["server"] == ENDPOINT
    assert provider.waits_for(ran.only(CLUSTER))
    assert "deleteUnreachable" not in provider.inputs


def test_a_preview_of_a_cluster_that_is_not_there_yet() -> None:
    ran = make(preview=True)
    assert ran.only(CLUSTER).inputs["name"] == "eks-blue"
    assert ran.only("pulumi:providers:kubernetes")


def test_the_cluster_arn_is_in_the_partition_and_account_of_its_oidc_provider() -> None:
    provider = "arn:aws-us-gov:iam::210987654321:oidc-provider/oidc.eks.us-gov-west-1.x/id/A"
    assert cluster_arn(provider, "us-gov-west-1", "eks-green") == (
        "arn:aws-us-gov:eks:us-gov-west-1:210987654321:cluster/eks-green"
    )


def test_aws_auth_names_roles_without_their_path() -> None:
    """A token names its role so, and aws-auth is compared with that."""
    roles = HumanRoles(
        admin="arn:aws:iam::1:role/aws-reserved/sso/Ops_1",
        readwrite="arn:aws:iam::1:role/lead",
        readonly="arn:aws:iam::1:role/x/dev",
    )
    mappings = make(roles=roles).only(CLUSTER).inputs["roleMappings"]
    assert [it["roleArn"].rsplit(":", 1)[-1] for it in mappings] == [
        "role/Ops_1",
        "role/lead",
        "role/dev",
    ]
