"""What of AWS, EKS and the charts the local cloud has, and what it has not: one table.

The tables of ``localcloud/README.md`` are written from it (``make generate``). A test finds every
controller, plugin, tool, AWS service, add-on and chart that the code registers, and fails for one
that has no row here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a part is."""

    REAL = "real"
    STAND_IN = "stand-in"
    ABSENT = "absent"


class Area(StrEnum):
    """Headings of the table, in their order."""

    PULUMI = "Pulumi"
    KUBERNETES = "Kubernetes"
    AWS = "AWS"
    CHARTS = "Charts and what they run"
    NETWORK = "Names and traffic"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of the local cloud.

    Attributes:
        area: heading under which it stands.
        name: what it is called in the field, as Markdown.
        kind: the real program, one that stands in for it, or none.
        does: what works, in a few words.
        lacks: what does not, and how that shows.
        where: files or folders below ``localcloud/`` that are or start it.
        registered: the names under which code registers it, as ``sort:name``, of the sorts
            ``controller``, ``plugin``, ``tool``, ``service``, ``extension``, ``addon``, ``chart``.
        refusal: the error that says what is missing, as ``module:class``; empty where nothing is
            refused.
    """

    area: Area
    name: str
    kind: Kind
    does: str
    lacks: str
    where: tuple[str, ...] = ()
    registered: tuple[str, ...] = ()
    refusal: str = ""


_PULUMI: Sequence[Part] = (
    Part(
        area=Area.PULUMI,
        name="Pulumi engine and CLI",
        kind=Kind.REAL,
        does="all that it does with a file backend",
        lacks="no download of plugins",
        where=("tools",),
        registered=("tool:pulumi",),
    ),
    Part(
        area=Area.PULUMI,
        name="Python language host",
        kind=Kind.STAND_IN,
        does="programs, policy packs, providers in Python, resource hooks",
        lacks="no debugger; takes the Python of `virtualenv`, never looks for `uv`",
        where=("plugins/language.py",),
        registered=("plugin:language",),
        refusal="localcloud.plugins.language:HostError",
    ),
    Part(
        area=Area.PULUMI,
        name="`aws` provider plugin",
        kind=Kind.STAND_IN,
        does="property tables, boto3 to moto, AWS's own lengths, patterns and lists of values",
        lacks="the types of `plugins/aws/registry.py` and functions of `invokes.py` alone",
        where=("plugins/aws",),
        registered=("plugin:aws",),
        refusal="localcloud.plugins.plugin:PluginError",
    ),
    Part(
        area=Area.PULUMI,
        name="`kubernetes` provider plugin",
        kind=Kind.STAND_IN,
        does="server-side apply of every kind that is served, waiting, recorded releases",
        lacks="no `...Patch` or `...List` types, YAML files, kustomizations, `helm.v4.Chart`, "
        "client-side apply, functions; a kind or namespace that is missing is waited for 10 s, "
        "where the real one tries for 63 s",
        where=("plugins/kubernetes",),
        registered=("plugin:kubernetes",),
        refusal="localcloud.plugins.kubernetes.tokens:UnknownTokenError",
    ),
    Part(
        area=Area.PULUMI,
        name="`eks` provider plugin",
        kind=Kind.STAND_IN,
        does="`eks.Cluster` with the children of the real component",
        lacks="no default node group, no other component, no method",
        where=("plugins/eks",),
        registered=("plugin:eks",),
        refusal="localcloud.plugins.eks.options:OptionsError",
    ),
    Part(
        area=Area.PULUMI,
        name="`tls` provider plugin",
        kind=Kind.STAND_IN,
        does="keys, requests, self-signed and locally signed certificates, early renewal",
        lacks="no function, no write-only property",
        where=("plugins/tls",),
        registered=("plugin:tls",),
        refusal="localcloud.plugins.plugin:PluginError",
    ),
)

_KUBERNETES: Sequence[Part] = (
    Part(
        area=Area.KUBERNETES,
        name="etcd, kube-apiserver, kube-controller-manager, kube-scheduler",
        kind=Kind.REAL,
        does="one of each for a cluster, of the minor that was asked for: validation, RBAC, "
        "garbage collection, rollouts, preemption, disruption budgets",
        lacks="Secrets are not encrypted with the KMS key; nothing is written to the log group",
        where=("cluster/control_plane.py",),
        registered=(
            "tool:etcd",
            "tool:kube-apiserver",
            "tool:kube-controller-manager",
            "tool:kube-scheduler",
        ),
    ),
    Part(
        area=Area.KUBERNETES,
        name="`kubectl`, `aws-iam-authenticator`, `aws`",
        kind=Kind.REAL,
        does="all",
        lacks="no `logs`, `exec` and `port-forward`: no container runs",
        where=("tools", "lifecycle.py"),
        registered=("tool:kubectl", "tool:aws-iam-authenticator"),
    ),
    Part(
        area=Area.KUBERNETES,
        name="Kubelets: [KWOK](https://kwok.sigs.k8s.io)",
        kind=Kind.STAND_IN,
        does="nodes and pods become ready, jobs complete; those of kubectl run, with the rights of "
        "their account",
        lacks="no container, log, probe or metric",
        where=("cluster/manifests/kwok.yaml", "cluster/job_processes.py"),
        registered=("tool:kwok", "controller:JobProcesses"),
    ),
    Part(
        area=Area.KUBERNETES,
        name="Instances that join as nodes",
        kind=Kind.STAND_IN,
        does="an instance's own user data is read, whoever started it; it registers with its "
        "labels, taints and most pods, as late as `--node-start` says, and goes with the instance",
        lacks="other kubelet settings are not read; nothing of a node is kept back for its system",
        where=("cluster/nodes.py", "cluster/user_data.py"),
        registered=("controller:NodeController",),
        refusal="localcloud.cluster.user_data:UserDataError",
    ),
    Part(
        area=Area.KUBERNETES,
        name="EKS authentication",
        kind=Kind.STAND_IN,
        does="a token webhook checks signatures, then access entries and aws-auth",
        lacks="",
        where=("server/webhook.py",),
        refusal="localcloud.server.webhook:TokenError",
    ),
    Part(
        area=Area.KUBERNETES,
        name="EKS add-ons",
        kind=Kind.STAND_IN,
        does="`coredns`, `aws-ebs-csi-driver`, `kube-proxy`, `vpc-cni`: small objects with the "
        "real names become ready",
        lacks="no programs; no configuration value but `coredns.replicaCount`",
        where=("cluster/addons.py", "cluster/manifests"),
        registered=(
            "addon:coredns",
            "addon:aws-ebs-csi-driver",
            "addon:kube-proxy",
            "addon:vpc-cni",
        ),
        refusal="localcloud.cluster.addons:ConfigurationError",
    ),
    Part(
        area=Area.KUBERNETES,
        name="EBS CSI controller",
        kind=Kind.STAND_IN,
        does="claims of `ebs.csi.aws.com` get volumes with the driver's tags",
        lacks="no attaching, growing, snapshots",
        where=("cluster/volumes.py",),
        registered=("controller:VolumeController",),
    ),
)

_AWS: Sequence[Part] = (
    Part(
        area=Area.AWS,
        name="AWS APIs: [moto](https://docs.getmoto.org), with additions",
        kind=Kind.STAND_IN,
        does="VPCs, Auto Scaling, IAM, SQS, EventBridge, KMS, CloudWatch in JSON and CBOR, logs, "
        "parameters and secrets, kept in memory",
        lacks="no packet is filtered or routed, nothing scales or is interrupted by itself, "
        "nothing is encrypted by a key; EC2 and Auto Scaling put no event but that of a spot "
        "interruption",
        where=(
            "server/aws_api.py",
            "server/instances.py",
            "server/rpc_v2_cbor.py",
            "server/seeds.py",
        ),
        registered=(
            "service:elasticloadbalancing",
            "extension:gateways",
            "extension:instances",
            "extension:instance_types",
            "extension:policy_sizes",
            "extension:security_groups",
        ),
    ),
    Part(
        area=Area.AWS,
        name="EC2 fleets, spot, capacity",
        kind=Kind.STAND_IN,
        does="CreateFleet of type instant takes the cheapest override, or by priority, and passes "
        "over zones that `localcloud capacity` empties, as groups and RunInstances do; scaling "
        "activities say so; `localcloud interrupt` takes a spot instance back by EC2's own event",
        lacks="no other type of fleet, no allocation strategy by capacity alone, no capacity "
        "reservation, placement group, rebalancing of zones; scaling activities are of launches "
        "alone; spot prices are made up, by a stated ratio",
        where=("server/ec2", "server/activities.py", "scarcity.py"),
        registered=(
            "extension:activities",
            "extension:answers",
            "extension:capacity",
            "extension:fleets",
            "extension:profiles",
        ),
        refusal="localcloud.server.ec2.fleets:NotEmulatedError",
    ),
    Part(
        area=Area.AWS,
        name="Price list",
        kind=Kind.STAND_IN,
        does="GetProducts for instances of Linux on demand, out of `catalogue/price_lists`",
        lacks="no other service, software, tenancy or term",
        where=("server/ec2/pricing.py",),
        registered=("service:pricing",),
        refusal="localcloud.server.ec2.pricing:RefusalError",
    ),
    Part(
        area=Area.AWS,
        name="EKS API",
        kind=Kind.STAND_IN,
        does="clusters, add-ons, access entries and policies, tags, upgrade policies",
        lacks="no version upgrade in place, Fargate, managed node groups, pod identity, policies "
        "limited to namespaces; endpoints are on loopback",
        where=("server/eks",),
        registered=("service:eks",),
        refusal="localcloud.server.eks.errors:NotEmulatedError",
    ),
    Part(
        area=Area.AWS,
        name="STS",
        kind=Kind.STAND_IN,
        does="moto, behind a check of the role's trust policy",
        lacks="no tags of sessions",
        where=("server/sts.py",),
        registered=("service:sts",),
        refusal="localcloud.server.sts:RefusalError",
    ),
    Part(
        area=Area.AWS,
        name="Permissions of roles",
        kind=Kind.STAND_IN,
        does="policies, boundaries and resource policies are evaluated for every call",
        lacks="users may do everything; no policies of organizations, grants of KMS, other "
        "accounts; a condition key that cannot be told denies",
        where=("server/permissions",),
        registered=("extension:simulation",),
        refusal="localcloud.server.permissions.patterns:UnknownError",
    ),
    Part(
        area=Area.AWS,
        name="CloudTrail",
        kind=Kind.STAND_IN,
        does="lookup of the changing calls of the log of calls",
        lacks="no trail, no delay",
        where=("server/cloudtrail",),
        registered=("service:cloudtrail",),
        refusal="localcloud.server.cloudtrail.lookup:RefusalError",
    ),
    Part(
        area=Area.AWS,
        name="CloudWatch",
        kind=Kind.STAND_IN,
        does="alarms and dashboards are kept; metrics of load balancers by the minute",
        lacks="no other metric, no alarm goes off by itself",
        where=("server/metrics.py", "server/monitoring.py"),
        registered=("extension:monitoring",),
    ),
    Part(
        area=Area.AWS,
        name="Service Quotas",
        kind=Kind.STAND_IN,
        does="quotas of VPCs, addresses, vCPUs and clusters; a request is granted at once",
        lacks="nothing else holds to them",
        where=("server/quotas.py",),
        registered=("extension:quotas",),
    ),
    Part(
        area=Area.AWS,
        name="Route 53",
        kind=Kind.STAND_IN,
        does="zones, records, aliases, changes that are pending, the quota of requests, sizes of "
        "batches",
        lacks="routing policies are kept, and nothing chooses by them; no health check",
        where=("server/route53",),
        registered=("service:route53",),
        refusal="localcloud.server.route53.errors:InvalidChangeBatchError",
    ),
)

_CHARTS: Sequence[Part] = (
    Part(
        area=Area.CHARTS,
        name="Helm releases",
        kind=Kind.STAND_IN,
        does="inputs are checked, the chart is fetched as the real provider does it, and both are "
        "recorded as Helm's own Secret",
        lacks="charts are not rendered: none of their objects are made, values are not checked "
        "against them",
        where=(
            "plugins/kubernetes/releases.py",
            "plugins/kubernetes/chart_sources.py",
            "releases.py",
            "cluster/releases.py",
        ),
        registered=("controller:InstalledReleases",),
        refusal="localcloud.releases:RecordError",
    ),
    Part(
        area=Area.CHARTS,
        name="ExternalDNS",
        kind=Kind.REAL,
        does="one process for each running pod, with that pod's arguments, token and IAM role",
        lacks="",
        where=("cluster/pod_processes.py", "cluster/programs.py"),
        registered=("tool:external-dns", "controller:PodProcesses"),
    ),
    Part(
        area=Area.CHARTS,
        name="Metrics Server",
        kind=Kind.REAL,
        does="where it is asked for (`--with metrics-server`): `kubectl top` answers, "
        "HorizontalPodAutoscalers scale; version 0.9.0, for the chart's 0.8.1",
        lacks="what pods use is what their annotations say; where it is not asked for, nobody "
        "measures anything, and no autoscaler scales",
        where=(
            "cluster/chart_programs.py",
            "cluster/kubelets.py",
            "cluster/manifests/metrics-server.yaml",
            "cluster/manifests/kwok-usage.yaml",
        ),
        registered=(
            "tool:metrics-server",
            "controller:ChartPrograms",
            "addon:metrics-server",
        ),
    ),
    Part(
        area=Area.CHARTS,
        name="Descheduler",
        kind=Kind.REAL,
        does="where it is asked for (`--with descheduler`): evicts by the policy of its release, "
        "within disruption budgets",
        lacks="where it is not asked for, its release is recorded alone",
        where=("cluster/chart_programs.py", "cluster/manifests/descheduler.yaml"),
        registered=("tool:descheduler", "addon:descheduler"),
    ),
    Part(
        area=Area.CHARTS,
        name="Karpenter",
        kind=Kind.REAL,
        does="where it is asked for (`--with karpenter`): its kinds are those of its release, and "
        "its pods' processes make, move and end nodes with their role alone",
        lacks="no readiness of its pods, no zonal shift; where it is not asked for, its releases "
        "are recorded alone, and a colour that has it does not come up",
        where=(
            "cluster/chart_programs.py",
            "cluster/karpenter_chart.py",
            "cluster/manifests/karpenter.yaml",
            "tools/module_files.py",
        ),
        registered=("tool:karpenter", "addon:karpenter"),
        refusal="localcloud.tools.progress:ToolError",
    ),
    Part(
        area=Area.CHARTS,
        name="Cluster Autoscaler",
        kind=Kind.STAND_IN,
        does="where it is asked for (`--with cluster-autoscaler`): a model, as the real one cannot "
        "be built, reads its pod's flags, tags and ConfigMap, and grows and shrinks Auto Scaling "
        "groups with its role alone, by the rules that the real one documents",
        lacks="flags that it does not follow end it; where it is not asked for, no number of nodes "
        "changes by itself; [what else it leaves out](#cluster-autoscaler)",
        where=(
            "cluster_autoscaler",
            "cluster/cluster_autoscaler_chart.py",
            "cluster/manifests/cluster-autoscaler.yaml",
        ),
        registered=("addon:cluster-autoscaler",),
        refusal="localcloud.cluster_autoscaler.options:OptionError",
    ),
    Part(
        area=Area.CHARTS,
        name="AWS Load Balancer Controller",
        kind=Kind.STAND_IN,
        does="an ELB for each Ingress of class `alb` and Service of type LoadBalancer, finalizers; "
        "its kinds and its class",
        lacks="no webhook, TargetGroupBinding, IngressClassParams, group, rule in the nodes' "
        "security groups, WAF or Shield",
        where=(
            "cluster/load_balancers.py",
            "cluster/balancers.py",
            "plugins/kubernetes/charts/aws-load-balancer-controller.yaml",
        ),
        registered=(
            "controller:LoadBalancerController",
            "chart:aws-load-balancer-controller",
            "chart:aws-load-balancer-controller-crds",
        ),
    ),
    Part(
        area=Area.CHARTS,
        name="Cilium operator",
        kind=Kind.STAND_IN,
        does="takes its taint off nodes; its kind CiliumLocalRedirectPolicy",
        lacks="no traffic is redirected, no network policy kept, no address given",
        where=("cluster/cilium.py", "plugins/kubernetes/charts/cilium.yaml"),
        registered=("controller:CiliumOperator", "chart:cilium"),
    ),
    Part(
        area=Area.CHARTS,
        name="External Secrets",
        kind=Kind.REAL,
        does="its kinds ClusterSecretStore, SecretStore and ExternalSecret; where it is asked for "
        "(`--with external-secrets`), Secrets follow Secrets Manager and Parameter Store with the "
        "role of its pod, its webhook checks, its certificate controller renews; version 0.16.2, "
        "for the chart's 2.9.0",
        lacks="no other provider, PushSecret, ClusterExternalSecret, generator; what changed in "
        "the operator since 0.16 does not show: both serve external-secrets.io/v1; one process, "
        "not elected; where it is not asked for, no secret is synchronised",
        where=(
            "cluster/chart_programs.py",
            "cluster/chart_webhooks.py",
            "cluster/manifests/external-secrets.yaml",
            "plugins/kubernetes/charts/external-secrets.yaml",
        ),
        registered=(
            "tool:external-secrets",
            "addon:external-secrets",
            "chart:external-secrets",
        ),
    ),
    Part(
        area=Area.CHARTS,
        name="KEDA",
        kind=Kind.REAL,
        does="its kinds ScaledObject, ScaledJob and both TriggerAuthentications; where it is asked "
        "for (`--with keda`), all kinds of its release, and its operator and metrics server scale "
        "by queues, metrics of CloudWatch and the time of day with its role alone, and its webhook "
        "checks",
        lacks="no readiness of its pods; new certificates take effect once a process starts anew; "
        "no metrics of Prometheus, whose pods are simulated: a `fallback` holds there; where it is "
        "not asked for, nothing scales by its kinds, and there are no others",
        where=(
            "cluster/chart_programs.py",
            "cluster/keda_chart.py",
            "cluster/manifests/keda.yaml",
            "plugins/kubernetes/charts/keda.yaml",
            "tools/module_files.py",
        ),
        registered=(
            "tool:keda",
            "tool:keda-adapter",
            "tool:keda-admission-webhooks",
            "addon:keda",
            "chart:keda",
        ),
        refusal="localcloud.tools.progress:ToolError",
    ),
    Part(
        area=Area.CHARTS,
        name="Linkerd, Cluster Proportional Autoscaler, AWS Node Termination Handler, Fluentd",
        kind=Kind.ABSENT,
        does="their releases are recorded",
        lacks="no pod is meshed; the reserve has one pod; no node is drained before it goes",
    ),
    Part(
        area=Area.CHARTS,
        name="Chart repositories, image registries",
        kind=Kind.STAND_IN,
        does="say what is published: indexes, a HEAD of manifests; charts are archives of ours",
        lacks="archives have a chart's name and version alone, and Helm refuses them; no image can "
        "be fetched (501); what no public record names gets no answer (503)",
        where=("server/registries", "charts.py"),
    ),
)

_NETWORK: Sequence[Part] = (
    Part(
        area=Area.NETWORK,
        name="DNS server",
        kind=Kind.STAND_IN,
        does="answers from moto's Route 53, follows aliases and CNAMEs",
        lacks="no difference between public and private; names outside the zones are refused",
        where=("server/nameserver.py", "server/names.py"),
    ),
    Part(
        area=Area.NETWORK,
        name="HTTPS proxy",
        kind=Kind.STAND_IN,
        does="leads to API servers, registries and AWS's host names that are served here",
        lacks="every other host is refused (403)",
        where=("server/proxy.py", "server/https.py"),
    ),
    Part(
        area=Area.NETWORK,
        name="Load balancers",
        kind=Kind.STAND_IN,
        does="each listens on its address and answers with its colour, cluster and name",
        lacks="listeners, rules and targets are kept only",
        where=("server/balancers.py",),
    ),
    Part(
        area=Area.NETWORK,
        name="Connections of API servers into their clusters",
        kind=Kind.STAND_IN,
        does="webhooks, aggregated APIs, proxies to Services and pods lead to the process of a "
        "pod, where one runs; others of webhooks say yes where that is asked for "
        "(`--unchecked-webhooks`), with a warning",
        lacks="all else is refused at once, with what is there instead; an unchecked yes is none "
        "of the real webhook",
        where=("cluster/egress.py", "cluster/destinations.py", "cluster/unchecked_webhooks.py"),
        refusal="localcloud.cluster.egress:UnservedError",
    ),
    Part(
        area=Area.NETWORK,
        name="Traffic of Services, NetworkPolicies, cluster DNS",
        kind=Kind.ABSENT,
        does="the objects",
        lacks="no packet flows between pods",
    ),
)

PARTS: Sequence[Part] = (*_PULUMI, *_KUBERNETES, *_AWS, *_CHARTS, *_NETWORK)
"""Every part, by areas."""
