"""What the API server says to names: the page's own sentences, and objects older than a policy."""

import random
import subprocess
from collections.abc import Generator, Mapping
from typing import Any

import pytest

from components.addon_stack.manifest import Manifest
from components.addons.external_dns.name_policy.manifests import policies
from eks_platform_contract.outputs import Zone
from handover.name_annotation import (
    Visibility,
    is_relative_name,
    longest_relative,
    names_in,
)
from localcloud.tools.catalogue import KUBECTL
from localcloud.tools.obtain import ensure
from tests.e2e.cluster.asking import NAMESPACE, TAKEN, Answer, create, ingress, patch, path, service
from tests.e2e.cluster.conftest import Cluster
from tests.inputs.applications import Application, applications
from tests.unit.documentation import names_page
from tests.waiting import wait_for

PUBLIC = "PublicDNSName"
PRIVATE = "PrivateDNSName"
PREFIX = "external-dns.alpha.kubernetes.io/"
GROUP = "alb.ingress.kubernetes.io/group.name"
LONGEST = longest_relative("devinfra.fr", "eks-green")
ZONES: Mapping[Visibility, Zone] = {
    "private": Zone(id="ZPRIVATE", name="devinfra.local", arn=""),
    "public": Zone(id="ZPUBLIC", name="devinfra.fr", arn="", delegated=("partners.devinfra.fr",)),
}
REFUSED = names_page.answers("What is refused")
WARNED = names_page.answers("What you are warned of")
MISSPELT = REFUSED[0].sentence.partition('"Shop"')[2]

OLD = ingress("old", {PUBLIC: "Old Name", f"{PREFIX}alias": "true"})
OLD_SERVICE = service("old", {PUBLIC: "Old Name"}, "ClusterIP")
FIRST = ingress("first", {PUBLIC: "taken", GROUP: "first"})


@pytest.fixture(scope="module", autouse=True)
def judged(cluster: Cluster) -> Generator[None]:
    """Objects that are older than the policies, and then the policies.

    They are installed once: an API server that has lost a binding with parameters does not find
    others again.
    """
    cluster.namespace(NAMESPACE)
    for manifest in (OLD, OLD_SERVICE, FIRST):
        assert create(cluster.kube, manifest, dry_run=False) == TAKEN
    made = [(it, cluster.create(_token(it), dict(it.body))) for it in policies(ZONES)]
    wait_for("a refusal", lambda: create(cluster.kube, ingress("it", {PUBLIC: "No Name"})).refusal)
    wait_for("a warning", lambda: create(cluster.kube, ingress("it", {PUBLIC: "taken"})).warnings)
    yield
    for manifest, written in reversed(made):
        cluster.delete(_token(manifest), written)
    for manifest in (OLD, OLD_SERVICE, FIRST):
        cluster.kube.delete(path(manifest))


def _token(manifest: Manifest) -> str:
    return manifest.pulumi_type


@pytest.mark.parametrize("row", REFUSED, ids=str)
def test_what_the_page_says_is_refused(cluster: Cluster, row: names_page.Answer) -> None:
    annotations = {PUBLIC: "shop", row.key: row.value}
    for manifest in (ingress("it", annotations), service("it", annotations)):
        assert create(cluster.kube, manifest) == Answer(row.sentence)


@pytest.mark.parametrize("row", WARNED, ids=str)
def test_what_the_page_says_is_warned_of(cluster: Cluster, row: names_page.Answer) -> None:
    annotations = {PUBLIC: "shop", row.key: row.value}
    manifest = ingress("it", annotations)
    if "Service of type" in row.where:
        manifest = service("it", annotations, "ClusterIP")
    assert create(cluster.kube, manifest) == Answer("", (row.sentence,))


@pytest.mark.parametrize("manifest", names_page.manifests(), ids=lambda it: it["metadata"]["name"])
def test_the_manifests_of_the_page_are_taken(cluster: Cluster, manifest: Mapping[str, Any]) -> None:
    cluster.namespace("shop")
    assert create(cluster.kube, manifest) == TAKEN


@pytest.mark.parametrize("application", applications(), ids=lambda it: it.path.stem)
def test_ordinary_applications_are_taken(cluster: Cluster, application: Application) -> None:
    for manifest in application.of_kind("Ingress", "Service"):
        cluster.namespace(manifest["metadata"].get("namespace", "default"))
        answer = create(cluster.kube, manifest)
        assert answer.refusal == ""
        assert all(it.startswith(("Ignored: ", "annotation ")) for it in answer.warnings)


@pytest.mark.parametrize(
    "value",
    [
        "shop",
        "shop, www",
        "shop,www",
        "shop,\n  www",
        "*",
        "*.dev, dev",
        "_dmarc.a-b",
        "1.2",
        "steam.partners-of",
        "eks-blue.shop",
        f"{'a' * 57}.{'b' * 63}",
        ".".join([*["a" * 49] * 4, "b" * (LONGEST - 200)]),
        ", ".join(f"n{number}" for number in range(50)),
    ],
)
def test_names_are_taken(cluster: Cluster, value: str) -> None:
    assert create(cluster.kube, ingress("it", {PUBLIC: value, PRIVATE: "shop"})) == TAKEN


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", '""'),
        ("shop,", '""'),
        (" shop", '" shop"'),
        ("shop ,www", '"shop "'),
        ("shop\n", '"shop\\n"'),
        ("shop;www", '"shop;www"'),
        ("shop.", '"shop."'),
        ("a..b", '"a..b"'),
        ("-a, b-", '"-a", "b-"'),
        ("a.*", '"a.*"'),
        ("*a", '"*a"'),
        ("café", '"café"'),
        ('a"b\\', '"a\\"b\\\\"'),
        ("a\tb\x07", '"a\\tb\\a"'),
        ("a" * 58, f'"{"a" * 58}"'),
        (f"a.{'b' * 64}", f'"a.{"b" * 64}"'),
        ("A, B, C, D, E, F", '"A", "B", "C", "D", "E", …'),
        ("a b" * 50, f'"{("a b" * 50)[:80]}…"'),
    ],
)
def test_what_is_no_name_is_shown(cluster: Cluster, value: str, shown: str) -> None:
    answer = create(cluster.kube, ingress("it", {PUBLIC: value}))
    assert answer == Answer(f"{PUBLIC}: {shown}{MISSPELT}")


def test_a_name_that_is_longer_than_its_zone_lets_it_is_refused(cluster: Cluster) -> None:
    for annotation, zone, longest in (
        (PUBLIC, "devinfra.fr", LONGEST),
        (PRIVATE, "devinfra.local", LONGEST - 3),
    ):
        name = ".".join([*["a" * 49] * 4, "b" * (longest - 199)])
        assert create(cluster.kube, ingress("it", {annotation: name})) == Answer(
            f'{annotation}: "{name[:80]}…" cannot be so long. Expected: at most {longest}'
            f' characters before "{zone}", such as "shop".'
        )


def test_too_many_names_are_refused(cluster: Cluster) -> None:
    value = ", ".join(f"n{number}" for number in range(51))
    assert create(cluster.kube, ingress("it", {PUBLIC: value})) == Answer(
        f'{PUBLIC}: "n0" and more are too many names. Expected: at most 50 in one annotation, such'
        ' as "shop, www".'
    )


def test_an_object_that_does_not_fit_an_ownership_record_is_refused(cluster: Cluster) -> None:
    for annotation, owner in (
        (PUBLIC, "ingress-eks-green.devinfra.fr"),
        (PRIVATE, "ingress-eks-green.devinfra.local"),
    ):
        record = f"heritage=external-dns,external-dns/owner={owner},external-dns/resource=ingress/"
        longest = 255 - len(record)
        name = "a" * (longest - len(f"{NAMESPACE}/"))
        shown = f"{NAMESPACE}/{name}"[:80]
        assert create(cluster.kube, ingress(name, {annotation: "shop"})) == TAKEN
        assert create(cluster.kube, ingress(f"{name}a", {annotation: "shop"})) == Answer(
            f'{annotation}: "{shown}…" does not fit the record that says whose a name is.'
            f" Expected: namespace and name of the object in at most {longest} characters,"
            ' such as "shop/web".'
        )


@pytest.mark.parametrize(
    "value",
    ["a" * 250_000, "," * 250_000, "a," * 125_000, "é," * 80_000, "shop," + "\n" * 200_000],
    ids=["one name", "no name", "one name many times", "no names", "spaces"],
)
def test_no_value_is_too_much_for_an_expression(cluster: Cluster, value: str) -> None:
    refusal = create(cluster.kube, ingress("it", {PUBLIC: value, PRIVATE: "shop"})).refusal
    assert refusal.startswith(f"{PUBLIC}: ")
    assert "Expected: " in refusal


def test_all_mistakes_are_said_at_once(cluster: Cluster) -> None:
    annotations = {PRIVATE: "Shop", PUBLIC: "a.eks-green, b, b", f"{PREFIX}aws-weight": "1"}
    refusal = create(cluster.kube, service("it", annotations)).refusal
    assert [line.split(" ")[0] for line in refusal.split("Expected: ")[:-1]] == [
        f"{PRIVATE}:",
        "names",
        "each",
        "what",
    ]
    for part in ('"Shop"', '"b" must not', '"a.eks-green" must', f'"{PREFIX}aws-weight" cannot'):
        assert part in refusal


def test_the_expressions_and_the_writers_tell_names_apart_alike(cluster: Cluster) -> None:
    """What an API server takes is what name_annotation takes, for any text."""
    chance = random.Random(1)  # noqa: S311 - texts, no secrets
    pieces = [*"ab*-_.,, \t\nA", "xn--", "shop", "www", ".x", "a" * 57, "b" * 63, "é", "*.", ", "]
    verdicts: set[bool] = set()
    for _ in range(300):
        value = "".join(chance.choices(pieces, k=chance.randint(1, 7)))
        names = names_in(value)
        right = len(set(names)) == len(names) and all(
            is_relative_name(it) and len(it) <= LONGEST for it in names
        )
        verdicts.add(right)
        taken = not create(cluster.kube, ingress("it", {PUBLIC: value})).refusal
        assert taken == right, repr(value)
    assert verdicts == {True, False}


def test_objects_that_ask_for_no_name_are_let_alone(cluster: Cluster) -> None:
    others = {f"{PREFIX}alias": "true", f"{PREFIX}hostname": "Shop", "publicdnsname": "Shop"}
    for manifest in (ingress("it", others), service("it", others, "ClusterIP")):
        assert create(cluster.kube, manifest) == TAKEN


def annotated(**annotations: str | None) -> dict[str, Any]:
    return {"metadata": {"annotations": annotations}}


def test_an_older_object_can_be_changed_elsewhere_and_deleted(cluster: Cluster) -> None:
    old = ingress("leaving", {PUBLIC: "left"})
    assert create(cluster.kube, old, dry_run=False) == TAKEN
    for manifest in (OLD, OLD_SERVICE):
        for change in (
            {"metadata": {"labels": {"a": "b"}}},
            annotated(other="new"),
            {"metadata": {"finalizers": ["example.org/it"]}},
            {"metadata": {"finalizers": None}},
            {"spec": {"defaultBackend": {"service": {"name": "new"}}}}
            if manifest is OLD
            else {"spec": {"ports": [{"port": 81}]}},
        ):
            assert patch(cluster.kube, manifest, change) == TAKEN
        status = {"status": {"loadBalancer": {"ingress": [{"hostname": "a.example.org"}]}}}
        part = status if manifest is OLD else {"status": {"conditions": []}}
        assert patch(cluster.kube, manifest, part, "/status") == TAKEN
    cluster.kube.delete(path(old))
    assert cluster.kube.get(path(old)) is None


def test_an_older_object_asks_for_no_new_mistake(cluster: Cluster) -> None:
    for change in (
        annotated(**{PUBLIC: "Other Name"}),
        annotated(**{PRIVATE: "shop"}),
        annotated(**{f"{PREFIX}aws-region": "eu-west-1"}),
    ):
        assert "cannot be published" in patch(cluster.kube, OLD, change).refusal
    balanced = {"spec": {"type": "LoadBalancer", "loadBalancerClass": "example.org/none"}}
    assert '"Old Name" cannot be' in patch(cluster.kube, OLD_SERVICE, balanced).refusal


def test_a_mistake_can_be_mended(cluster: Cluster) -> None:
    old = ingress("mended", {PUBLIC: "mended"})
    assert create(cluster.kube, old, dry_run=False) == TAKEN
    assert patch(cluster.kube, old, annotated(**{PUBLIC: "Mended"})).refusal
    assert patch(cluster.kube, old, annotated(**{PUBLIC: "other, mended"})) == TAKEN
    assert patch(cluster.kube, old, annotated(**{PUBLIC: None})) == TAKEN
    cluster.kube.delete(path(old))


def test_kubectl_shows_the_sentence_and_the_warning(cluster: Cluster) -> None:
    target = service("annotated", {})
    assert create(cluster.kube, target, dry_run=False) == TAKEN

    def annotate(*words: str) -> subprocess.CompletedProcess[str]:
        command = [ensure([KUBECTL])[KUBECTL], f"--kubeconfig={cluster.kubeconfig}", "annotate"]
        words = ("-n", NAMESPACE, "service", "annotated", "--overwrite", *words)
        return subprocess.run(
            [*map(str, command), *words], capture_output=True, text=True, check=False
        )

    row = REFUSED[0]
    refused = annotate(f"{row.key}={row.value}")
    assert refused.returncode == 1
    assert refused.stderr.strip().endswith(f"denied request: {row.sentence}")
    warned = annotate(f"{PUBLIC}=taken")
    assert warned.returncode == 0
    assert f"Warning: {_warning('of-ingresses')}{WARNED[-1].sentence}" in warned.stderr
    cluster.kube.delete(path(target))


def _warning(which: str) -> str:
    name = f"dns-names-{which}"
    return f"Validation failed for ValidatingAdmissionPolicy '{name}' with binding '{name}': "


def test_a_shared_name_is_warned_of_wherever_it_stands(cluster: Cluster) -> None:
    other = service("second", {PRIVATE: "b, taken", PUBLIC: "also-taken"})
    assert create(cluster.kube, other, dry_run=False) == TAKEN
    asking = {PUBLIC: "free, also-taken", PRIVATE: "taken, b, c"}
    for manifest in (ingress("it", asking), service("it", asking)):
        wait_for("warnings", lambda it=manifest: len(create(cluster.kube, it).warnings) == 1)
        (said,) = create(cluster.kube, manifest).warnings
        assert f'{PRIVATE}: Service "second" of this namespace asks for "taken", "b", too.' in said
        assert f'{PUBLIC}: Service "second" of this namespace asks for "also-taken", too.' in said
    cluster.kube.delete(path(other))


def test_a_name_is_not_shared_where_only_one_can_have_it(cluster: Cluster) -> None:
    cluster.namespace("names-2")
    for manifest in (
        ingress("first", {PUBLIC: "taken"}, "names-2"),
        ingress("it", {PUBLIC: "taken", GROUP: "first"}),
        ingress("it", {PRIVATE: "taken"}),
    ):
        assert create(cluster.kube, manifest) == TAKEN
    ignored = create(cluster.kube, service("it", {PUBLIC: "taken"}, "ClusterIP")).warnings
    assert ignored == (WARNED[0].sentence,)
    assert patch(cluster.kube, FIRST, annotated(**{PUBLIC: "www, taken"})) == TAKEN
    assert patch(cluster.kube, FIRST, annotated(**{PUBLIC: "taken"})) == TAKEN


@pytest.mark.parametrize(
    "manifest", [it for it in policies(ZONES) if "Binding" not in it.kind], ids=lambda it: it.name
)
def test_kubernetes_finds_no_mistake_in_an_expression(cluster: Cluster, manifest: Manifest) -> None:
    plural = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"

    def status() -> dict[str, Any] | None:
        found = cluster.kube.get(f"{plural}/{manifest.name}") or {}
        return found.get("status") if "typeChecking" in found.get("status", {}) else None

    assert wait_for("type checking", status)["typeChecking"] == {}
