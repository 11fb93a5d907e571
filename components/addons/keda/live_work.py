"""Live work runs on the active colour alone: what holds for objects that the program does not own.

Two means, both parts of the cluster, so that no interruption of an update leaves neither:

- An admission policy lets no pod of live work in while another colour is active, or none is. It
  holds from its first second on for whatever is made, by whomever, also while KEDA is away.
- Jobs of a CronJob pause what scales, so that KEDA takes the pods away that were there before, and
  nothing waits for pods that are refused. They find what applications make later.

A mutating policy would pause objects as they come. Kubernetes has those since 1.36 only, and EKS
serves none of its beta APIs, so that 1.34 and 1.35 have none.
"""

from collections.abc import Mapping, Sequence

from catalogue.versions import KUBECTL_IMAGE
from components.addon_stack.availability import CLUSTER_CRITICAL, CRITICAL, HARDENED, resources
from components.addon_stack.manifest import Manifest
from components.addon_stack.site import Site
from components.addons.external_dns.deployment import TERM_ANNOTATION
from handover.live_work import (
    KEDA_API,
    LIVE_WORK,
    LIVE_WORK_LABEL,
    PAUSES,
    PAUSING,
    POLICY,
    SELECTOR,
)

_ADMISSION = "admissionregistration.k8s.io/v1"
_RBAC = "rbac.authorization.k8s.io"
_EVERY_MINUTE = "* * * * *"
_SECONDS = 50  # of one job: the next comes after a minute


def is_active(site: Site) -> bool:
    """Whether the colour takes live work: it writes all live names, but perhaps a canary's."""
    return site.live_names.others


def manifests(site: Site, namespace: str) -> Sequence[Manifest]:
    """The policy, its binding, and what pauses; in this order, whichever way it goes.

    Args:
        site: the cluster.
        namespace: of the jobs.
    """
    return (*_policy(site), *_account(namespace), _cron_job(site, namespace))


def _term(site: Site) -> Mapping[str, str]:
    """Has each term write an object anew, whatever a killed update has made of it."""
    return {TERM_ANNOTATION: str(site.live_term)}


def _policy(site: Site) -> Sequence[Manifest]:
    message = (
        f"{site.cluster_name} takes no live work now: pods with the label {SELECTOR} run on the"
        " active colour alone; see docs/addons/keda.md"
    )
    policy: dict[str, object] = {
        "apiVersion": _ADMISSION,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": POLICY, "annotations": _term(site)},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {
                "objectSelector": {"matchLabels": {LIVE_WORK_LABEL: LIVE_WORK}},
                "resourceRules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["pods"],
                    }
                ],
            },
            "validations": [
                {
                    "expression": "true" if is_active(site) else "false",
                    "message": message,
                    "reason": "Forbidden",
                }
            ],
        },
    }
    binding: dict[str, object] = {
        "apiVersion": _ADMISSION,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": POLICY},
        "spec": {"policyName": POLICY, "validationActions": ["Deny"]},
    }
    return Manifest(policy), Manifest(binding)


def _account(namespace: str) -> Sequence[Manifest]:
    account = {"name": PAUSING, "namespace": namespace}
    group, _ = KEDA_API
    role: dict[str, object] = {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": PAUSING},
        "rules": [
            {"apiGroups": [group], "resources": list(PAUSES), "verbs": ["get", "list", "patch"]}
        ],
    }
    binding: dict[str, object] = {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": PAUSING},
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": PAUSING},
        "subjects": [{"kind": "ServiceAccount", **account}],
    }
    return (
        Manifest({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account}),
        Manifest(role),
        Manifest(binding),
    )


def _cron_job(site: Site, namespace: str) -> Manifest:
    labels = {"app": PAUSING}
    pod = {
        "serviceAccountName": PAUSING,
        "priorityClassName": CLUSTER_CRITICAL,
        "tolerations": CRITICAL,
        "restartPolicy": "Never",
        "securityContext": {
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        # Side by side: what one refuses is no reason for the other to wait.
        "containers": [_container(site, plural) for plural in PAUSES],
    }
    return Manifest(
        {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": {
                "name": PAUSING,
                "namespace": namespace,
                "labels": labels,
                "annotations": _term(site),
            },
            "spec": {
                "schedule": _EVERY_MINUTE,
                "concurrencyPolicy": "Forbid",
                "successfulJobsHistoryLimit": 1,
                "failedJobsHistoryLimit": 1,
                "jobTemplate": {
                    "spec": {
                        "backoffLimit": 0,
                        "activeDeadlineSeconds": _SECONDS,
                        "template": {"metadata": {"labels": labels}, "spec": pod},
                    }
                },
            },
        }
    )


def _container(site: Site, plural: str) -> dict[str, object]:
    return {
        "name": plural,
        "image": KUBECTL_IMAGE.reference(site.kubernetes_version),
        "args": arguments(plural, active=is_active(site)),
        "resources": resources("10m", "64Mi", "128Mi"),
        "securityContext": HARDENED,
    }


def arguments(plural: str, *, active: bool) -> list[str]:
    """What kubectl is told: to pause all of one kind that is live, or to let it go.

    Args:
        plural: of the kind, at KEDA's API.
        active: whether the colour takes live work.
    """
    annotation, value = PAUSES[plural]
    group, _ = KEDA_API
    change = [f"{annotation}-"] if active else [f"{annotation}={value}", "--overwrite"]
    return [
        "annotate",
        f"{plural}.{group}",
        "--all-namespaces",
        f"--selector={SELECTOR}",
        "--request-timeout=20s",
        *change,
    ]
