"""Live work on two colours of the local cloud, and what its jobs do there."""

import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress

import yaml

from components.addons.keda import NAME as KEDA_NAMESPACE
from development.chaos import platform as small
from development.chaos import watching
from handover.live_work import LIVE_WORK, LIVE_WORK_LABEL, PAUSES, PAUSING
from localcloud.cluster.kube import FAILURES, Kube
from settings.names import COLOURS, Colour, cluster_name

NAMESPACE, NAME = "live", "consumers"
DEPLOYMENT = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{NAME}"
SCALED = f"/apis/keda.sh/v1alpha1/namespaces/{NAMESPACE}/scaledobjects/{NAME}"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
_JOBS = f"/apis/batch/v1/namespaces/{KEDA_NAMESPACE}/cronjobs/{PAUSING}"
_PAUSE = 5.0
_LOOK = 0.2
_LIVE: Mapping[str, str] = {LIVE_WORK_LABEL: LIVE_WORK}


def deploy_live_work(platform: small.Platform, colour: Colour) -> None:
    """A ScaledObject that is live and its Deployment, as an application brings them."""
    labels = {"app": NAME, **_LIVE}
    container = {"name": "app", "image": "registry.example.org/app:v1"}
    scaled = {
        "scaleTargetRef": {"name": NAME},
        "minReplicaCount": 1,
        "maxReplicaCount": 2,
        "triggers": [
            {
                "type": "cron",
                "metadata": {
                    "timezone": "Europe/Paris",
                    "start": "0 20 * * *",
                    "end": "0 23 * * *",
                    "desiredReplicas": "2",
                },
            }
        ],
    }
    objects = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {
            "apiVersion": "keda.sh/v1alpha1",
            "kind": "ScaledObject",
            "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": dict(_LIVE)},
            "spec": scaled,
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": NAME, "namespace": NAMESPACE},
            "spec": {
                "selector": {"matchLabels": {"app": NAME}},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        },
    ]
    manifest = platform.state.root / "live-work.yaml"
    manifest.write_text(yaml.safe_dump_all(objects))
    apply = ("apply", "--server-side", "-f", str(manifest))
    platform.run_checked("kubectl", "--context", colour, *apply)


def is_paused(kube: Kube) -> bool:
    """Whether the ScaledObject is paused."""
    annotation, value = PAUSES["scaledobjects"]
    found = kube.get(SCALED) or {"metadata": {}}
    return (found["metadata"].get("annotations") or {}).get(annotation) == value


def running(kube: Kube) -> set[str]:
    """Its pods that are not ending."""
    metadata = [it["metadata"] for it in kube.items(PODS)]
    return {it["name"] for it in metadata if not it.get("deletionTimestamp")}


@contextmanager
def jobs(platform: small.Platform) -> Generator[None]:
    """Runs the jobs that pause live work, on both colours, until the block ends.

    Their own commands as their own account, every few seconds and not once a minute. And as no KEDA
    runs, the Deployment follows the pause.
    """

    def work() -> None:
        for colour in COLOURS:
            # The colour is not there yet or any more, or its objects are not.
            with suppress(*FAILURES):
                _run_job(platform, colour)

    with _repeated(work, _PAUSE):
        yield


def _run_job(platform: small.Platform, colour: Colour) -> None:
    kube = watching.kube(platform, colour)
    job = kube.get(_JOBS)
    deployment = kube.get(DEPLOYMENT)
    if job is None or deployment is None:
        return
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    config = platform.state.clusters / cluster_name(colour) / "kwok.kubeconfig"
    account = f"--as=system:serviceaccount:{KEDA_NAMESPACE}:{PAUSING}"
    for container in pod["containers"]:
        platform.run("kubectl", f"--kubeconfig={config}", account, *container["args"])
    count = 0 if is_paused(kube) else 1
    if deployment["spec"]["replicas"] != count:
        kube.patch(DEPLOYMENT, {"spec": {"replicas": count}})


@contextmanager
def looking(platform: small.Platform) -> Generator[list[str]]:
    """Looks all the time for live pods on both colours at one moment; gives what was found."""
    found: list[str] = []
    first, second = (watching.kube(platform, colour) for colour in COLOURS)

    def look() -> None:
        before = running(first)
        there = running(second)
        # One that is there before and after was there meanwhile.
        both = before & running(first) if there else set[str]()
        if both:
            found.append(f"{', '.join(both)} and {', '.join(there)}")

    with _repeated(look, _LOOK):
        yield found


@contextmanager
def _repeated(work: Callable[[], None], pause: float) -> Generator[None]:
    done = threading.Event()

    def run() -> None:
        while not done.wait(pause):
            work()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
