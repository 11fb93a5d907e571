"""The real KEDA on a colour that the program brings up: what its page says scales.

The objects are those of docs/addons/keda.md, asked for more often. The tests stand in the order of
a colour's life, and each goes on where the one before ended.
"""

import copy
import json
import threading
from collections.abc import Callable, Generator, Mapping
from itertools import count
from typing import Any

import boto3
import pytest
import yaml
from kubernetes.client.exceptions import ApiException

from components.addons.keda import work_left
from components.addons.keda.live_work import PAUSING
from development.chaos.platform import shrink
from handover.live_work import LIVE_WORK, LIVE_WORK_LABEL, PAUSES
from localcloud import workspace
from localcloud.extras import KEDA
from localcloud.permissions import read_denials, uses
from localcloud.server_settings import ServerSettings
from localcloud.state import REGION
from localcloud.traffic import Traffic
from settings.names import SHARED
from tests.e2e.extras.scaling import hours, scaled
from tests.e2e.platform.running import Platform, empty_cloud
from tests.e2e.switch.operator_command import deploy_sample
from tests.unit.documentation import others_scaling
from tests.unit.documentation.others_scaling import EXAMPLES, Example
from tests.unit.documentation.test_scaling import BLOCKS, OBJECTS, SETTINGS
from tests.waiting import wait_for, wait_until

COLOUR = "green"
NAMESPACE = "shop"
API = "/apis/external.metrics.k8s.io/v1beta1"
KINDS = f"/apis/keda.sh/v1alpha1/namespaces/{NAMESPACE}"
SCALED = f"{KINDS}/scaledobjects"
AUTOSCALERS = f"/apis/autoscaling/v2/namespaces/{NAMESPACE}/horizontalpodautoscalers"
DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
QUEUES: Mapping[str, Mapping[str, str]] = {"orders": {}, "films.fifo": {"FifoQueue": "true"}}
LIVE = {LIVE_WORK_LABEL: LIVE_WORK}
OTHERS = [it for it in EXAMPLES if not it.refused]
OTHERS_KINDS = f"/apis/keda.sh/v1alpha1/namespaces/{others_scaling.NAMESPACE}"
OTHERS_DEPLOYMENTS = f"/apis/apps/v1/namespaces/{others_scaling.NAMESPACE}/deployments"
NUMBERS = count()
PATIENCE = 300.0


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Generator[Platform]:
    """A local cloud with the shared stack and a small colour with KEDA, which is idle."""
    settings = ServerSettings(extras=(KEDA.name,))
    with empty_cloud(tmp_path_factory.mktemp("cloud"), settings=settings) as empty:
        file = empty.state.project / f"Pulumi.{COLOUR}.yaml"
        content = shrink(yaml.safe_load(file.read_text()))
        content["config"]["eks-platform:addons"].pop("keda", None)
        content["config"] |= SETTINGS[0]
        file.write_text(yaml.safe_dump(content))
        empty.set_active(None)
        for stack in (SHARED, COLOUR):
            empty.up(stack)
        empty.run("aws", "eks", "update-kubeconfig", "--name", f"eks-{COLOUR}", "--alias", COLOUR)
        for name, attributes in QUEUES.items():
            sqs().create_queue(QueueName=name, Attributes=attributes)
        kube = empty.kube(COLOUR)
        for namespace in (NAMESPACE, others_scaling.NAMESPACE):
            kube.post("/api/v1/namespaces", named("v1", "Namespace", namespace))
        for name in ("consumers", "films", "orders", "web"):
            kube.post(DEPLOYMENTS, deployment(name))
        (account,) = [it for it in OBJECTS if it["kind"] == "TriggerAuthentication"]
        kube.post(f"{KINDS}/triggerauthentications", account)
        yield empty


def named(version: str, kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}}


def deployment(name: str) -> dict[str, Any]:
    """Without a pod; that of the page, if it has one."""
    found = [it for it in BLOCKS if it["kind"] == "Deployment" and it["metadata"]["name"] == name]
    labels = {"app": name}
    container = {"name": "app", "image": "registry.example.org/app:v1"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    own = {"selector": {"matchLabels": labels}, "template": template}
    spec = found[0]["spec"] if found else own
    return {**named("apps/v1", "Deployment", name), "spec": {**spec, "replicas": 0}}


def sqs() -> Any:  # noqa: ANN401 - boto3's own
    return boto3.client("sqs", region_name=REGION)


def replicas(platform: Platform, name: str, place: str = DEPLOYMENTS) -> int:
    """How many of its pods are ready, once as many are as are asked for; else -1."""
    found = platform.kube(COLOUR).get(f"{place}/{name}")
    ready = int(found.get("status", {}).get("readyReplicas", 0))
    return ready if ready == found["spec"]["replicas"] else -1


def conditions(platform: Platform, name: str, place: str = SCALED) -> dict[str, str]:
    """Conditions of what scales, by type."""
    status = platform.kube(COLOUR).get(f"{place}/{name}").get("status", {})
    return {it["type"]: it["status"] for it in status.get("conditions") or []}


def run_job(platform: Platform, name: str) -> str:
    """What the CronJob does once a minute, now: a Job of it, to its end, and which end.

    The Job is nobody's, or the CronJob would take it away with those of its history.
    """
    kube, jobs = platform.kube(COLOUR), "/apis/batch/v1/namespaces/keda"
    spec = kube.get(f"{jobs}/cronjobs/{PAUSING}")["spec"]["jobTemplate"]["spec"]
    spec.pop("ttlSecondsAfterFinished", None)
    kube.post(f"{jobs}/jobs", {**named("batch/v1", "Job", name), "spec": spec})

    def ended() -> str:
        found = kube.get(f"{jobs}/jobs/{name}")
        said = {it["type"] for it in found.get("status", {}).get("conditions") or []}
        return "".join({"Complete", "Failed"} & said)

    return wait_for(f"job {name} to end", ended, PATIENCE)


def waiting(queue: str) -> tuple[int, int]:
    """Messages of a queue that wait, and those that somebody has taken."""
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    client = sqs()
    url = client.get_queue_url(QueueName=queue)["QueueUrl"]
    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=list(names))["Attributes"]
    return int(found[names[0]]), int(found[names[1]])


def send(queue: str, count: int) -> None:
    client = sqs()
    url = client.get_queue_url(QueueName=queue)["QueueUrl"]
    fifo = queue.endswith(".fifo")
    for number in range(count):
        group = {"MessageGroupId": "it", "MessageDeduplicationId": str(number)} if fifo else {}
        client.send_message(QueueUrl=url, MessageBody=f"order {number}", **group)


def empty_queue(queue: str) -> None:
    client = sqs()
    client.purge_queue(QueueUrl=client.get_queue_url(QueueName=queue)["QueueUrl"])


def test_its_metrics_server_answers_and_a_second_update_changes_nothing(
    platform: Platform,
) -> None:
    kube = platform.kube(COLOUR)

    def is_available() -> bool:
        path = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io"
        service = kube.get(path)
        found = service.get("status", {}).get("conditions") or []
        is_served = [it["status"] for it in found if it["type"] == "Available"] == ["True"]
        # Whether it answers is asked before anybody trusts it.
        return is_served and "caBundle" in service["spec"]

    wait_until("the API to be available", is_available, PATIENCE)
    assert kube.get(API)["groupVersion"] == "external.metrics.k8s.io/v1beta1"
    certificates = kube.get("/api/v1/namespaces/keda/secrets/kedaorg-certs")["data"]
    api = kube.get("/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io")
    assert api["spec"]["caBundle"] == certificates["ca.crt"]
    assert not api["spec"].get("insecureSkipTLSVerify")
    assert platform.up(COLOUR).changes == {}


def test_a_queue_asks_for_pods_and_live_work_of_an_idle_colour_takes_none_of_it(
    platform: Platform,
) -> None:
    kube = platform.kube(COLOUR)
    kube.post(SCALED, scaled("consumers"))
    run_job(platform, "pausing")
    annotation, value = PAUSES["scaledobjects"]
    paused = kube.get(f"{SCALED}/consumers")["metadata"]["annotations"]
    assert paused[annotation] == value
    wait_until(
        "KEDA to pause it", lambda: conditions(platform, "consumers").get("Paused") == "True"
    )
    kube.post(SCALED, scaled("orders"))
    send("orders", 24)
    wait_until("three pods for 24 messages", lambda: replicas(platform, "orders") == 3, PATIENCE)
    # The same queue asked for them.
    assert replicas(platform, "consumers") == 0
    assert waiting("orders") == (24, 0)
    assert kube.names(AUTOSCALERS) == ["keda-hpa-orders"]


def test_without_messages_the_last_pod_goes(platform: Platform) -> None:
    empty_queue("orders")
    wait_until("the pods to go", lambda: replicas(platform, "orders") == 0, PATIENCE)


def test_the_time_of_day_asks_for_pods(platform: Platform) -> None:
    kube = platform.kube(COLOUR)
    kube.post(SCALED, scaled("films", **hours(-1, 2)))
    wait_until("four pods", lambda: replicas(platform, "films") == 4, PATIENCE)
    change(platform, "films", scaled("films", **hours(2, 4))["spec"])
    wait_until("the two that always stay", lambda: replicas(platform, "films") == 2, PATIENCE)


def change(platform: Platform, name: str, spec: Mapping[str, Any]) -> None:
    """Gives a ScaledObject another spec, as kubectl does."""
    words = ("patch", "scaledobject", name, "-n", NAMESPACE, "--type=merge", "-p")
    platform.run("kubectl", "--context", COLOUR, *words, json.dumps({"spec": spec}))


def live(example: Example) -> dict[str, Any]:
    """What somebody else's application scales by, as live work."""
    made = copy.deepcopy(example.scales)
    made["metadata"]["labels"] = LIVE
    return made


def test_what_others_write_is_taken_and_paused_where_it_is_live(platform: Platform) -> None:
    kube = platform.kube(COLOUR)
    for example in OTHERS:
        made = deployment(example.name)
        made["spec"]["template"]["metadata"]["labels"] |= LIVE
        if example.scales["kind"] == "ScaledObject":
            kube.post(OTHERS_DEPLOYMENTS, made)
        for it in (*example.beside, live(example)):
            kube.post(f"{OTHERS_KINDS}/{it['kind'].lower()}s", it)
    assert run_job(platform, "pausing-others") == "Complete"
    for example in OTHERS:
        place = f"{OTHERS_KINDS}/{example.scales['kind'].lower()}s"
        wait_until(
            f"KEDA to pause {example.name}",
            lambda it=example.name, place=place: (
                conditions(platform, it, place).get("Paused") == "True"
            ),
        )
    send("films.fifo", 3)
    assert kube.names(f"/apis/batch/v1/namespaces/{others_scaling.NAMESPACE}/jobs") == []
    pods = f"/api/v1/namespaces/{others_scaling.NAMESPACE}/pods"
    assert kube.names(pods) == []


@pytest.mark.parametrize("example", [it for it in EXAMPLES if it.refused], ids=lambda it: it.name)
def test_its_webhook_refuses_what_it_cannot_do(platform: Platform, example: Example) -> None:
    with pytest.raises(ApiException) as refused:
        platform.kube(COLOUR).post(f"{OTHERS_KINDS}/scaledobjects", example.scales)
    assert example.refused in str(refused.value.body)


def test_what_its_webhook_refuses_is_not_paused_until_that_is_mended(platform: Platform) -> None:
    kube = platform.kube(COLOUR)
    kube.post(DEPLOYMENTS, deployment("late"))
    late = {**scaled("consumers"), "metadata": {"name": "late", "labels": LIVE}}
    late["spec"]["scaleTargetRef"] = {"name": "late"}
    kube.post(SCALED, late)
    wait_until("its autoscaler", lambda: "keda-hpa-late" in kube.names(AUTOSCALERS), PATIENCE)
    words = ("autoscale", "deployment", "late", "-n", NAMESPACE, "--cpu=60%", "--max=3")
    platform.run("kubectl", "--context", COLOUR, *words)

    def left() -> list[str]:
        words = ("config", "view", "--minify", "--raw", "--flatten")
        config = platform.run("kubectl", "--context", COLOUR, *words)
        return [it for it in work_left.remaining(yaml.safe_load(config.stdout)) if "late" in it]

    def ends(how: str) -> Callable[[], bool]:
        return lambda: run_job(platform, f"again-{next(NUMBERS)}") == how

    wait_until("the webhook to know", ends("Failed"), PATIENCE)
    assert left() == [f"ScaledObject {NAMESPACE}/late, not paused"]
    kube.delete(f"{AUTOSCALERS}/late")
    wait_until("the webhook to know that", ends("Complete"), PATIENCE)
    assert left() == []
    kube.delete(f"{SCALED}/late")


def test_once_the_colour_is_active_its_live_work_goes_on(platform: Platform) -> None:
    send("orders", 15)
    workspace.set_config(
        platform.stack(SHARED), {"eks-platform:colours[0]": COLOUR}, structured=True
    )
    platform.set_active(COLOUR)
    for stack in (SHARED, COLOUR):
        platform.up(stack)
    run_job(platform, "letting-go")
    wait_until("the consumers", lambda: replicas(platform, "consumers") == 2, PATIENCE)
    assert conditions(platform, "consumers").get("Paused") != "True"
    for name, wanted in (("packers", 3), ("senders", 3), ("adapters", 3)):
        wait_until(
            f"{wanted} {name}",
            lambda name=name, wanted=wanted: replicas(platform, name, OTHERS_DEPLOYMENTS) >= wanted,
            PATIENCE,
        )
    jobs = f"/apis/batch/v1/namespaces/{others_scaling.NAMESPACE}/jobs"
    wait_until("a job for each message", lambda: len(platform.kube(COLOUR).names(jobs)) >= 3)


def load_balancer(platform: Platform) -> str:
    """What CloudWatch calls the load balancer of the sample application."""
    ingress = platform.kube(COLOUR).get(
        "/apis/networking.k8s.io/v1/namespaces/sample/ingresses/web-public"
    )
    host = ingress["status"]["loadBalancer"]["ingress"][0]["hostname"]
    elb = boto3.client("elbv2", region_name=REGION)
    found = elb.describe_load_balancers()["LoadBalancers"]
    (arn,) = [it["LoadBalancerArn"] for it in found if it["DNSName"] == host]
    return arn.partition(":loadbalancer/")[2]


def test_requests_of_a_load_balancer_ask_for_pods(platform: Platform) -> None:
    """Of the minute that runs, where the page waits for one that is over."""
    deploy_sample(platform, COLOUR)
    quick = {"targetMetricValue": "50", "metricEndTimeOffset": "0", "metricCollectionTime": "300"}
    made = scaled("web", dimensionValue=load_balancer(platform), **quick)
    del made["spec"]["fallback"]  # what does not answer must not look as if it did
    platform.kube(COLOUR).post(SCALED, made)
    wait_until("the two that always stay", lambda: replicas(platform, "web") == 2, PATIENCE)
    cloud = platform.cloud
    ports = {"dns_port": cloud.dns_port, "balancer_port": cloud.balancer_port}
    traffic = Traffic([f"web.eks-{COLOUR}.devinfra.fr"], **ports, clients=5)
    over = threading.Event()
    visitors = threading.Thread(target=traffic.run, args=(20.0, 3600.0, over))
    visitors.start()
    try:
        wait_until("more pods", lambda: replicas(platform, "web") > 4, PATIENCE)
    finally:
        over.set()
        visitors.join()
    assert {colour for _, colour in traffic.counts} == {COLOUR}
    assert conditions(platform, "web")["Ready"] == "True"


def test_its_role_lacked_nothing(platform: Platform) -> None:
    (role,) = [it for it in uses(platform.cloud) if it.role.endswith(f"role/eks-{COLOUR}-keda")]
    assert set(role.called) == {"sqs:GetQueueAttributes", "cloudwatch:GetMetricData"}
    assert not role.lacking
    denied = read_denials(platform.state.denied_calls)
    assert [it for it in denied if it.role == role.role] == []
