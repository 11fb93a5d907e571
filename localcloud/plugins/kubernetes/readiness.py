"""Tells from an object alone whether it is ready, and what it lacks if not.

The conditions are those that the pulumi_kubernetes resources document.
"""

from collections.abc import Callable

from localcloud.plugins.kubernetes.tokens import Kind
from localcloud.plugins.kubernetes.values import (
    Json,
    child,
    child_int,
    child_list,
    child_text,
)


class FailedError(Exception):
    """An object has failed for good; waiting longer is of no use."""


def problem(kind: Kind, live: Json) -> str | None:
    """What keeps `live` from being ready, or None when it is.

    Kinds without a rule are ready at once. Services, volume claims and ingresses are judged
    by their own status; what other objects say of them is not known here.

    Raises:
        FailedError: it never will be ready.
    """
    rule = _RULES.get(kind.group_kind)
    return rule(live) if rule else None


def scaled_to_nothing(kind: Kind, live: Json) -> tuple[str, ...]:
    """What Pulumi's provider says of a ready Deployment that has no pods.

    As its ``checkReplicaSetStatus`` (provider/pkg/await/deployment.go).
    """
    if kind.group_kind != ("apps", "Deployment") or child(live, "spec", "replicas") != 0:
        return ()
    return (f'Replicas scaled to 0 for Deployment "{child_text(live, "metadata", "name")}"',)


def condition(live: Json, name: str) -> Json:
    """The status condition of that type, or None."""
    for entry in child_list(live, "status", "conditions"):
        if child(entry, "type") == name:
            return entry
    return None


def _condition_is_true(name: str) -> Callable[[Json], str | None]:
    def rule(live: Json) -> str | None:
        found = condition(live, name)
        if child(found, "status") == "True":
            return None
        message = child_text(found, "message") or child_text(found, "reason")
        return f"condition {name} is not true" + (f": {message}" if message else "")

    return rule


def _observed(live: Json) -> str | None:
    """Whether the controller has seen the object as it is now."""
    generation = child_int(live, "metadata", "generation")
    if child_int(live, "status", "observedGeneration") < generation:
        return "its controller has not yet seen the change"
    return None


def _replicas(live: Json) -> int:
    wanted = child(live, "spec", "replicas")
    return 1 if wanted is None else child_int(live, "spec", "replicas")


def _counts(live: Json, wanted: int, *fields: str) -> str | None:
    for name in fields:
        found = child_int(live, "status", name)
        if found != wanted:
            return f"{name} is {found}, not {wanted}"
    return None


def _deployment(live: Json) -> str | None:
    lacking = _observed(live) or _counts(
        live, _replicas(live), "updatedReplicas", "replicas", "availableReplicas"
    )
    if lacking is None:
        return None
    for name in ("ReplicaFailure", "Progressing", "Available"):
        found = condition(live, name)
        bad = child(found, "status") == ("True" if name == "ReplicaFailure" else "False")
        if bad and child_text(found, "message"):
            return f"{lacking} ({child_text(found, 'message')})"
    return lacking


def _replica_set(live: Json) -> str | None:
    return _observed(live) or _counts(live, _replicas(live), "replicas", "availableReplicas")


def _stateful_set(live: Json) -> str | None:
    lacking = _observed(live) or _counts(live, _replicas(live), "replicas", "readyReplicas")
    if lacking or child_text(live, "spec", "updateStrategy", "type") == "OnDelete":
        return lacking
    if child(live, "spec", "updateStrategy", "rollingUpdate", "partition"):
        return None
    if child(live, "status", "updateRevision") != child(live, "status", "currentRevision"):
        return "its pods are still of an older revision"
    return None


def _daemon_set(live: Json) -> str | None:
    wanted = child_int(live, "status", "desiredNumberScheduled")
    lacking = _observed(live)
    if lacking is None and child_text(live, "spec", "updateStrategy", "type") != "OnDelete":
        lacking = _counts(live, wanted, "updatedNumberScheduled")
    return lacking or _counts(live, wanted, "numberAvailable")


def _pod(live: Json) -> str | None:
    phase = child_text(live, "status", "phase")
    if phase == "Succeeded":
        return None
    if phase == "Failed":
        raise FailedError(f"it has failed: {child_text(live, 'status', 'message')}")
    return _condition_is_true("PodScheduled")(live) or _condition_is_true("Ready")(live)


def _job(live: Json) -> str | None:
    failed = condition(live, "Failed")
    if child(failed, "status") == "True":
        raise FailedError(f"it has failed: {child_text(failed, 'message')}")
    if child(live, "spec", "suspend") is True:
        return None
    return _condition_is_true("Complete")(live)


def _phase(*wanted: str) -> Callable[[Json], str | None]:
    def rule(live: Json) -> str | None:
        found = child_text(live, "status", "phase")
        if found in wanted:
            return None
        return f"its phase is {found or 'not set'}, not {' or '.join(wanted)}"

    return rule


def _load_balancer(live: Json) -> str | None:
    if child_list(live, "status", "loadBalancer", "ingress"):
        return None
    return "it has no load balancer address"


def _service(live: Json) -> str | None:
    return _load_balancer(live) if child(live, "spec", "type") == "LoadBalancer" else None


_RULES: dict[tuple[str, str], Callable[[Json], str | None]] = {
    ("apps", "Deployment"): _deployment,
    ("apps", "ReplicaSet"): _replica_set,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("batch", "Job"): _job,
    ("", "Pod"): _pod,
    ("", "Service"): _service,
    ("", "Namespace"): _phase("Active"),
    ("", "PersistentVolume"): _phase("Available", "Bound"),
    ("", "PersistentVolumeClaim"): _phase("Bound"),
    ("networking.k8s.io", "Ingress"): _load_balancer,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _condition_is_true("Established"),
    ("apiregistration.k8s.io", "APIService"): _condition_is_true("Available"),
}
