"""The add-ons together: their order, and when the live writers are said to have gone."""

from collections.abc import Collection, Mapping, Sequence

import pulumi
import pytest
from pulumi_aws import iam

from catalogue.addons import LINES
from components.addons.external_dns.probe import Probe, ProbeError
from components.control_plane import ControlPlane
from components.platform_addons import PlatformAddons, PlatformAddonsArgs
from handover.live_names import EVERY_NAME, NO_NAME, LiveNames
from tests.unit.components.addons.addon_cluster import (
    ADDON,
    DEPLOYMENT,
    TAGS,
    node,
    run_on_cluster,
    settings,
    site,
)
from tests.unit.components.eks_answer import answer
from tests.unit.pulumi_harness import Ran

OWN = ["external-dns-private", "external-dns-public"]
ADMISSION = "kubernetes:admissionregistration.k8s.io/v1"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"
STOPPED = {"running": False, "term": 4, "names": "no name"}
OTHERS = frozenset(LINES) - {"coredns", "ebs-csi", "external-dns"}
"""Add-ons that are tried elsewhere."""
LIVE = ["live-external-dns-private", "live-external-dns-public"]


class Writers:
    """A probe that finds what it is told to find, and notes what it was asked."""

    def __init__(self, *answers: Sequence[str] | ProbeError) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[object, Mapping[str, LiveNames]]] = []

    def __call__(self, kubeconfig: object, wanted: Mapping[str, LiveNames]) -> Collection[str]:
        self.asked.append((kubeconfig, wanted))
        answer = self._answers[0] if len(self._answers) == 1 else self._answers.pop(0)
        if isinstance(answer, ProbeError):
            raise answer
        return answer


def deploy(
    probe: Probe,
    *,
    names: LiveNames = NO_NAME,
    term: int = 3,
    minor: str = "1.34",
    preview: bool = False,
) -> Ran:
    def program(cluster: ControlPlane) -> None:
        wanted = settings(minor=minor, disabled=OTHERS)
        args = PlatformAddonsArgs(
            tags=TAGS,
            cluster=cluster,
            site=site(cluster, wanted, live_names=names, live_term=term),
            groups={},
            nodes=[node("spot"), node("on-demand")],
        )
        addons = PlatformAddons("addons", args, probe=probe, probe_deadline=0)
        pulumi.export("liveWriters", addons.live_writers)
        pulumi.export("dns", addons.dns)
        iam.InstanceProfile("reader", name=addons.live_writers.apply(str))

    return run_on_cluster(program, preview=preview)


def gone() -> Writers:
    return Writers([])


def test_coredns_and_the_ebs_driver_come_after_all_nodes() -> None:
    ran = deploy(gone())
    nodes = [ran.only(PROFILE, name) for name in ("spot", "on-demand")]
    for name in ("coredns", "ebs-csi"):
        assert all(ran.only(ADDON, name).waits_for(one) for one in nodes)


def test_the_storage_class_comes_after_the_driver() -> None:
    ran = deploy(gone())
    made = ran.only("kubernetes:storage.k8s.io/v1:StorageClass")
    assert made.waits_for(ran.only(ADDON, "ebs-csi"))


def test_the_four_writers_come_after_coredns_their_rights_and_what_judges_names() -> None:
    ran = deploy(gone())
    binding = ran.only("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding")
    assert {made.name for made in ran.of_type(DEPLOYMENT)} == {*OWN, *LIVE}
    judged = ran.of_type(f"{ADMISSION}:ValidatingAdmissionPolicyBinding")
    assert len(judged) == 4
    for made in ran.of_type(DEPLOYMENT):
        assert made.waits_for(ran.only(ADDON, "coredns"))
        assert all(made.waits_for(one) for one in (binding, *judged))


def test_names_are_judged_by_the_zones_before_there_are_nodes() -> None:
    ran = deploy(gone())
    policy = ran.only(
        f"{ADMISSION}:ValidatingAdmissionPolicy", "validatingadmissionpolicy-dns-names"
    )
    said = str(policy.inputs)
    assert '"devinfra.fr" is added' in said
    assert '"devinfra.local" is added' in said
    assert not [name for name in ("spot", "on-demand") if policy.waits_for(ran.only(PROFILE, name))]


def test_every_writer_may_read_what_its_sources_follow_and_no_more() -> None:
    ran = deploy(gone())
    role = ran.only("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole")
    assert role.inputs["metadata"] == {"name": "external-dns"}
    read = ["get", "list", "watch"]
    assert role.inputs["rules"] == [
        {"apiGroups": [""], "resources": ["services", "pods"], "verbs": read},
        {"apiGroups": [""], "resources": ["nodes"], "verbs": ["list", "watch"]},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": read},
        {"apiGroups": ["networking.k8s.io"], "resources": ["ingresses"], "verbs": read},
    ]
    binding = ran.only("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding")
    assert binding.inputs["roleRef"]["name"] == "external-dns"
    assert binding.inputs["subjects"] == [
        {"kind": "ServiceAccount", "namespace": "kube-system", "name": name}
        for name in (*OWN, *LIVE)
    ]


@pytest.mark.parametrize("running", [True, False])
def test_only_live_writers_are_stopped_and_carry_the_term(running: bool) -> None:
    ran = deploy(gone(), names=EVERY_NAME if running else NO_NAME, term=5)
    terms = {d.name: d.inputs["metadata"].get("annotations") for d in ran.of_type(DEPLOYMENT)}
    replicas = {d.name: d.inputs["spec"]["replicas"] for d in ran.of_type(DEPLOYMENT)}
    assert replicas == dict.fromkeys(OWN, 1) | dict.fromkeys(LIVE, int(running))
    term = {"eks-platform.io/live-writer-term": "5"}
    assert terms == dict.fromkeys(OWN) | dict.fromkeys(LIVE, term)


def test_running_writers_are_reported_without_a_look() -> None:
    probe = Writers(ProbeError("must not be asked"))
    ran = deploy(probe, names=EVERY_NAME, term=4)
    assert ran.exports["liveWriters"] == {"running": True, "term": 4, "names": "every name"}
    assert probe.asked == []


def test_a_canary_runs_only_in_the_zone_of_its_names() -> None:
    ran = deploy(gone(), names=LiveNames(others=False, chosen=("web.devinfra.fr",)))
    replicas = {d.name: d.inputs["spec"]["replicas"] for d in ran.of_type(DEPLOYMENT)}
    assert {name: replicas[name] for name in LIVE} == dict(zip(LIVE, (0, 1), strict=True))


@pytest.mark.parametrize("others", [True, False])
def test_a_canary_is_nothing_to_the_writers_of_the_clusters_own_names(others: bool) -> None:
    canary = LiveNames(others=others, chosen=("web.devinfra.fr", "web.devinfra.local"))
    with_one, without = (deploy(gone(), names=names) for names in (canary, EVERY_NAME))
    for name in OWN:
        assert with_one.only(DEPLOYMENT, name).inputs == without.only(DEPLOYMENT, name).inputs


@pytest.mark.parametrize("others", [True, False])
def test_writers_of_some_names_are_reported_once_those_of_others_are_gone(others: bool) -> None:
    names, probe = LiveNames(others=others, chosen=("web.devinfra.fr",)), gone()
    exported = deploy(probe, names=names, term=4).exports["liveWriters"]
    assert exported == {"running": True, "term": 4, "names": str(names)}
    ((_, wanted),) = probe.asked
    private = {} if others else {LIVE[0]: NO_NAME}
    assert wanted == {**private, LIVE[1]: names}
    with pytest.raises(pulumi.RunError, match=r"older-pod.*`pulumi up -s blue` again"):
        deploy(Writers(["pod older-pod"]), names=names)


def test_stopped_writers_are_reported_once_the_cluster_has_none_left() -> None:
    probe = gone()
    assert deploy(probe, term=4).exports["liveWriters"] == STOPPED
    assert probe.asked == [(answer("eks-blue")["kubeconfig"], dict.fromkeys(LIVE, NO_NAME))]


@pytest.mark.parametrize(
    "probe",
    [Writers(["pod live-external-dns-public-x"]), Writers(ProbeError("403 Forbidden"))],
    ids=["left", "no answer"],
)
def test_nothing_is_reported_while_writers_may_be_left(probe: Writers) -> None:
    with pytest.raises(
        pulumi.RunError, match=r"(live-external-dns-public-x|403).*`pulumi up -s blue` again"
    ):
        deploy(probe)


def test_a_preview_looks_at_nothing() -> None:
    probe = Writers(["pod a"])
    ran = deploy(probe, term=4, preview=True)
    assert probe.asked == []
    assert ran.exports["liveWriters"] == STOPPED


def test_the_report_waits_for_both_live_deployments() -> None:
    ran = deploy(gone())
    reader = ran.only(PROFILE, "reader")
    assert all(reader.waits_for(ran.only(DEPLOYMENT, name)) for name in LIVE)


def test_dns_says_domains_and_owners() -> None:
    assert deploy(gone()).exports["dns"] == {
        "private": "eks-blue.devinfra.local",
        "public": "eks-blue.devinfra.fr",
        "ownerIds": {
            "private": "ingress-eks-blue.devinfra.local",
            "public": "ingress-eks-blue.devinfra.fr",
            "livePrivate": "ingress.devinfra.local",
            "livePublic": "ingress.devinfra.fr",
        },
    }
