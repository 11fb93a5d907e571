"""Live work on an API server: which pods are let in, and what kubectl makes of what scales."""

import json
import subprocess
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace

import pytest
import yaml
from kubernetes.client.exceptions import ApiException

from components.addon_stack.manifest import Manifest
from components.addons.keda import work_left
from components.addons.keda.live_work import arguments, manifests
from handover.live_names import EVERY_NAME, NO_NAME, LiveNames
from handover.live_work import PAUSES, PAUSING, POLICY
from localcloud.cluster.kube import Kube, Object
from localcloud.tools.catalogue import KUBECTL
from localcloud.tools.obtain import ensure
from tests.e2e.cluster.conftest import Cluster
from tests.unit.components.addons.addon_cluster import KEDA, planned_site, settings
from tests.unit.documentation.commands import ROOT
from tests.unit.pulumi_harness import Checks, run
from tests.waiting import wait_for

SPACE, NAMESPACE = "live-work", "keda"
KINDS = ROOT / "localcloud/plugins/kubernetes/charts/keda.yaml"
SAYS = "eks-blue takes no live work now"
LIVE = {"eks-platform.io/live": "true"}
_SCALED = f"/apis/keda.sh/v1alpha1/namespaces/{SPACE}"
_PLACES = {
    "ValidatingAdmissionPolicy": "/apis/admissionregistration.k8s.io/v1/{plural}",
    "ValidatingAdmissionPolicyBinding": "/apis/admissionregistration.k8s.io/v1/{plural}",
    "ServiceAccount": f"/api/v1/namespaces/{NAMESPACE}/{{plural}}",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/{plural}",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/{plural}",
    "CronJob": f"/apis/batch/v1/namespaces/{NAMESPACE}/{{plural}}",
}


def wanted(names: LiveNames, term: int) -> Sequence[Manifest]:
    found: list[Manifest] = []

    def program(_: Checks) -> None:
        site = planned_site(settings(keda=KEDA))
        found.extend(manifests(replace(site, live_names=names, live_term=term), NAMESPACE))

    run(program)
    return found


def place(manifest: Manifest) -> str:
    plural = f"{manifest.kind.lower()}s".replace("policys", "policies")
    return f"{_PLACES[manifest.kind].format(plural=plural)}/{manifest.name}"


@dataclass(frozen=True)
class Colour:
    """A cluster with what keeps live work to one colour."""

    cluster: Cluster

    @property
    def kube(self) -> Kube:
        return self.cluster.kube

    def update(self, names: LiveNames, term: int, *, killed_after: str = PAUSING) -> None:
        """An update of the colour, which is killed after the objects of one name."""
        todo = wanted(names, term)
        last = max(n for n, it in enumerate(todo) if it.name == killed_after)
        for manifest in todo[: last + 1]:
            self.kube.apply(place(manifest), _plain(manifest))

    def job(self) -> None:
        """What the jobs that the CronJob makes now do, with the rights that they have."""
        spec = self.kube.items(f"/apis/batch/v1/namespaces/{NAMESPACE}/cronjobs")[0]["spec"]
        for container in spec["jobTemplate"]["spec"]["template"]["spec"]["containers"]:
            done = self.kubectl(*container["args"])
            assert done.returncode == 0, done.stderr

    def kubectl(self, *words: str) -> "subprocess.CompletedProcess[str]":
        command = [
            str(ensure([KUBECTL])[KUBECTL]),
            f"--kubeconfig={self.cluster.kubeconfig}",
            f"--as=system:serviceaccount:{NAMESPACE}:{PAUSING}",
        ]
        return subprocess.run([*command, *words], capture_output=True, text=True, check=False)

    def left(self) -> list[str]:
        """What the colour waits for before it says that it has stopped."""
        kubeconfig = yaml.safe_load(self.cluster.kubeconfig.read_text(encoding="utf-8"))
        return sorted(it for it in work_left.remaining(kubeconfig) if f"{SPACE}/" in it)

    def refusal(self, labels: Mapping[str, str] = LIVE) -> str:
        """What is said to a new pod; empty where it is let in."""
        body = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "it", "labels": dict(labels)},
            "spec": {"containers": [{"name": "it", "image": "registry.example.org/it:v1"}]},
        }
        try:
            self.kube.create(f"/api/v1/namespaces/{SPACE}/pods?dryRun=All", body)
        except ApiException as error:
            return str(json.loads(str(error.body))["message"])
        return ""

    def scale(self, kind: str, name: str, labels: Mapping[str, str] = LIVE) -> None:
        """What an application makes."""
        spec: Object = {"triggers": [{"type": "cron", "metadata": {}}]}
        if kind == "ScaledObject":
            spec |= {"scaleTargetRef": {"name": name}}
        else:
            spec |= {"jobTargetRef": {"template": {}}}
        body = {
            "apiVersion": "keda.sh/v1alpha1",
            "kind": kind,
            "metadata": {"name": name, "labels": dict(labels)},
            "spec": spec,
        }
        self.kube.create(f"{_SCALED}/{kind.lower()}s", body)

    def annotations(self, kind: str, name: str) -> Object:
        found = self.kube.get(f"{_SCALED}/{kind.lower()}s/{name}")
        assert found is not None
        return found["metadata"].get("annotations") or {}


@pytest.fixture(scope="module")
def colour(cluster: Cluster) -> Generator[Colour]:
    kube = cluster.kube
    kinds = list(yaml.safe_load_all(KINDS.read_text(encoding="utf-8")))
    crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    for kind in kinds:
        kube.apply(f"{crds}/{kind['metadata']['name']}", kind)
    for name in (SPACE, NAMESPACE):
        cluster.namespace(name)
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    kube.apply(f"/api/v1/namespaces/{SPACE}/serviceaccounts/default", account)
    wait_for("kinds", lambda: kube.get("/apis/keda.sh/v1alpha1"))
    yield Colour(cluster)
    for manifest in reversed(wanted(NO_NAME, 1)):
        kube.delete(place(manifest))
    for kind in kinds:
        kube.delete(f"{crds}/{kind['metadata']['name']}")


def test_the_provider_makes_them_changes_them_in_place_and_finds_them_settled(
    cluster: Cluster,
) -> None:
    cluster.namespace(NAMESPACE)
    idle, active = wanted(NO_NAME, 1), wanted(EVERY_NAME, 2)
    made = [(it, cluster.create(it.pulumi_type, _plain(it))) for it in idle]
    changed = {"ValidatingAdmissionPolicy", "CronJob"}
    now = [
        (new, cluster.update(new.pulumi_type, written, _plain(new)) if old != new else written)
        for (old, written), new in zip(made, active, strict=True)
    ]
    assert {new.kind for old, new in zip(idle, active, strict=True) if old != new} == changed
    for manifest, written in reversed(now):
        cluster.delete(manifest.pulumi_type, written)


def _plain(manifest: Manifest) -> Object:
    body: Object = json.loads(json.dumps(manifest.body))
    return body


def test_a_switch_there_and_back_with_updates_that_are_killed(colour: Colour) -> None:
    # Idle, with nothing that scales: a job has nothing to do, and says so without an error.
    colour.update(NO_NAME, 1)
    wait_for("a refusal", lambda: SAYS in colour.refusal())
    assert colour.refusal({"app": "web"}) == ""
    colour.job()

    # Applications come to the idle colour: those that are live are paused, and no others.
    colour.scale("ScaledObject", "orders")
    colour.scale("ScaledObject", "web", {"app": "web"})
    colour.scale("ScaledJob", "films")
    assert colour.left() == [
        f"ScaledJob {SPACE}/films, not paused",
        f"ScaledObject {SPACE}/orders, not paused",
    ]
    colour.job()
    assert colour.left() == []
    assert colour.annotations("ScaledObject", "orders") == {
        "autoscaling.keda.sh/paused-replicas": "0"
    }
    assert colour.annotations("ScaledJob", "films") == {"autoscaling.keda.sh/paused": "true"}
    assert colour.annotations("ScaledObject", "web") == {}

    # It becomes active; the update is killed between policy and jobs, then run again.
    colour.update(EVERY_NAME, 3, killed_after=POLICY)
    wait_for("pods that are let in", lambda: not colour.refusal())
    colour.job()
    assert colour.annotations("ScaledObject", "orders"), "the jobs are those of before"
    colour.update(EVERY_NAME, 3)
    for _ in range(2):
        colour.job()
        assert colour.annotations("ScaledObject", "orders") == {}
        assert colour.annotations("ScaledJob", "films") == {}

    # Production leaves it; killed at the same place no pod comes in, whatever the jobs still do.
    colour.update(NO_NAME, 4, killed_after=POLICY)
    wait_for("a refusal", lambda: SAYS in colour.refusal())
    colour.job()
    assert colour.left() == [
        f"ScaledJob {SPACE}/films, not paused",
        f"ScaledObject {SPACE}/orders, not paused",
    ]
    assert SAYS in colour.refusal()
    colour.update(NO_NAME, 4)
    colour.job()
    assert colour.left() == []


def test_pods_of_a_deployment_are_refused_and_come_once_the_colour_is_active(
    colour: Colour,
) -> None:
    colour.update(NO_NAME, 5)
    wait_for("a refusal", lambda: SAYS in colour.refusal())
    labels = {"app": "consumer", **LIVE}
    container = {"name": "it", "image": "registry.example.org/it:v1"}
    deployments = f"/apis/apps/v1/namespaces/{SPACE}/deployments"
    colour.kube.create(
        deployments,
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "consumer"},
            "spec": {
                "replicas": 1,
                "selector": {"matchLabels": {"app": "consumer"}},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        },
    )

    def refused() -> bool:
        found = colour.kube.get(f"{deployments}/consumer") or {}
        conditions = found.get("status", {}).get("conditions") or ()
        return any(it["type"] == "ReplicaFailure" and SAYS in it["message"] for it in conditions)

    wait_for("a word of the refusal in the Deployment", refused)
    assert not [it for it in colour.left() if "consumer" in it]
    # As KEDA does with what is paused: nothing waits for pods that are refused.
    colour.kube.patch(f"{deployments}/consumer", {"spec": {"replicas": 0}})
    colour.update(EVERY_NAME, 7)
    wait_for("pods that are let in", lambda: not colour.refusal())
    colour.kube.patch(f"{deployments}/consumer", {"spec": {"replicas": 1}})
    wait_for("its pod", lambda: [it for it in colour.left() if "pod" in it and "consumer" in it])
    colour.kube.delete(f"{deployments}/consumer")


def test_what_pauses_may_do_nothing_else(colour: Colour) -> None:
    colour.update(NO_NAME, 8)
    for words in (
        ("get", "secrets", "--all-namespaces"),
        ("get", "pods", "--all-namespaces"),
        ("delete", "scaledobjects.keda.sh", "--all", f"--namespace={SPACE}"),
    ):
        done = colour.kubectl(*words)
        assert done.returncode != 0
        assert "forbidden" in done.stderr.lower()


def test_each_kind_has_its_command() -> None:
    assert [arguments(it, active=True)[1] for it in PAUSES] == [
        "scaledobjects.keda.sh",
        "scaledjobs.keda.sh",
    ]
