"""What each add-on's role may do and may not, on eks-blue in account 123456789012."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.unit.components.addons.policy_evaluation import Context, Request

HERE = "eu-west-1:123456789012"
ELSEWHERE = "eu-west-1:999999999999"
PRIVATE = "arn:aws:route53:::hostedzone/ZPRIVATE"
PUBLIC = "arn:aws:route53:::hostedzone/ZPUBLIC"
FOREIGN = "arn:aws:route53:::hostedzone/ZFOREIGN"
BLUE = {"aws:ResourceTag/kubernetes.io/cluster/eks-blue": "owned"}
GREEN = {"aws:ResourceTag/kubernetes.io/cluster/eks-green": "owned"}
LB_BLUE = {"aws:ResourceTag/elbv2.k8s.aws/cluster": "eks-blue"}
LB_GREEN = {"aws:ResourceTag/elbv2.k8s.aws/cluster": "eks-green"}
ASK_BLUE = {"aws:RequestTag/elbv2.k8s.aws/cluster": "eks-blue"}
ASK_GREEN = {"aws:RequestTag/elbv2.k8s.aws/cluster": "eks-green"}
VPC = f"arn:aws:ec2:{HERE}:vpc/vpc-1"
IN_VPC = {"ec2:Vpc": VPC}
OTHER_VPC = {"ec2:Vpc": f"arn:aws:ec2:{HERE}:vpc/vpc-2"}
ENI = f"arn:aws:ec2:{HERE}:network-interface/eni-1"
SUBNET = f"arn:aws:ec2:{HERE}:subnet/subnet-1"
GROUP = f"arn:aws:ec2:{HERE}:security-group/sg-1"
INSTANCE = f"arn:aws:ec2:{HERE}:instance/i-1"
BALANCER = f"arn:aws:elasticloadbalancing:{HERE}:loadbalancer/app/k8s-web/1"
TARGETS = f"arn:aws:elasticloadbalancing:{HERE}:targetgroup/k8s-web/1"
LISTENER = f"arn:aws:elasticloadbalancing:{HERE}:listener/app/k8s-web/1/2"
RULE = f"arn:aws:elasticloadbalancing:{HERE}:listener-rule/app/k8s-web/1/2/3"
QUEUE = f"arn:aws:sqs:{HERE}:eks-blue-interruptions"
LOGS = f"arn:aws:logs:{HERE}:log-group:/eks/eks-blue/pods"


@dataclass(frozen=True)
class Case:
    """A request with what the role must answer."""

    role: str
    allows: bool
    request: Request
    note: str = ""

    def __str__(self) -> str:
        verb = "may" if self.allows else "may not"
        return f"{self.role} {verb} {self.request.action} {self.note}".strip()


def _asg(name: str) -> str:
    return f"arn:aws:autoscaling:{HERE}:autoScalingGroup:uuid:autoScalingGroupName/{name}"


def _case(
    role: str,
    allows: bool,
    action: str,
    resources: str | Sequence[str] = "*",
    context: Context | None = None,
    *,
    note: str = "",
) -> Case:
    named = (resources,) if isinstance(resources, str) else tuple(resources)
    return Case(role, allows, Request(action=action, resources=named, context=context or {}), note)


def _change(role: str, allows: bool, zone: str, name: str, kind: str, *, note: str = "") -> Case:
    context = {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": [name],
        "route53:ChangeResourceRecordSetsRecordTypes": [kind],
    }
    action = "route53:ChangeResourceRecordSets"
    return _case(role, allows, action, zone, context, note=note or f"{kind} {name}")


def _create_interface(allows: bool, note: str, *, vpc: Context, tags: Context) -> Case:
    request = Request(
        action="ec2:CreateNetworkInterface",
        resources=(ENI, SUBNET, GROUP),
        of={ENI: tags, SUBNET: vpc, GROUP: vpc},
    )
    return Case("cilium", allows, request, note)


_OWN = "web.eks-blue.devinfra.fr"
_DNS = (
    _change("external-dns-public", True, PUBLIC, _OWN, "CNAME"),
    _change("external-dns-public", True, PUBLIC, f"cname-{_OWN}", "TXT"),
    _change("external-dns-public", False, FOREIGN, _OWN, "CNAME", note="in a foreign zone"),
    _change("external-dns-public", False, PRIVATE, _OWN, "CNAME", note="in the private zone"),
    _change(
        "external-dns-public", False, PUBLIC, "web.devinfra.fr", "CNAME", note="on a live name"
    ),
    _change("external-dns-public", False, PUBLIC, "web.eks-green.devinfra.fr", "A"),
    _change("external-dns-public", False, PUBLIC, "eks-blue.devinfra.fr", "NS"),
    _change("external-dns-public", False, PUBLIC, _OWN, "MX"),
    _change("external-dns-private", True, PRIVATE, "web.eks-blue.devinfra.local", "A"),
    _change("external-dns-private", False, PUBLIC, _OWN, "A", note="in the public zone"),
    _change("live-external-dns-public", True, PUBLIC, "web.devinfra.fr", "CNAME"),
    _change("live-external-dns-public", False, PUBLIC, _OWN, "CNAME", note="on a cluster's name"),
    _change("live-external-dns-public", False, FOREIGN, "web.devinfra.fr", "CNAME", note="abroad"),
    _change("live-external-dns-private", True, PRIVATE, "web.devinfra.local", "CNAME"),
    _change("live-external-dns-private", False, PRIVATE, "web.eks-blue.devinfra.local", "CNAME"),
    _case("external-dns-public", True, "route53:ListResourceRecordSets", PUBLIC),
    _case("external-dns-public", False, "route53:ListResourceRecordSets", FOREIGN),
    _case("external-dns-public", False, "route53:DeleteHostedZone", PUBLIC),
)
_TAG = "aws:ResourceTag/k8s.io/cluster-autoscaler"
_AUTOSCALER = "cluster-autoscaler"
_SET = "autoscaling:SetDesiredCapacity"
_END = "autoscaling:TerminateInstanceInAutoScalingGroup"
_AUTOSCALING = (
    _case(_AUTOSCALER, True, _SET, _asg("eks-blue-spot"), {f"{_TAG}/eks-blue": "owned"}),
    _case(_AUTOSCALER, True, _END, _asg("eks-blue-spot"), {f"{_TAG}/eks-blue": "owned"}),
    _case(
        _AUTOSCALER,
        False,
        _SET,
        _asg("eks-green-spot"),
        {f"{_TAG}/eks-green": "owned"},
        note="another cluster's group",
    ),
    _case(
        _AUTOSCALER,
        False,
        _SET,
        _asg("eks-green-spot"),
        {f"{_TAG}/eks-blue": "owned"},
        note="another cluster's group under a false tag",
    ),
    _case(_AUTOSCALER, False, _SET, _asg("eks-blue-spot"), None, note="untagged"),
    _case(
        _AUTOSCALER, False, _END, _asg("billing"), {f"{_TAG}/eks-blue": "owned"}, note="a stranger"
    ),
    _case(_AUTOSCALER, True, "autoscaling:DescribeAutoScalingGroups"),
    _case(_AUTOSCALER, True, "ec2:DescribeInstanceTypes"),
    _case(_AUTOSCALER, False, "autoscaling:DeleteAutoScalingGroup", _asg("eks-blue-spot")),
    _case(_AUTOSCALER, False, "ec2:TerminateInstances", INSTANCE, BLUE),
)
_HANDLER = "aws-node-termination-handler"
_DONE = "autoscaling:CompleteLifecycleAction"
_HANDLING = (
    _case(_HANDLER, True, "sqs:ReceiveMessage", QUEUE),
    _case(_HANDLER, True, "sqs:DeleteMessage", QUEUE),
    _case(_HANDLER, False, "sqs:ReceiveMessage", QUEUE.replace("blue", "green"), note="green's"),
    _case(_HANDLER, False, "sqs:SendMessage", QUEUE),
    _case(_HANDLER, False, "sqs:PurgeQueue", QUEUE),
    _case(_HANDLER, True, _DONE, _asg("eks-blue-on-demand")),
    _case(_HANDLER, False, _DONE, _asg("eks-green-on-demand"), note="green's"),
    _case(_HANDLER, True, "ec2:DescribeInstances"),
    _case(_HANDLER, False, "ec2:TerminateInstances", INSTANCE, BLUE),
)
_SECRET = f"arn:aws:secretsmanager:{HERE}:secret:"
_PARAMETER = f"arn:aws:ssm:{HERE}:parameter/"
_READER = "external-secrets"
_SECRETS = (
    _case(_READER, True, "secretsmanager:GetSecretValue", f"{_SECRET}eks-platform/db-AbCdEf"),
    _case(_READER, False, "secretsmanager:GetSecretValue", f"{_SECRET}payroll-AbCdEf"),
    _case(_READER, False, "secretsmanager:GetSecretValue", f"{_SECRET}eks-platformx-AbCdEf"),
    _case(_READER, False, "secretsmanager:PutSecretValue", f"{_SECRET}eks-platform/db-AbCdEf"),
    _case(_READER, False, "secretsmanager:DeleteSecret", f"{_SECRET}eks-platform/db-AbCdEf"),
    _case(_READER, True, "secretsmanager:ListSecrets"),
    _case(_READER, True, "ssm:GetParameter", f"{_PARAMETER}eks-platform/url"),
    _case(_READER, True, "ssm:GetParametersByPath", f"{_PARAMETER}eks-platform/app"),
    _case(_READER, False, "ssm:GetParameter", f"{_PARAMETER}payroll/key"),
    _case(_READER, False, "ssm:PutParameter", f"{_PARAMETER}eks-platform/url"),
)
_LOGGING = (
    _case("fluentd", True, "logs:PutLogEvents", f"{LOGS}:log-stream:a"),
    _case("fluentd", True, "logs:CreateLogStream", f"{LOGS}:log-stream:a"),
    _case("fluentd", False, "logs:PutLogEvents", f"{LOGS.replace('blue', 'green')}:log-stream:a"),
    _case("fluentd", False, "logs:CreateLogGroup", LOGS),
    _case("fluentd", False, "logs:DeleteLogGroup", f"{LOGS}:*"),
    _case("fluentd", False, "logs:GetLogEvents", f"{LOGS}:log-stream:a"),
)
_TAGGED = {"aws:RequestTag/kubernetes.io/cluster/eks-blue": "owned"}
_MODIFY = "ec2:ModifyNetworkInterfaceAttribute"
_NETWORK = (
    _create_interface(True, "tagged, in the VPC", vpc=IN_VPC, tags=_TAGGED),
    _create_interface(False, "without the tag", vpc=IN_VPC, tags={}),
    _create_interface(False, "in another VPC", vpc=OTHER_VPC, tags=_TAGGED),
    _case("cilium", True, "ec2:AttachNetworkInterface", (ENI, INSTANCE), BLUE),
    _case("cilium", False, "ec2:AttachNetworkInterface", (ENI, INSTANCE), GREEN, note="green's"),
    _case("cilium", True, "ec2:DeleteNetworkInterface", ENI, BLUE),
    _case("cilium", False, "ec2:DeleteNetworkInterface", ENI, GREEN, note="green's"),
    _case("cilium", False, "ec2:DeleteNetworkInterface", ENI, None, note="a stranger's"),
    _case("cilium", True, "ec2:AssignPrivateIpAddresses", ENI, BLUE),
    _case("cilium", True, _MODIFY, ENI, BLUE),
    _case("cilium", True, _MODIFY, (ENI, INSTANCE), BLUE, note="of an attachment"),
    _case("cilium", False, _MODIFY, (ENI, INSTANCE), GREEN, note="of green's attachment"),
    _case("cilium", False, _MODIFY, ENI, GREEN, note="green's"),
    _case("cilium", True, "ec2:CreateTags", ENI, {"ec2:CreateAction": "CreateNetworkInterface"}),
    _case("cilium", False, "ec2:CreateTags", ENI, BLUE, note="later"),
    _case("cilium", False, "ec2:CreateTags", INSTANCE, None, note="on an instance"),
    _case("cilium", True, "ec2:DescribeSubnets"),
)
_LBC = "aws-load-balancer-controller"
_ELB = "elasticloadbalancing"
_CREATED = {f"{_ELB}:CreateAction": "CreateLoadBalancer"}
_BALANCING = (
    _case(_LBC, True, f"{_ELB}:CreateLoadBalancer", BALANCER, ASK_BLUE),
    _case(_LBC, False, f"{_ELB}:CreateLoadBalancer", BALANCER, None, note="untagged"),
    _case(_LBC, False, f"{_ELB}:CreateLoadBalancer", BALANCER, ASK_GREEN, note="as green's"),
    _case(_LBC, True, f"{_ELB}:DeleteLoadBalancer", BALANCER, LB_BLUE),
    _case(_LBC, False, f"{_ELB}:DeleteLoadBalancer", BALANCER, LB_GREEN, note="green's"),
    _case(_LBC, False, f"{_ELB}:DeleteLoadBalancer", BALANCER, None, note="a stranger's"),
    _case(_LBC, True, f"{_ELB}:CreateListener", BALANCER, LB_BLUE),
    _case(_LBC, False, f"{_ELB}:CreateListener", BALANCER, LB_GREEN, note="green's"),
    _case(_LBC, True, f"{_ELB}:ModifyListener", LISTENER, LB_BLUE),
    _case(_LBC, False, f"{_ELB}:ModifyListener", LISTENER, LB_GREEN, note="green's"),
    _case(_LBC, True, f"{_ELB}:CreateRule", LISTENER, LB_BLUE),
    _case(_LBC, True, f"{_ELB}:DeleteRule", RULE, LB_BLUE),
    _case(_LBC, False, f"{_ELB}:DeleteRule", RULE, LB_GREEN, note="green's"),
    _case(_LBC, True, f"{_ELB}:RegisterTargets", TARGETS, LB_BLUE),
    _case(_LBC, False, f"{_ELB}:RegisterTargets", TARGETS, LB_GREEN, note="green's"),
    _case(_LBC, True, f"{_ELB}:AddTags", BALANCER, {**_CREATED, **ASK_BLUE}),
    _case(_LBC, False, f"{_ELB}:AddTags", BALANCER, ASK_BLUE, note="on what is not its own"),
    _case(
        _LBC,
        False,
        f"{_ELB}:AddTags",
        BALANCER,
        {**LB_BLUE, "aws:TagKeys": ["elbv2.k8s.aws/cluster"]},
        note="that say whose it is",
    ),
    _case(_LBC, True, f"{_ELB}:RemoveTags", BALANCER, {**LB_BLUE, "aws:TagKeys": ["team"]}),
    _case(_LBC, True, "ec2:AuthorizeSecurityGroupIngress", GROUP, {**IN_VPC, **BLUE}),
    _case(
        _LBC, False, "ec2:AuthorizeSecurityGroupIngress", GROUP, {**IN_VPC, **GREEN}, note="green's"
    ),
    _case(_LBC, False, "ec2:AuthorizeSecurityGroupIngress", GROUP, IN_VPC, note="a stranger's"),
    _case(_LBC, True, "ec2:DeleteSecurityGroup", GROUP, LB_BLUE),
    _case(_LBC, False, "ec2:DeleteSecurityGroup", GROUP, {**IN_VPC, **BLUE}, note="of the nodes"),
    _case(_LBC, True, "ec2:CreateSecurityGroup", (VPC, GROUP), ASK_BLUE),
    _case(_LBC, False, "ec2:CreateSecurityGroup", (VPC, GROUP), None, note="untagged"),
    _case(_LBC, False, "ec2:RunInstances", INSTANCE),
    _case(_LBC, False, f"{_ELB}:SetWebAcl", BALANCER, LB_BLUE),
    _case(_LBC, False, f"{_ELB}:RegisterTargets", TARGETS.replace(HERE, ELSEWHERE), LB_BLUE),
)
_KARPENTER = "karpenter"


def _tagged(kind: str, cluster: str, pool: str | None = "spot") -> Context:
    """Tags of what Karpenter made for a cluster, or asks for."""
    tags = {f"kubernetes.io/cluster/{cluster}": "owned", "eks:eks-cluster-name": cluster}
    if pool is not None:
        tags["karpenter.sh/nodepool"] = pool
    return {f"aws:{kind}Tag/{key}": value for key, value in tags.items()}


_MINE, _GREENS = _tagged("Resource", "eks-blue"), _tagged("Resource", "eks-green")
_ASKED, _ASKED_GREEN = _tagged("Request", "eks-blue"), _tagged("Request", "eks-green")
_TEMPLATE = f"arn:aws:ec2:{HERE}:launch-template/lt-1"
_NODES_GROUP = f"arn:aws:ec2:{HERE}:security-group/sg-1"
_IMAGE = "arn:aws:ec2:eu-west-1::image/ami-1"
_FLEET = f"arn:aws:ec2:{HERE}:fleet/fleet-1"
_NODE_ROLE = "arn:aws:iam::123456789012:role/eks-blue-node"
_PROFILES = "arn:aws:iam::123456789012:instance-profile"
_EC2 = {"iam:PassedToService": "ec2.amazonaws.com"}
_OWN_QUEUE = f"arn:aws:sqs:{HERE}:eks-blue-karpenter"


def _fleet(allows: bool, note: str = "", **of: Context) -> Case:
    made = {"asked": _ASKED, "template": _MINE, "image": {"ec2:Owner": "amazon"}} | of
    subnet = SUBNET.replace("subnet-1", "subnet-9") if "foreign" in of else SUBNET
    request = Request(
        action="ec2:CreateFleet",
        resources=(_FLEET, INSTANCE, _TEMPLATE, _IMAGE, subnet),
        of={
            _FLEET: made["asked"],
            INSTANCE: made["asked"],
            _TEMPLATE: made["template"],
            _IMAGE: made["image"],
        },
    )
    return Case(_KARPENTER, allows, request, note)


_MAKING_NODES = (
    _fleet(True),
    _fleet(False, "untagged", asked={}),
    _fleet(False, "as green's", asked=_ASKED_GREEN),
    _fleet(False, "for no pool", asked=_tagged("Request", "eks-blue", pool=None)),
    _fleet(False, "by green's template", template=_GREENS),
    _fleet(False, "by a group's template", template=BLUE),
    _fleet(False, "in another subnet", foreign={}),
    _fleet(False, "from another's image", image={"ec2:Owner": "123456789012"}),
    _case(_KARPENTER, True, "ec2:CreateLaunchTemplate", _TEMPLATE, _ASKED),
    _case(_KARPENTER, False, "ec2:CreateLaunchTemplate", _TEMPLATE, _ASKED_GREEN, note="green's"),
    _case(_KARPENTER, True, "ec2:RunInstances", _NODES_GROUP),
    _case(
        _KARPENTER,
        False,
        "ec2:RunInstances",
        _NODES_GROUP.replace("sg-1", "sg-2"),
        note="in another security group",
    ),
    _case(_KARPENTER, True, "ec2:TerminateInstances", INSTANCE, _MINE),
    _case(_KARPENTER, False, "ec2:TerminateInstances", INSTANCE, _GREENS, note="of green"),
    _case(_KARPENTER, False, "ec2:TerminateInstances", INSTANCE, BLUE, note="of a group"),
    _case(_KARPENTER, True, "ec2:DeleteLaunchTemplate", _TEMPLATE, _MINE),
    _case(_KARPENTER, False, "ec2:DeleteLaunchTemplate", _TEMPLATE, BLUE, note="of a group"),
    _case(
        _KARPENTER,
        True,
        "ec2:CreateTags",
        INSTANCE,
        {**_ASKED, "ec2:CreateAction": "CreateFleet"},
        note="as it makes it",
    ),
    _case(
        _KARPENTER,
        False,
        "ec2:CreateTags",
        INSTANCE,
        {**_ASKED, "aws:TagKeys": ["kubernetes.io/cluster/eks-blue"]},
        note="on a stranger, to own it",
    ),
    _case(
        _KARPENTER,
        True,
        "ec2:CreateTags",
        INSTANCE,
        {**_MINE, "aws:TagKeys": ["Name", "karpenter.sh/nodeclaim"]},
        note="with a node's name",
    ),
    _case(
        _KARPENTER,
        False,
        "ec2:CreateTags",
        INSTANCE,
        {**_MINE, "aws:TagKeys": ["Stack"]},
        note="of others",
    ),
    _case(_KARPENTER, True, "iam:PassRole", _NODE_ROLE, _EC2),
    _case(_KARPENTER, False, "iam:PassRole", f"{_NODE_ROLE}s", _EC2, note="of another role"),
    _case(_KARPENTER, False, "iam:PassRole", _NODE_ROLE, note="to another service"),
    _case(_KARPENTER, True, "iam:GetInstanceProfile", f"{_PROFILES}/eks-blue_1"),
    _case(_KARPENTER, False, "iam:GetInstanceProfile", f"{_PROFILES}/eks-green-node"),
    _case(_KARPENTER, False, "iam:CreateInstanceProfile", f"{_PROFILES}/eks-blue_1"),
    _case(_KARPENTER, False, "iam:DeleteInstanceProfile", f"{_PROFILES}/eks-blue-node"),
    _case(_KARPENTER, True, "sqs:DeleteMessage", _OWN_QUEUE),
    _case(_KARPENTER, False, "sqs:DeleteMessage", QUEUE, note="of the termination handler"),
    _case("aws-node-termination-handler", False, "sqs:DeleteMessage", _OWN_QUEUE, note="of others"),
    _case(_KARPENTER, True, "eks:DescribeCluster", f"arn:aws:eks:{HERE}:cluster/eks-blue"),
    _case(_KARPENTER, False, "eks:DescribeCluster", f"arn:aws:eks:{HERE}:cluster/eks-green"),
    _case(_KARPENTER, True, "ec2:DescribeSpotPriceHistory"),
    _case(_KARPENTER, False, _SET, _asg("eks-blue-spot"), {f"{_TAG}/eks-blue": "owned"}),
)

_ORDERS = f"arn:aws:sqs:{HERE}:orders"
_SCALING = (
    _case("keda", True, "sqs:GetQueueAttributes", _ORDERS),
    _case("keda", True, "sqs:GetQueueAttributes", f"arn:aws:sqs:{HERE}:films.fifo"),
    _case("keda", False, "sqs:GetQueueAttributes", f"{_ORDERS}-of-others", note="of another queue"),
    _case(
        "keda",
        False,
        "sqs:GetQueueAttributes",
        f"arn:aws:sqs:{ELSEWHERE}:orders",
        note="of another account",
    ),
    _case("keda", False, "sqs:ReceiveMessage", _ORDERS),
    _case("keda", False, "sqs:PurgeQueue", _ORDERS),
    _case("keda", True, "cloudwatch:GetMetricData"),
    _case("keda", False, "cloudwatch:PutMetricData"),
    _case("keda", False, "sts:AssumeRole", "arn:aws:iam::123456789012:role/eks-blue-orders"),
)

CASES: Sequence[Case] = (
    *_DNS,
    *_SCALING,
    *_AUTOSCALING,
    *_MAKING_NODES,
    *_HANDLING,
    *_SECRETS,
    *_LOGGING,
    *_NETWORK,
    *_BALANCING,
)
"""Every case."""
