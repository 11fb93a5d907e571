"""AWS Load Balancer Controller: load balancers for Ingresses and Services."""

from collections.abc import Sequence

import pulumi

from catalogue import addons
from components.addon_stack.addon import Addon, Phase, Prerequisites, Values
from components.addon_stack.availability import (
    CLUSTER_CRITICAL,
    CRITICAL,
    ONE_DOWN,
    REPLICAS,
    SURGE,
    over_zones,
    resources,
)
from components.addon_stack.site import Site
from components.certificates import authority_certificate, server_certificate
from components.iam_policy import Condition, Statement

_NAME = "aws-load-balancer-controller"
_CLUSTER = "elbv2.k8s.aws/cluster"
# The chart names them so, whatever the release is called.
_WEBHOOK_HOST = "aws-load-balancer-webhook-service.kube-system.svc"
_WEBHOOK = "webhook"
_BALANCERS = ("loadbalancer/app/*/*", "loadbalancer/net/*/*")
_LISTENERS = ("listener/app/*/*/*", "listener/net/*/*/*")
_RULES = ("listener-rule/app/*/*/*/*", "listener-rule/net/*/*/*/*")
_TARGETS = ("targetgroup/*/*",)


def _statements(site: Site) -> Sequence[Statement]:
    return (
        *_read_statements(site),
        *_security_group_statements(site),
        *_create_statements(site),
        *_change_statements(site),
    )


def _read_statements(site: Site) -> Sequence[Statement]:
    return (
        Statement(
            actions=[
                "ec2:DescribeAccountAttributes",
                "ec2:DescribeAddresses",
                "ec2:DescribeAvailabilityZones",
                "ec2:DescribeInstances",
                "ec2:DescribeInternetGateways",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeRouteTables",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeTags",
                "ec2:DescribeVpcPeeringConnections",
                "ec2:DescribeVpcs",
                "elasticloadbalancing:DescribeCapacityReservation",
                "elasticloadbalancing:DescribeListenerAttributes",
                "elasticloadbalancing:DescribeListenerCertificates",
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeLoadBalancerAttributes",
                "elasticloadbalancing:DescribeLoadBalancers",
                "elasticloadbalancing:DescribeRules",
                "elasticloadbalancing:DescribeSSLPolicies",
                "elasticloadbalancing:DescribeTags",
                "elasticloadbalancing:DescribeTargetGroupAttributes",
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeTargetHealth",
                "elasticloadbalancing:DescribeTrustStores",
            ],
            resources=["*"],
            reason="these APIs know no resources for what describes",
        ),
        Statement(
            actions=["acm:ListCertificates"],
            resources=["*"],
            reason="ACM knows no resources for a list",
        ),
        Statement(
            actions=["ec2:GetSecurityGroupsForVpc"],
            resources=[site.arn("ec2", f"vpc/{site.network.vpc_id}")],
        ),
        Statement(
            actions=["acm:DescribeCertificate"], resources=[site.arn("acm", "certificate/*")]
        ),
        Statement(
            actions=["cognito-idp:DescribeUserPoolClient"],
            resources=[site.arn("cognito-idp", "userpool/*")],
        ),
    )


def _security_group_statements(site: Site) -> Sequence[Statement]:
    groups = site.arn("ec2", "security-group/*")
    vpc = {"ArnEquals": {"ec2:Vpc": site.arn("ec2", f"vpc/{site.network.vpc_id}")}}
    rules = ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"]
    return (
        Statement(
            actions=["ec2:CreateSecurityGroup"],
            resources=[site.arn("ec2", f"vpc/{site.network.vpc_id}")],
        ),
        Statement(
            actions=["ec2:CreateSecurityGroup"],
            resources=[groups],
            conditions=_tagged_in_request(site),
        ),
        Statement(
            actions=["ec2:CreateTags"],
            resources=[groups],
            conditions={
                "StringEquals": {
                    "ec2:CreateAction": "CreateSecurityGroup",
                    f"aws:RequestTag/{_CLUSTER}": site.cluster_name,
                }
            },
        ),
        Statement(
            actions=["ec2:CreateTags", "ec2:DeleteTags"],
            resources=[groups],
            conditions=_own_but_its_tag(site),
        ),
        Statement(
            actions=[*rules, "ec2:DeleteSecurityGroup"],
            resources=[groups],
            conditions=_tagged_as_own(site),
        ),
        # Nodes let the load balancers in.
        Statement(
            actions=rules,
            resources=[groups],
            conditions={
                **vpc,
                "StringEquals": {f"aws:ResourceTag/{site.ownership_tag}": "owned"},
            },
        ),
    )


def _create_statements(site: Site) -> Sequence[Statement]:
    made = [_elb(site, kind) for kind in (*_BALANCERS, *_TARGETS)]
    return (
        Statement(
            actions=[
                "elasticloadbalancing:CreateLoadBalancer",
                "elasticloadbalancing:CreateTargetGroup",
            ],
            resources=made,
            conditions=_tagged_in_request(site),
        ),
        Statement(
            actions=["elasticloadbalancing:AddTags"],
            resources=[*made, *(_elb(site, kind) for kind in (*_LISTENERS, *_RULES))],
            conditions={
                "StringEquals": {
                    "elasticloadbalancing:CreateAction": [
                        "CreateListener",
                        "CreateLoadBalancer",
                        "CreateRule",
                        "CreateTargetGroup",
                    ],
                    f"aws:RequestTag/{_CLUSTER}": site.cluster_name,
                }
            },
        ),
        Statement(
            actions=["iam:CreateServiceLinkedRole"],
            resources=[_linked_role(site)],
            conditions={
                "StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}
            },
        ),
    )


def _change_statements(site: Site) -> Sequence[Statement]:
    """What it may do to what carries its cluster's tag: it puts that on all that it makes."""

    def may_on_own(actions: Sequence[str], *kinds: str) -> Statement:
        return Statement(
            actions=[f"elasticloadbalancing:{action}" for action in actions],
            resources=[_elb(site, kind) for kind in kinds],
            conditions=_tagged_as_own(site),
        )

    return (
        may_on_own(
            [
                "CreateListener",
                "DeleteLoadBalancer",
                "ModifyCapacityReservation",
                "ModifyIpPools",
                "ModifyLoadBalancerAttributes",
                "SetIpAddressType",
                "SetSecurityGroups",
                "SetSubnets",
            ],
            *_BALANCERS,
        ),
        may_on_own(
            [
                "DeleteTargetGroup",
                "DeregisterTargets",
                "ModifyTargetGroup",
                "ModifyTargetGroupAttributes",
                "RegisterTargets",
            ],
            *_TARGETS,
        ),
        may_on_own(
            [
                "AddListenerCertificates",
                "CreateRule",
                "DeleteListener",
                "ModifyListener",
                "ModifyListenerAttributes",
                "RemoveListenerCertificates",
            ],
            *_LISTENERS,
        ),
        may_on_own(["DeleteRule", "ModifyRule", "SetRulePriorities"], *_RULES),
        Statement(
            actions=["elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"],
            resources=[_elb(site, kind) for kind in (*_BALANCERS, *_TARGETS, *_LISTENERS, *_RULES)],
            conditions=_own_but_its_tag(site),
        ),
    )


def _elb(site: Site, kind: str) -> pulumi.Output[str]:
    return site.arn("elasticloadbalancing", kind)


def _linked_role(site: Site) -> pulumi.Output[str]:
    folder = "role/aws-service-role/elasticloadbalancing.amazonaws.com"
    return site.global_arn("iam", f"{folder}/AWSServiceRoleForElasticLoadBalancing")


def _tagged_as_own(site: Site) -> Condition:
    return {"StringEquals": {f"aws:ResourceTag/{_CLUSTER}": site.cluster_name}}


def _tagged_in_request(site: Site) -> Condition:
    return {"StringEquals": {f"aws:RequestTag/{_CLUSTER}": site.cluster_name}}


def _own_but_its_tag(site: Site) -> Condition:
    """Only on its own, and never the tag that says so."""
    return {**_tagged_as_own(site), "ForAllValues:StringNotEquals": {"aws:TagKeys": [_CLUSTER]}}


def _values(site: Site, prerequisites: Prerequisites) -> Values:
    certificate = prerequisites.certificates[_WEBHOOK]
    return {
        "clusterName": site.cluster_name,
        # Else it asks the metadata service, which answers pods on the host network only.
        "region": site.region,
        "vpcId": site.network.vpc_id,
        "replicaCount": REPLICAS,
        "serviceAccount": {
            "create": True,
            "name": _NAME,
            "annotations": {"eks.amazonaws.com/role-arn": prerequisites.role_arn},
        },
        "priorityClassName": CLUSTER_CRITICAL,
        "podDisruptionBudget": ONE_DOWN,
        "topologySpreadConstraints": over_zones({"app.kubernetes.io/name": _NAME}),
        "tolerations": CRITICAL,
        "resources": resources("100m", "128Mi", "256Mi"),
        "updateStrategy": SURGE,
        "defaultTargetType": "ip",
        "enableShield": False,
        "enableWaf": False,
        "enableWafv2": False,
        # It would stand in the way of every Service while no pod of it is ready.
        "enableServiceMutatorWebhook": False,
        "ingressClass": "alb",
        "createIngressClassResource": True,
        "ingressClassConfig": {"default": False},
        "webhookTLS": {
            "caCert": certificate.authority,
            "cert": certificate.certificate,
            "key": certificate.private_key,
        },
    }


ADDON = Addon(
    line=addons.AWS_LOAD_BALANCER_CONTROLLER,
    why="load balancers for Ingresses and Services of type LoadBalancer",
    phase=Phase.EDGE,
    service_account=_NAME,
    statements=_statements,
    certificates=(
        authority_certificate(_NAME),
        server_certificate(_WEBHOOK, _WEBHOOK_HOST, f"{_WEBHOOK_HOST}.cluster.local"),
    ),
    values=_values,
    ports={9443: "webhook of Ingresses and target groups"},
)
"""The load balancer controller."""
