"""Cases of the policies on Kubernetes objects and on names."""

from collections.abc import Mapping, Sequence

from tests.unit.policy.case import Case
from tests.unit.policy.judge import UNKNOWN, Made, Plain, reference

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
DAEMON_SET = "kubernetes:apps/v1:DaemonSet"
NAMESPACE = "kubernetes:core/v1:Namespace"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
RELEASE = "kubernetes:helm.sh/v3:Release"
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
WEBHOOK = "kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration"
CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
RECORD = "aws:route53/record:Record"
ZONE = "aws:route53/zone:Zone"
IMAGE = "registry.k8s.io/external-dns/external-dns:v0.21.0"


def _one(
    rule: str, kind: str, what: str, props: Mapping[str, Plain], *faults: str, unknown: str = ""
) -> Case:
    return Case(rule, what, (Made(kind, props),), faults, unknown)


def _workload(
    *containers: Mapping[str, Plain],
    name: str = "app",
    namespace: str = "kube-system",
    pod: Mapping[str, Plain] | None = None,
    **spec: Plain,
) -> Mapping[str, Plain]:
    template = {"spec": {"containers": list(containers), **(pod or {})}}
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"template": template, **spec},
    }


def _secured(**context: Plain) -> Mapping[str, Plain]:
    return {"name": "main", "securityContext": context}


def _writer(
    name: str, owner: str, *more: str, replicas: Plain = 1, strategy: str = "Recreate"
) -> Mapping[str, Plain]:
    args = [f"--txt-owner-id={owner}", *more]
    container = {"name": "external-dns", "image": IMAGE, "args": args}
    return _workload(container, name=name, replicas=replicas, strategy={"type": strategy})


_OWN, _LIVE = "ingress-eks-blue.devinfra.fr", "ingress.devinfra.fr"


def _live(named: Plain, *, replicas: Plain = 1, name: str = "live-external-dns-public") -> Case:
    stack = (
        reference("shared", liveWriter={"term": 3, **({"colour": named} if named else {})}),
        Made(DEPLOYMENT, _writer(name, _LIVE, replicas=replicas), name),
    )
    return Case("no-live-writer-on-idle-colour", f"{named}, {replicas} pods", stack)


def _canary(stack: str, *filters: str) -> tuple[Made, ...]:
    """Live writers of a colour while blue is active, and green writes a canary's name."""
    canary = {"colour": "green", "names": ["shop.devinfra.fr", "shop.devinfra.local"]}
    name = "live-external-dns-public"
    return (
        reference("shared", liveWriter={"term": 4, "colour": "blue", "canary": canary}),
        Made(DEPLOYMENT, _writer(name, _LIVE, *filters), name, stack),
    )


_ONE_NAME = r"--regex-domain-filter=^(shop\.devinfra\.fr)$"
_BUT_ONE = r"--regex-domain-exclusion=^(shop\.devinfra\.fr)$|(^|\.)(eks-blue\.devinfra\.fr)$"


def _but(case: Case, *faults: str, unknown: str = "") -> Case:
    return Case(case.rule, case.what, case.resources, faults, unknown)


def _records(cname: str, txt: str) -> tuple[Made, ...]:
    def cluster(colour: str) -> Made:
        host = f"{colour}.eks.amazonaws.com"
        return reference(colour, cluster={"name": f"eks-{colour}", "endpoint": f"https://{host}"})

    return (
        cluster("blue"),
        cluster("green"),
        Made(
            RECORD,
            {
                "name": "api.devinfra.info",
                "type": "CNAME",
                "records": [f"{cname}.eks.amazonaws.com"],
            },
            "api-records-cname",
            "shared",
        ),
        Made(
            RECORD,
            {"name": "eks.devinfra.info", "type": "TXT", "records": [f"eks-{txt}"]},
            "api-records-txt",
            "shared",
        ),
    )


NAMES = (
    _one(
        "dns-writer-never-deletes",
        DEPLOYMENT,
        "upsert-only",
        _writer("external-dns-public", _OWN, "--policy=upsert-only"),
    ),
    _one(
        "dns-writer-never-deletes",
        DEPLOYMENT,
        "sync",
        _writer("external-dns-public", _OWN, "--policy=sync"),
        "--policy is sync",
    ),
    _one(
        "dns-writer-never-deletes",
        DEPLOYMENT,
        "default",
        _writer("external-dns-public", _OWN),
        "not set, which means sync",
    ),
    _one("dns-writer-owner", DEPLOYMENT, "its own", _writer("external-dns-public", _OWN)),
    _one("dns-writer-owner", DEPLOYMENT, "live", _writer("live-external-dns-public", _LIVE)),
    _one(
        "dns-writer-owner",
        DEPLOYMENT,
        "live, named after a colour",
        _writer("live-external-dns-public", _OWN),
        "names a colour",
    ),
    _one(
        "dns-writer-owner",
        DEPLOYMENT,
        "the other's",
        _writer("external-dns-public", "ingress-eks-green.devinfra.fr"),
        "does not name blue",
    ),
    _one(
        "dns-writer-one-zone",
        DEPLOYMENT,
        "one",
        _writer("external-dns-public", _OWN, "--zone-id-filter=Z1", "--domain-filter=devinfra.fr"),
    ),
    _one(
        "dns-writer-one-zone",
        DEPLOYMENT,
        "any",
        _writer("external-dns-public", _OWN, "--domain-filter=devinfra.fr"),
        "--zone-id-filter is not set",
    ),
    _one(
        "dns-writer-one-zone",
        DEPLOYMENT,
        "some names of one",
        _writer("live-external-dns-public", _LIVE, "--zone-id-filter=Z1", _ONE_NAME),
    ),
    _one("dns-writer-alone", DEPLOYMENT, "one pod", _writer("external-dns-public", _OWN)),
    _one(
        "dns-writer-alone",
        DEPLOYMENT,
        "rolling",
        _writer("external-dns-public", _OWN, strategy="RollingUpdate"),
        "is RollingUpdate",
    ),
    _one(
        "dns-writer-alone",
        DEPLOYMENT,
        "two pods",
        _writer("external-dns-public", _OWN, replicas=2),
        "spec.replicas is 2",
    ),
    _live("blue"),
    _live(None, replicas=0),
    _but(_live("green"), "liveWriter of the shared stack names green"),
    _but(_live(None), "names nobody"),
    _but(_live("green", replicas=UNKNOWN), unknown="spec.replicas"),
    Case("no-live-writer-on-idle-colour", "all but the canary's", _canary("blue", _BUT_ONE)),
    Case("no-live-writer-on-idle-colour", "the canary's alone", _canary("green", _ONE_NAME)),
    Case(
        "no-live-writer-on-idle-colour",
        "the canary's too",
        _canary("blue", "--domain-filter=devinfra.fr"),
        ("it writes the canary's shop.devinfra.fr",),
    ),
    Case(
        "no-live-writer-on-idle-colour",
        "all on the canary's colour",
        _canary("green", "--domain-filter=devinfra.fr"),
        ("it writes more than the canary's names",),
    ),
    Case(
        "no-live-writer-on-idle-colour",
        "another name on the canary's colour",
        _canary("green", r"--regex-domain-filter=^(shop\.devinfra\.fr|web\.devinfra\.fr)$"),
        ("it writes more than the canary's names",),
    ),
    # Named as a cluster's own, but it writes as a live one: the owner id is what counts.
    _but(_live("green", name="external-dns-public"), "names green"),
    Case("api-records-agree", "both green", _records("green", "green")),
    Case("api-records-agree", "torn", _records("blue", "green"), ("of eks-blue", "of eks-green")),
    Case("api-records-agree", "one alone", _records("blue", "blue")[:3], ("is missing",)),
    Case(
        "zones-protected",
        "protected",
        (Made(ZONE, {"name": "devinfra.fr"}, stack="shared", protect=True),),
    ),
    Case(
        "zones-protected",
        "open",
        (Made(ZONE, {"name": "devinfra.fr"}, stack="shared"),),
        ("zone devinfra.fr is not protected",),
    ),
    _one("zones-not-emptied", ZONE, "kept", {"name": "devinfra.fr"}),
    _one("zones-not-emptied", ZONE, "emptied", {"forceDestroy": True}, "forceDestroy is true"),
)

_ASKED = {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}}
_LABELS = {"app": "coredns"}


def _replicated(replicas: int) -> Made:
    workload = _workload(replicas=replicas, selector={"matchLabels": _LABELS | {"tier": "dns"}})
    return Made(DEPLOYMENT, workload, "coredns")


def _budget(labels: Mapping[str, str], namespace: str = "kube-system") -> Made:
    spec = {"selector": {"matchLabels": labels}, "maxUnavailable": 1}
    return Made(BUDGET, {"metadata": {"namespace": namespace}, "spec": spec})


WORKLOADS = (
    _one("no-privileged-pod", DEPLOYMENT, "plain", _workload(_secured(privileged=False))),
    _one(
        "no-privileged-pod",
        DEPLOYMENT,
        "privileged",
        _workload(_secured(privileged=True)),
        "container main is privileged",
    ),
    _one(
        "no-privileged-pod",
        DAEMON_SET,
        "a capability, before it starts",
        _workload(pod={"initContainers": [_secured(capabilities={"add": ["NET_ADMIN"]})]}),
        "adds the capability NET_ADMIN",
    ),
    _one(
        "no-privileged-pod",
        DAEMON_SET,
        "listed",
        _workload(_secured(privileged=True), name="cilium"),
    ),
    _one(
        "no-privileged-pod",
        DAEMON_SET,
        "a listed name elsewhere",
        _workload(_secured(privileged=True), name="cilium", namespace="shop"),
        "is privileged",
    ),
    _one(
        "no-privileged-pod",
        DEPLOYMENT,
        "one unknown hides no other",
        _workload(_secured(privileged=UNKNOWN), _secured(privileged=True)),
        "container main is privileged",
        unknown="containers[0].securityContext.privileged",
    ),
    _one(
        "no-privilege-escalation",
        DEPLOYMENT,
        "off",
        _workload(_secured(allowPrivilegeEscalation=False)),
    ),
    _one(
        "no-privilege-escalation",
        DEPLOYMENT,
        "default",
        _workload(_secured()),
        "allowPrivilegeEscalation",
    ),
    _one(
        "run-as-non-root",
        DEPLOYMENT,
        "of the pod",
        _workload(_secured(), pod={"securityContext": {"runAsNonRoot": True}}),
    ),
    _one("run-as-non-root", DEPLOYMENT, "default", _workload(_secured()), "may run as root"),
    _one(
        "run-as-non-root",
        DEPLOYMENT,
        "taken back",
        _workload(
            _secured(runAsNonRoot=False, runAsUser=0),
            pod={"securityContext": {"runAsNonRoot": True}},
        ),
        "may run as root",
        "runs as user 0",
    ),
    _one("no-host-access", DEPLOYMENT, "none", _workload(pod={"volumes": [{"emptyDir": {}}]})),
    _one(
        "no-host-access",
        DEPLOYMENT,
        "network and files",
        _workload(
            pod={
                "hostNetwork": True,
                "volumes": [{"name": "logs", "hostPath": {"path": "/var/log"}}],
            }
        ),
        "hostNetwork is true",
        "volume logs is the node's /var/log",
    ),
    _one(
        "no-host-access",
        "kubernetes:batch/v1:CronJob",
        "of a cron job",
        {"spec": {"jobTemplate": {"spec": {"template": {"spec": {"hostPID": True}}}}}},
        "hostPID is true",
    ),
    _one(
        "no-host-access",
        DAEMON_SET,
        "listed",
        _workload(name="fluent-bit", namespace="logging", pod={"hostNetwork": True}),
    ),
    _one("requests-and-limits", DEPLOYMENT, "given", _workload({"name": "a", "resources": _ASKED})),
    _one(
        "requests-and-limits",
        DEPLOYMENT,
        "none",
        _workload({"name": "a"}),
        "container a lacks requests.cpu, requests.memory, limits.memory",
    ),
    Case("disruption-budget", "one pod", (_replicated(1),)),
    Case("disruption-budget", "with one", (_replicated(2), _budget(_LABELS))),
    Case("disruption-budget", "without", (_replicated(2),), ("it has more than one pod",)),
    Case(
        "disruption-budget",
        "of another namespace",
        (_replicated(2), _budget(_LABELS, "shop")),
        ("no PodDisruptionBudget",),
    ),
    Case(
        "disruption-budget",
        "of other pods",
        (_replicated(2), _budget({"app": "other"})),
        ("no PodDisruptionBudget",),
    ),
    _one(
        "no-public-service",
        "kubernetes:core/v1:Service",
        "internal",
        {"spec": {"type": "LoadBalancer"}},
    ),
    _one(
        "no-public-service",
        "kubernetes:core/v1:Service",
        "public",
        {
            "metadata": {
                "annotations": {
                    "service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing"
                }
            },
            "spec": {"type": "LoadBalancer"},
        },
        "answers the whole internet",
    ),
    _one(
        "storage-class-encrypted",
        CLASS,
        "encrypted",
        {"provisioner": "ebs.csi.aws.com", "parameters": {"encrypted": "true"}},
    ),
    _one(
        "storage-class-encrypted",
        CLASS,
        "clear",
        {"provisioner": "ebs.csi.aws.com", "parameters": {"type": "gp3"}},
        "parameters.encrypted is not true",
    ),
    _one("storage-class-encrypted", CLASS, "another's", {"provisioner": "efs.csi.aws.com"}),
)


def _namespace(name: str, **labels: str) -> Mapping[str, Plain]:
    return {"metadata": {"name": name, "labels": labels}}


def _webhook(**more: Plain) -> Mapping[str, Plain]:
    rule = {"apiGroups": [""], "resources": ["pods"], "operations": ["CREATE"]}
    return {"webhooks": [{"name": "pods.example", "rules": [rule], **more}]}


def _selector(operator: str, *namespaces: str) -> Mapping[str, Plain]:
    expression = {
        "key": "kubernetes.io/metadata.name",
        "operator": operator,
        "values": list(namespaces),
    }
    return {"namespaceSelector": {"matchExpressions": [expression]}}


def _mapped(user: str) -> Mapping[str, Plain]:
    roles = f"- rolearn: arn\n  username: {user}\n  groups: [system:masters]\n"
    return {"metadata": {"name": "aws-auth"}, "data": {"mapRoles": roles}}


def _bound(role: str, *groups: str) -> Mapping[str, Plain]:
    subjects: Sequence[Plain] = [{"kind": "Group", "name": group} for group in groups]
    return {"roleRef": {"name": role}, "subjects": subjects}


ADMISSION = (
    _one(
        "namespace-pod-security",
        NAMESPACE,
        "labelled",
        _namespace("shop", **{"pod-security.kubernetes.io/enforce": "restricted"}),
    ),
    _one(
        "namespace-pod-security",
        f"{NAMESPACE}Patch",
        "another's",
        {"metadata": {"name": "shop"}},
    ),
    _one(
        "namespace-pod-security",
        NAMESPACE,
        "another's, which cannot be taken over so",
        {"metadata": {"name": "shop", "annotations": {"pulumi.com/patchForce": "true"}}},
        "enforce is not set",
    ),
    _one("namespace-pod-security", NAMESPACE, "bare", _namespace("shop"), "enforce is not set"),
    Case(
        "namespace-network-policy",
        "with one",
        (
            Made(NAMESPACE, _namespace("shop")),
            Made(
                "kubernetes:networking.k8s.io/v1:NetworkPolicy",
                {"metadata": {"namespace": "shop"}, "spec": {"podSelector": {}}},
            ),
        ),
    ),
    Case(
        "namespace-network-policy",
        "for some pods only",
        (
            Made(NAMESPACE, _namespace("shop")),
            Made(
                "kubernetes:networking.k8s.io/v1:NetworkPolicy",
                {
                    "metadata": {"namespace": "shop"},
                    "spec": {"podSelector": {"matchLabels": {"app": "web"}}},
                },
            ),
        ),
        ("no network policy selects all pods of shop",),
    ),
    _one("webhook-spares-kube-system", WEBHOOK, "ignored", _webhook(failurePolicy="Ignore")),
    _one("webhook-spares-kube-system", WEBHOOK, "default", _webhook(), "pods.example fails closed"),
    _one(
        "webhook-spares-kube-system",
        WEBHOOK,
        "left out",
        _webhook(failurePolicy="Fail", **_selector("NotIn", "kube-system")),
    ),
    _one(
        "webhook-spares-kube-system",
        WEBHOOK,
        "another left out",
        _webhook(failurePolicy="Fail", **_selector("NotIn", "shop")),
        "fails closed",
    ),
    _one(
        "webhook-spares-kube-system",
        WEBHOOK,
        "of its own resources",
        _webhook(rules=[{"apiGroups": ["external-secrets.io"], "resources": ["secretstores"]}]),
    ),
    _one("no-extra-masters", BINDING, "view", _bound("view", "readonly")),
    _one("no-extra-masters", BINDING, "cluster-admin", _bound("cluster-admin", "ops"), "cluster-a"),
    _one("no-extra-masters", BINDING, "masters", _bound("edit", "system:masters"), "it binds sys"),
    _one(
        "no-extra-masters",
        "kubernetes:core/v1:ConfigMap",
        "the admin role",
        _mapped("kubernetes-admin"),
    ),
    _one(
        "no-extra-masters",
        "kubernetes:core/v1:ConfigMap",
        "the pipeline that updates the colour",
        _mapped("kubernetes-pipeline"),
    ),
    _one(
        "no-extra-masters",
        "kubernetes:core/v1:ConfigMap",
        "somebody else",
        _mapped("kubernetes-readwrite"),
        "puts kubernetes-readwrite in system:masters",
    ),
    _one(
        "no-wildcard-role",
        "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
        "named",
        {"rules": [{"verbs": ["*"], "resources": ["pods"]}]},
    ),
    _one(
        "no-wildcard-role",
        "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
        "everything",
        {"rules": [{"verbs": ["*"], "resources": ["*"], "apiGroups": ["*"]}]},
        "allows every verb on every resource",
    ),
)


def _image(image: str) -> Mapping[str, Plain]:
    return _workload({"name": "a", "image": image})


VERSIONS = (
    _one("image-fixed", DEPLOYMENT, "a version", _image(IMAGE)),
    _one("image-fixed", DEPLOYMENT, "a digest", _image("a/b@sha256:00")),
    _one("image-fixed", DEPLOYMENT, "no tag", _image("a:5000/b"), "without a tag"),
    _one("image-fixed", DEPLOYMENT, "latest", _image("a/b:latest"), "the floating tag latest"),
    _one("image-fixed", DEPLOYMENT, "a name", _image("a/b:release"), "floating tag release"),
    _one("chart-version-fixed", RELEASE, "exact", {"chart": "cilium", "version": "1.19.2"}),
    _one("chart-version-fixed", RELEASE, "none", {"chart": "cilium"}, "of the day"),
    _one(
        "chart-version-fixed",
        RELEASE,
        "a range",
        {"chart": "cilium", "version": "1.x"},
        "has the version 1.x",
    ),
    _one(
        "chart-over-tls",
        RELEASE,
        "https",
        {"chart": "cilium", "repositoryOpts": {"repo": "https://helm.cilium.io"}},
    ),
    _one("chart-over-tls", RELEASE, "a registry", {"chart": "oci://registry.example/cilium"}),
    _one(
        "chart-over-tls",
        RELEASE,
        "http",
        {"chart": "cilium", "repositoryOpts": {"repo": "http://helm.cilium.io"}},
        "comes from http://helm.cilium.io",
    ),
    _one("chart-atomic", RELEASE, "atomic", {"chart": "cilium", "atomic": True}),
    _one("chart-atomic", RELEASE, "not", {"chart": "cilium"}, "not installed atomically"),
)

CASES: tuple[Case, ...] = (*NAMES, *WORKLOADS, *ADMISSION, *VERSIONS)
