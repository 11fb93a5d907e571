"""Cases of the policies on Kubernetes objects, spelt so that only their meaning tells."""

from collections.abc import Iterator, Mapping, Sequence

from tests.unit.policy.case import Case
from tests.unit.policy.judge import Made, Plain, reference

RBAC = "kubernetes:rbac.authorization.k8s.io/v1:"
POD = "kubernetes:core/v1:Pod"
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
WEBHOOK = "kubernetes:admissionregistration.k8s.io/v1:MutatingWebhookConfiguration"
NAME = "kubernetes.io/metadata.name"


def _one(rule: str, kind: str, props: Mapping[str, Plain], what: str, *faults: str) -> Case:
    return Case(rule, what, (Made(kind, props),), faults)


def _bound(role: str, *subjects: str, kind: str = "Group") -> Mapping[str, Plain]:
    named = [{"kind": kind, "name": subject} for subject in subjects]
    return {"roleRef": {"kind": "ClusterRole", "name": role}, "subjects": named}


def _bindings() -> Iterator[Case]:
    rule = "nothing-for-everybody"
    for group in ("unauthenticated", "authenticated", "serviceaccounts"):
        found = _bound("admin", f"system:{group}")
        yield _one(
            rule, f"{RBAC}ClusterRoleBinding", found, group, f"binds admin to system:{group}"
        )
    user = _bound("view", "system:anonymous", kind="User")
    yield _one(rule, f"{RBAC}RoleBinding", user, "anonymous", "binds view to system:anonymous")
    patch = f"{RBAC}ClusterRoleBindingPatch"
    yield _one(rule, patch, _bound("edit", "system:authenticated"), "as a patch", "binds edit")
    ours = _bound("system:public-info-viewer", "system:unauthenticated")
    yield _one(rule, f"{RBAC}ClusterRoleBinding", ours, "what the API server gives itself")
    yield _one(rule, f"{RBAC}ClusterRoleBinding", _bound("admin", "people"), "some people")

    rule = "no-extra-masters"
    strong = _bound("system:controller:clusterrole-aggregation-controller", "people")
    yield _one(rule, f"{RBAC}ClusterRoleBinding", strong, "a role that escalates", "it binds sys")
    yield _one(rule, patch, _bound("cluster-admin", "people"), "as a patch", "binds cluster-admin")
    for key in ("rolearn", "userarn"):
        users = "mapRoles" if key == "rolearn" else "mapUsers"
        entry = "{%s: %s, username: kubernetes-admin, groups: [system:masters]}"
        lines = "\n".join(f"- {entry % (key, name)}" for name in ("arn:a", "arn:b"))
        props = {"metadata": {"name": "aws-auth"}, "data": {users: lines}}
        faults = ("several roles",) if key == "rolearn" else ("puts kuber", "puts kuber")
        what = f"two who are called the admin, as {users}"
        yield _one(rule, "kubernetes:core/v1:ConfigMap", props, what, *faults)


def _associated(principal: str, policy: str, *, read: bool = True) -> tuple[Made, ...]:
    arn = f"arn:aws:eks::aws:cluster-access-policy/{policy}"
    made = Made(ASSOCIATION, {"principalArn": principal, "policyArn": arn})
    return (*([reference("shared", humanRoles={"admin": "arn:admin"})] if read else []), made)


def _entries() -> Iterator[Case]:
    rule, admin = "no-extra-cluster-admins", "AmazonEKSClusterAdminPolicy"
    yield Case(rule, "the admin role", _associated("arn:admin", admin))
    yield Case(rule, "less than that", _associated("arn:other", "AmazonEKSViewPolicy", read=False))
    yield Case(rule, "another", _associated("arn:other", admin), ("arn:other gets Amazon",))
    unread = _associated("arn:other", admin, read=False)
    yield Case(rule, "nothing read", unread, unknown="humanRoles of stack")


def _role(*rules: Mapping[str, Sequence[str]], **more: Plain) -> Mapping[str, Plain]:
    return {"rules": list(rules), **more}


def _may(verbs: str, resources: str, group: str = "", names: str = "") -> dict[str, Sequence[str]]:
    rule: dict[str, Sequence[str]] = {
        "verbs": verbs.split(),
        "resources": resources.split(),
        "apiGroups": [group],
    }
    return rule | ({"resourceNames": names.split()} if names else {})


def _roles() -> Iterator[Case]:
    rule, kind, own = "no-escalating-role", f"{RBAC}ClusterRole", "rbac.authorization.k8s.io"
    for verbs, resources, group, names in (
        ("escalate", "clusterroles", own, ""),
        ("escalate", "roles", own, "edit"),
        ("bind", "roles", own, ""),
        ("bind", "clusterroles", own, "cluster-admin"),
        ("*", "clusterroles", own, ""),
        ("escalate", "*", "*", ""),
        ("impersonate", "users", "", ""),
        ("impersonate", "groups", "", "system:masters"),
        ("impersonate", "*", "", ""),
        ("create", "serviceaccounts/token", "", ""),
        ("create", "*/token", "", ""),
        ("approve", "signers", "certificates.k8s.io", ""),
        ("get", "nodes/proxy", "", ""),
    ):
        what, first = f"{verbs} {resources} {names}", verbs.replace("*", "escalate")
        faults = [f"allows to {first}"]
        if (verbs, resources) == ("*", "clusterroles"):
            faults.append("allows to bind")
        yield _one(rule, kind, _role(_may(verbs, resources, group, names)), what, *faults)
    patch = _role(_may("bind", "roles", own))
    yield _one(rule, f"{RBAC}RolePatch", patch, "as a patch", "Role it allows to bind")
    yield _one(rule, kind, _role(_may("bind", "clusterroles", own, "view")), "bind view alone")
    yield _one(rule, kind, _role(_may("get list", "roles clusterroles", own)), "look at roles")

    rule = "no-wildcard-role"
    spelt = "get list watch create update patch delete deletecollection"
    fault = "allows every verb on every resource"
    yield _one(rule, kind, _role(_may(spelt, "*", "*")), "every verb by its name", fault)
    parts = (_may("get list watch", "*", "*"), _may("create patch delete", "*", "*"))
    yield _one(rule, kind, _role(*parts), "in two rules", fault)
    yield _one(rule, kind, _role(_may("get list watch", "*", "*")), "reading everything")
    for selector, faults in (
        ({}, ("takes in every ClusterRole",)),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, ("takes in every",)),
        ({"matchLabels": {"shop.example/to-view": "true"}}, ()),
    ):
        props = _role(aggregationRule={"clusterRoleSelectors": [selector]})
        yield _one(rule, kind, props, f"gathers {selector}", *faults)


def _pod(**spec: Plain) -> Mapping[str, Plain]:
    return {"metadata": {"name": "app", "namespace": "shop"}, "spec": spec}


def _secured(**context: Plain) -> Sequence[Plain]:
    return [{"name": "main", "securityContext": context}]


def _pods() -> Iterator[Case]:
    rule = "no-privileged-pod"
    debug = _pod(ephemeralContainers=_secured(privileged=True))
    yield _one(rule, POD, debug, "an ephemeral container", "main is privileged")
    added = _pod(ephemeralContainers=_secured(capabilities={"add": ["SYS_ADMIN"]}))
    yield _one(rule, POD, added, "a capability of one", "adds the capability SYS_ADMIN")
    patch = {"spec": {"template": _pod(containers=_secured(privileged=True))}}
    for kind in ("DaemonSetPatch", "DeploymentPatch"):
        yield _one(rule, f"kubernetes:apps/v1:{kind}", patch, f"as a {kind}", "main is privileged")
    controller = "kubernetes:core/v1:ReplicationController"
    yield _one(rule, controller, patch, "of an old controller", "main is privileged")
    windows = {"windowsOptions": {"hostProcess": True}}
    yield _one(rule, POD, _pod(containers=_secured(**windows)), "hostProcess", "a Windows node")
    pod = _pod(containers=_secured(), securityContext=windows)
    yield _one(rule, POD, pod, "hostProcess of the pod", "a Windows node")
    unmasked = _pod(containers=_secured(procMount="Unmasked"))
    yield _one(rule, POD, unmasked, "procMount", "sees all of /proc")
    fine = _pod(ephemeralContainers=_secured(privileged=False))
    yield _one(rule, POD, fine, "an ephemeral container of no rights")

    rule = "no-host-access"
    port = _pod(containers=[{"name": "main", "ports": [{"hostPort": 80}]}])
    yield _one(rule, POD, port, "a port of the node", "takes the node's port 80")
    for key in ("hostPath", "local"):
        volume = {"spec": {key: {"path": "/"}}}
        kind = "kubernetes:core/v1:PersistentVolume"
        yield _one(rule, kind, volume, f"a volume, {key}", "the volume is the node's /")
    yield _one(rule, "kubernetes:core/v1:PersistentVolume", {"spec": {"csi": {}}}, "a disk")
    for check, fault in (("no-privilege-escalation", "allowPriv"), ("run-as-non-root", "as root")):
        yield _one(check, POD, _pod(ephemeralContainers=_secured()), "ephemeral", fault)


def _webhooks() -> Iterator[Case]:
    rule, closed = "webhook-spares-kube-system", "fails closed, also for kube-system"

    def selected(**selector: Plain) -> Mapping[str, Plain]:
        rules = [{"apiGroups": [""], "resources": ["pods"]}]
        return {"webhooks": [{"name": "it", "rules": rules, "namespaceSelector": selector}]}

    def asked(key: str, operator: str, *values: str) -> Mapping[str, Plain]:
        expression = {"key": key, "operator": operator, "values": list(values)}
        return selected(matchExpressions=[expression])

    its_own = selected(matchLabels={NAME: "kube-system"})
    yield _one(rule, WEBHOOK, its_own, "kube-system by its label", closed)
    yield _one(rule, WEBHOOK, asked("team", "NotIn", "kube-system"), "another label", closed)
    yield _one(rule, WEBHOOK, asked(NAME, "Exists"), "any name", closed)
    yield _one(rule, WEBHOOK, selected(matchLabels={"team": "web"}), "a label that it lacks")
    yield _one(rule, WEBHOOK, asked("team", "In", "web"), "a label that it lacks, as a list")


def _others() -> Iterator[Case]:
    deployment = "kubernetes:apps/v1:Deployment"
    digest = f"registry.example/external-dns/external-dns@sha256:{'0' * 64}"
    writer = {"spec": {"template": {"spec": {"containers": [{"image": digest}]}}}}
    what = "a writer that is told by a digest"
    yield _one("dns-writer-never-deletes", deployment, writer, what, "--policy is not set")
    for tag in ("1", "v2", "latest-1.2", "LATEST", "stable.2"):
        image = _pod(containers=[{"name": "main", "image": f"shop/web:{tag}"}])
        yield _one("image-fixed", POD, image, tag, f"floating tag {tag}")
    debug = _pod(ephemeralContainers=[{"name": "main", "image": "shop/debug"}])
    yield _one("image-fixed", POD, debug, "of an ephemeral container", "without a tag")
    release = "kubernetes:helm.sh/v3:Release"
    chart = {"chart": "http://charts.example/cilium-1.2.3.tgz"}
    yield _one("chart-over-tls", release, chart, "a chart's own address", "comes from http://")
    for annotation, faults in (
        ({"aws-load-balancer-internal": "false"}, ("the whole internet",)),
        ({"aws-load-balancer-internal": "true"}, ()),
        (
            {
                "aws-load-balancer-scheme": "internet-facing",
                "load-balancer-source-ranges": "0.0.0.0/1, 128.0.0.0/1",
            },
            ("the whole internet",),
        ),
        (
            {
                "aws-load-balancer-scheme": "internet-facing",
                "load-balancer-source-ranges": "192.0.2.0/24",
            },
            (),
        ),
    ):
        named = {f"service.beta.kubernetes.io/{key}": value for key, value in annotation.items()}
        props = {"metadata": {"annotations": named}, "spec": {"type": "LoadBalancer"}}
        service = "kubernetes:core/v1:Service"
        yield _one("no-public-service", service, props, str(annotation), *faults)


CASES: tuple[Case, ...] = (
    *_bindings(),
    *_entries(),
    *_roles(),
    *_pods(),
    *_webhooks(),
    *_others(),
)
