"""Live work runs on the active colour alone, through every state of a switch."""

import json
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager

import pulumi
import pytest
from pulumi_aws import iam

from components.addons.external_dns.probe import ProbeError
from components.addons.keda import work_probe
from components.addons.keda.live_work import arguments
from components.addons.keda.work_probe import WORK, WorkProbe
from components.control_plane import ControlPlane
from components.platform_addons import PlatformAddons, PlatformAddonsArgs
from handover.live_names import EVERY_NAME, NO_NAME, LiveNames
from handover.live_work import PAUSES, TERM_OBJECTS
from tests.unit.components.addons.addon_cluster import (
    CRON_JOB,
    KEDA,
    TAGS,
    node,
    run_on_cluster,
    settings,
    site,
)
from tests.unit.components.addons.deployed import PROFILE, RELEASE, nothing_left
from tests.unit.components.addons.test_platform import OTHERS
from tests.unit.http_server import QuietHandler, running
from tests.unit.pulumi_harness import Plain, Ran

POLICY = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
BINDING = f"{POLICY}Binding"
CANARY = LiveNames(others=False, chosen=("web.devinfra.fr",))
ALL_BUT_THE_CANARYS = LiveNames(others=True, chosen=("web.devinfra.fr",))
LEFT = ["pod shop/orders-1"]


class Work:
    """A probe that finds what it is told to find."""

    def __init__(self, *answers: Sequence[str] | ProbeError) -> None:
        self.answers = list(answers)

    def __call__(self, kubeconfig: object) -> Collection[str]:
        assert kubeconfig
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if isinstance(answer, ProbeError):
            raise answer
        return answer


def must_not_be_asked(kubeconfig: object) -> Collection[str]:
    raise AssertionError(kubeconfig)


def deploy(
    work: WorkProbe = must_not_be_asked,
    *,
    names: LiveNames = NO_NAME,
    term: int = 3,
    preview: bool = False,
    keda: Mapping[str, object] | None = KEDA,
) -> Ran:
    def program(cluster: ControlPlane) -> None:
        args = PlatformAddonsArgs(
            tags=TAGS,
            cluster=cluster,
            site=site(
                cluster,
                settings(disabled=OTHERS - {"keda"}, keda=keda),
                live_names=names,
                live_term=term,
            ),
            groups={},
            nodes=[node()],
        )
        addons = PlatformAddons("addons", args, probe=nothing_left, work=work, probe_deadline=0)
        pulumi.export("liveWriters", addons.live_writers)
        iam.InstanceProfile("reader", name=addons.live_writers.apply(str))

    return run_on_cluster(program, preview=preview)


def policy(ran: Ran) -> Plain:
    return ran.only(POLICY, "keda-validatingadmissionpolicy-live-work").inputs


def commands(ran: Ran) -> dict[str, list[str]]:
    pod = ran.only(CRON_JOB).inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return {it["name"]: it["args"] for it in pod["containers"]}


@pytest.mark.parametrize("names", [NO_NAME, CANARY], ids=str)
def test_a_colour_that_is_not_active_lets_no_pod_in_and_pauses_what_scales(
    names: LiveNames,
) -> None:
    ran = deploy(Work([]), names=names)
    (rule,) = policy(ran)["spec"]["validations"]
    assert rule["expression"] == "false"
    assert "eks-blue takes no live work now" in rule["message"]
    said = commands(ran)
    assert said["scaledobjects"][-2:] == ["autoscaling.keda.sh/paused-replicas=0", "--overwrite"]
    assert said["scaledjobs"][-2:] == ["autoscaling.keda.sh/paused=true", "--overwrite"]


@pytest.mark.parametrize("names", [EVERY_NAME, ALL_BUT_THE_CANARYS], ids=str)
def test_the_active_colour_takes_it_whoever_has_a_canarys_names(names: LiveNames) -> None:
    ran = deploy(names=names)
    (rule,) = policy(ran)["spec"]["validations"]
    assert rule["expression"] == "true"
    said = commands(ran)
    assert said["scaledobjects"][-1] == "autoscaling.keda.sh/paused-replicas-"
    assert said["scaledjobs"][-1] == "autoscaling.keda.sh/paused-"


def test_only_what_says_that_it_is_live_is_meant() -> None:
    ran = deploy(Work([]))
    matched = policy(ran)["spec"]["matchConstraints"]
    assert matched["objectSelector"] == {"matchLabels": {"eks-platform.io/live": "true"}}
    (kinds,) = matched["resourceRules"]
    assert (kinds["operations"], kinds["resources"]) == (["CREATE"], ["pods"])
    binding = ran.only(BINDING, "keda-validatingadmissionpolicybinding-live-work").inputs["spec"]
    assert binding == {"policyName": "live-work", "validationActions": ["Deny"]}
    for said in commands(ran).values():
        assert "--selector=eks-platform.io/live=true" in said
        assert "--all-namespaces" in said


def test_each_term_writes_policy_and_jobs_anew() -> None:
    ran = deploy(Work([]), term=7)
    for made in (policy(ran), ran.only(CRON_JOB).inputs):
        assert made["metadata"]["annotations"]["eks-platform.io/live-writer-term"] == "7"


def test_what_holds_the_term_is_known_to_a_switch() -> None:
    """Else they would count as changes that nobody has applied, and forbid the way back."""

    def holds(inputs: Plain) -> bool:
        metadata = inputs.get("metadata") or {}
        return "eks-platform.io/live-writer-term" in (metadata.get("annotations") or {})

    made = deploy(Work([]), term=7).resources
    held = {it.name for it in made if holds(it.inputs) and it.name.startswith("keda-")}
    assert held == set(TERM_OBJECTS)


def test_pods_are_let_in_or_kept_out_before_anything_is_let_go_or_paused() -> None:
    ran = deploy(Work([]))
    order = [
        ran.only(RELEASE, "keda"),
        ran.only(POLICY, "keda-validatingadmissionpolicy-live-work"),
        ran.only(BINDING, "keda-validatingadmissionpolicybinding-live-work"),
        ran.only(CRON_JOB),
    ]
    places = [ran.resources.index(it) for it in order]
    assert places == sorted(places)


def test_what_pauses_may_do_nothing_else() -> None:
    ran = deploy(Work([]))
    roles = ran.of_type("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole")
    (role,) = [it.inputs for it in roles if it.inputs["metadata"]["name"] == "pause-live-work"]
    assert role["rules"] == [
        {
            "apiGroups": ["keda.sh"],
            "resources": ["scaledobjects", "scaledjobs"],
            "verbs": ["get", "list", "patch"],
        }
    ]


def test_without_keda_nothing_of_it_is_made_or_waited_for() -> None:
    ran = deploy(keda=None)
    assert not ran.of_type(CRON_JOB)
    assert ran.exports["liveWriters"] == {"running": False, "term": 3, "names": "no name"}


def test_a_colour_says_that_it_has_stopped_once_nothing_takes_live_work() -> None:
    ran = deploy(Work([]))
    assert ran.exports["liveWriters"] == {"running": False, "term": 3, "names": "no name"}


@pytest.mark.parametrize(
    ("answer", "said"), [(LEFT, "pod shop/orders-1"), (ProbeError("503"), "503")]
)
def test_while_some_is_left_it_says_nothing_and_names_the_way_out(
    answer: Sequence[str] | ProbeError, said: str
) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        deploy(Work(answer))
    for text in (
        said,
        "objects of live work that must end on blue have not gone within",
        "no other colour may take it up",
        "kubectl delete pods --all-namespaces --selector=eks-platform.io/live=true",
        "Run `pulumi up -s blue` again",
    ):
        assert text in str(raised.value)


def test_an_update_that_is_run_again_ends_what_an_interrupted_one_left() -> None:
    with pytest.raises(pulumi.RunError):
        deploy(Work(LEFT))
    assert deploy(Work([])).exports["liveWriters"]["running"] is False


def test_what_it_says_waits_for_policy_and_jobs() -> None:
    ran = deploy(Work([]))
    reader, jobs = ran.only(PROFILE, "reader"), ran.only(CRON_JOB)
    assert reader.waits_for(jobs)
    assert jobs.waits_for(
        ran.only(
            "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
            "keda-clusterrolebinding-pause-live-work",
        )
    )


def test_a_preview_waits_for_nothing() -> None:
    assert deploy(preview=True).exports["liveWriters"]["running"] is False


def test_who_becomes_active_waits_for_nothing() -> None:
    assert deploy(names=EVERY_NAME).exports["liveWriters"]["running"] is True


def test_the_words_name_the_colour() -> None:
    assert "{colour}" in WORK.who
    assert "{" not in WORK.until


class ApiServer:
    """Lists by path; a number is an HTTP error."""

    def __init__(self) -> None:
        self.lists: dict[str, list[Plain] | int] = {
            "/apis/keda.sh/v1alpha1/scaledobjects": [],
            "/apis/keda.sh/v1alpha1/scaledjobs": [],
            "/api/v1/pods": [],
        }
        self.selectors: list[str] = []

    @contextmanager
    def kubeconfig(self) -> Generator[Plain]:
        server = self

        class Handler(QuietHandler):
            def do_GET(self) -> None:  # noqa: N802 - the name http.server calls
                path, _, query = self.path.partition("?")
                server.selectors.append(query)
                found = server.lists[path]
                status = found if isinstance(found, int) else 200
                items = [] if isinstance(found, int) else found
                body = json.dumps({"items": items, "metadata": {}}).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        with running(Handler) as port:
            yield {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "it",
                "clusters": [{"name": "it", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
                "users": [{"name": "it", "user": {"token": "t"}}],
                "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
            }


def scaled(kind: str, name: str, **annotations: str) -> Plain:
    metadata: dict[str, Plain] = {"name": name, "namespace": "shop"}
    if annotations:
        metadata["annotations"] = {f"autoscaling.keda.sh/{k}": v for k, v in annotations.items()}
    return {"kind": kind, "metadata": metadata}


def pod(name: str, phase: str = "Running", **metadata: str) -> Plain:
    return {
        "metadata": {"name": name, "namespace": "shop", **metadata},
        "spec": {"containers": []},
        "status": {"phase": phase},
    }


def left(api: ApiServer) -> list[str]:
    with api.kubeconfig() as kubeconfig:
        return list(work_probe.remaining(kubeconfig))


def test_nothing_is_left_where_all_is_paused_and_pods_have_ended() -> None:
    api = ApiServer()
    api.lists["/apis/keda.sh/v1alpha1/scaledobjects"] = [
        scaled("ScaledObject", "orders", **{"paused-replicas": "0"})
    ]
    api.lists["/apis/keda.sh/v1alpha1/scaledjobs"] = [scaled("ScaledJob", "films", paused="true")]
    api.lists["/api/v1/pods"] = [
        pod("done", "Succeeded"),
        pod("broken", "Failed"),
        # It has been told to end, and finishes what it has begun.
        pod("ending", deletionTimestamp="2026-11-30T08:00:00Z"),
    ]
    assert left(api) == []
    assert all("labelSelector=eks-platform.io%2Flive%3Dtrue" in it for it in api.selectors)


def test_what_scales_and_what_runs_is_named() -> None:
    api = ApiServer()
    api.lists["/apis/keda.sh/v1alpha1/scaledobjects"] = [
        scaled("ScaledObject", "orders"),
        scaled("ScaledObject", "some", **{"paused-replicas": "3"}),
    ]
    api.lists["/apis/keda.sh/v1alpha1/scaledjobs"] = [scaled("ScaledJob", "films", paused="false")]
    api.lists["/api/v1/pods"] = [pod("orders-1"), pod("orders-2", "Pending")]
    assert left(api) == [
        "ScaledObject shop/orders, not paused",
        "ScaledObject shop/some, not paused",
        "ScaledJob shop/films, not paused",
        "pod shop/orders-1",
        "pod shop/orders-2",
    ]


def test_where_kedas_kinds_are_not_there_its_objects_are_none() -> None:
    api = ApiServer()
    for plural in ("scaledobjects", "scaledjobs"):
        api.lists[f"/apis/keda.sh/v1alpha1/{plural}"] = 404
    api.lists["/api/v1/pods"] = [pod("orders-1")]
    assert left(api) == ["pod shop/orders-1"]


@pytest.mark.parametrize("path", list(ApiServer().lists))
def test_an_answer_that_is_none_is_not_gone(path: str) -> None:
    api = ApiServer()
    api.lists[path] = 503
    with pytest.raises(ProbeError, match="503"):
        left(api)


def test_a_cluster_without_a_kubeconfig_is_not_gone() -> None:
    with pytest.raises(ProbeError, match="kubeconfig"):
        work_probe.remaining("")


def test_pausing_and_letting_go_are_of_one_annotation() -> None:
    for plural in PAUSES:
        pausing, letting_go = (arguments(plural, active=it) for it in (False, True))
        assert pausing[-2].partition("=")[0] == letting_go[-1].removesuffix("-")
