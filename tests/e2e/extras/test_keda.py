"""The real KEDA with the platform's values: queues, times of day and its pauses, as its page says.

Whose role it calls AWS with, and what that role may, is not asked by the AWS of these tests.
"""

from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest

from components.addon_stack.addon import Prerequisites
from components.addon_stack.site import Site
from components.addons import keda
from handover.live_work import LIVE_WORK, LIVE_WORK_LABEL, PAUSES
from localcloud.cluster.kube import Object
from localcloud.state import ACCOUNT_ID, REGION
from settings.keda import Keda
from tests.e2e.cluster.conftest import Cluster
from tests.e2e.extras.making import deploy, ready_replicas, release
from tests.e2e.extras.scaling import hours, scaled
from tests.unit.documentation.test_scaling import OBJECTS
from tests.waiting import wait_until

OPERATOR = keda.NAME
NAMESPACE = "shop"
API = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io"
KINDS = f"/apis/keda.sh/v1alpha1/namespaces/{NAMESPACE}"
SCALED = f"{KINDS}/scaledobjects"
AUTOSCALERS = f"/apis/autoscaling/v2/namespaces/{NAMESPACE}/horizontalpodautoscalers"
PATIENCE = 300.0


class Queue:
    """The queue of the page."""

    def __init__(self, url: str) -> None:
        session: Any = boto3.Session("AKIATESTS00000000000", "not-a-secret", region_name=REGION)
        self._client = session.client("sqs", endpoint_url=url)
        self._url = self._client.create_queue(QueueName="orders")["QueueUrl"]

    def send(self, count: int) -> None:
        for number in range(count):
            self._client.send_message(QueueUrl=self._url, MessageBody=f"order {number}")

    def empty(self) -> None:
        self._client.purge_queue(QueueUrl=self._url)

    def waiting(self) -> tuple[int, int]:
        """Messages that wait, and those that somebody has taken."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=names)
        return cast("tuple[int, int]", tuple(int(found["Attributes"][it]) for it in names))


@pytest.fixture(scope="module")
def queue(cluster: Cluster) -> Queue:
    return Queue(cluster.aws.url)


@pytest.fixture(scope="module", autouse=True)
def operator(cluster: Cluster) -> None:
    """The release, as the platform's program makes it, and Deployments without pods."""
    arn = f"arn:aws:iam::{ACCOUNT_ID}:role/eks-test-keda"
    settings = SimpleNamespace(keda=Keda(queues=("orders",)))
    site = SimpleNamespace(
        cluster_name="eks-test", settings=settings, arn=lambda service, name: f"{service}:{name}"
    )
    values = keda.ADDON.values(
        cast("Site", site), cast("Prerequisites", SimpleNamespace(role_arn=arn))
    )
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    cluster.namespace(OPERATOR)
    cluster.kube.patch(f"/api/v1/namespaces/{OPERATOR}", {"metadata": {"labels": labels}})
    cluster.namespace(NAMESPACE)
    cluster.create("helm", release(OPERATOR, dict(values), OPERATOR))

    def is_available() -> bool:
        service = cluster.kube.get(API) or {}
        found = service.get("status", {}).get("conditions") or []
        is_served = [it["status"] for it in found if it["type"] == "Available"] == ["True"]
        # Whether it answers is asked before anybody trusts it.
        return is_served and "caBundle" in service["spec"]

    wait_until("its metrics to be served", is_available, PATIENCE)
    (account,) = [it for it in OBJECTS if it["kind"] == "TriggerAuthentication"]
    cluster.kube.create(f"{KINDS}/triggerauthentications", account)
    for name in ("consumers", "films", "orders"):
        deploy(cluster, NAMESPACE, name)


def condition(cluster: Cluster, name: str, kind: str) -> str:
    status = (cluster.kube.get(f"{SCALED}/{name}") or {}).get("status", {})
    found = [it["status"] for it in status.get("conditions") or [] if it["type"] == kind]
    return found[0] if found else ""


def pause(cluster: Cluster, name: str, value: str | None) -> None:
    """What the jobs of an idle colour do, and those of the active one."""
    annotation, _ = PAUSES["scaledobjects"]
    body: Object = {"metadata": {"annotations": {annotation: value}}}
    cluster.kube.patch(f"{SCALED}/{name}", body)


def test_the_operator_makes_the_certificates_by_which_its_metrics_are_trusted(
    cluster: Cluster,
) -> None:
    secret = cluster.kube.get(f"/api/v1/namespaces/{OPERATOR}/secrets/kedaorg-certs") or {}
    service = cluster.kube.get(API) or {}
    assert service["spec"]["caBundle"] == secret["data"]["ca.crt"]
    assert not service["spec"].get("insecureSkipTLSVerify")


def test_a_queue_asks_for_pods_and_what_is_paused_takes_none_of_it(
    cluster: Cluster, queue: Queue
) -> None:
    live = scaled("consumers")
    assert live["metadata"]["labels"] == {LIVE_WORK_LABEL: LIVE_WORK}
    cluster.kube.create(SCALED, live)
    pause(cluster, "consumers", PAUSES["scaledobjects"][1])
    wait_until("it to be paused", lambda: condition(cluster, "consumers", "Paused") == "True")
    wait_until("its pods to go", lambda: ready_replicas(cluster, NAMESPACE, "consumers") == 0)
    cluster.kube.create(SCALED, scaled("orders"))
    wait_until(
        "no pod without a message",
        lambda: ready_replicas(cluster, NAMESPACE, "orders") == 0,
        PATIENCE,
    )
    queue.send(24)
    wait_until(
        "three pods for 24 messages",
        lambda: ready_replicas(cluster, NAMESPACE, "orders") == 3,
        PATIENCE,
    )
    # The same queue asked for them.
    assert ready_replicas(cluster, NAMESPACE, "consumers") == 0
    names = [it["metadata"]["name"] for it in cluster.kube.items(AUTOSCALERS)]
    assert names == ["keda-hpa-orders"]
    assert queue.waiting() == (24, 0)


def test_without_the_annotation_it_goes_on(cluster: Cluster) -> None:
    pause(cluster, "consumers", None)
    wait_until(
        "three consumers",
        lambda: ready_replicas(cluster, NAMESPACE, "consumers") == 3,
        PATIENCE,
    )
    assert condition(cluster, "consumers", "Paused") == "False"


def test_without_messages_the_last_pod_goes(cluster: Cluster, queue: Queue) -> None:
    queue.empty()
    wait_until(
        "the pods to go", lambda: ready_replicas(cluster, NAMESPACE, "orders") == 0, PATIENCE
    )


def test_the_time_of_day_asks_for_pods(cluster: Cluster) -> None:
    cluster.kube.create(SCALED, scaled("films", **hours(-1, 2)))
    wait_until("four pods", lambda: ready_replicas(cluster, NAMESPACE, "films") == 4, PATIENCE)
    cluster.kube.patch(f"{SCALED}/films", {"spec": scaled("films", **hours(2, 4))["spec"]})
    wait_until(
        "the two that always stay",
        lambda: ready_replicas(cluster, NAMESPACE, "films") == 2,
        PATIENCE,
    )


def test_the_release_takes_all_but_its_kinds_away(cluster: Cluster) -> None:
    for name in ("consumers", "films", "orders"):
        cluster.kube.delete(f"{SCALED}/{name}")
    wait_until("its finalizers to be taken off", lambda: not cluster.kube.items(SCALED))
    record = f"/api/v1/namespaces/{OPERATOR}/secrets/sh.helm.release.v1.{OPERATOR}.v1"
    cluster.kube.delete(record)
    wait_until("the API to go", lambda: cluster.kube.get(API) is None)
    deployment = f"/apis/apps/v1/namespaces/{OPERATOR}/deployments/keda-operator"
    wait_until("the operator to go", lambda: cluster.kube.get(deployment) is None)
    assert cluster.kube.items(SCALED) == []  # the kind is there
