"""Objects, Helm releases and requests of a minor that a later one does not serve."""

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bluegreen import api_rules
from bluegreen.finding import refused
from bluegreen.snapshot import RemovedUse, RemovedUses
from bluegreen.world.kube import KubeError
from bluegreen.world.removed_apis import removed_uses
from catalogue.minors import KUBERNETES_VERSIONS
from catalogue.removed_apis import minor_of_table, order_of, removed_apis

NETWORKING = "networking.k8s.io"
METRICS = """
# TYPE apiserver_requested_deprecated_apis gauge
apiserver_requested_deprecated_apis{group="networking.k8s.io",removed_release="1.37",\
resource="servicecidrs",subresource="",version="v1beta1"} 1
apiserver_requested_deprecated_apis{group="",removed_release="",resource="endpoints",\
subresource="",version="v1"} 1
apiserver_requested_deprecated_apis{group="resource.k8s.io",removed_release="1.38",\
resource="resourceclaims",subresource="status",version="v1beta1"} 1
apiserver_request_total{group="x"} 5
"""


class Cluster:
    """An API server with PodDisruptionBudgets and ServiceCIDRs, and one Helm release."""

    def __init__(
        self,
        budgets: Sequence[Mapping[str, Any]] = (),
        releases: Sequence[Mapping[str, Any]] = (),
        denied: str = "-",
    ) -> None:
        self.budgets, self.releases, self.denied = budgets, releases, denied
        self.asked: list[str] = []

    def _ask(self, path: str) -> None:
        self.asked.append(path)
        if self.denied in path:
            raise KubeError("403 Forbidden")

    def get(self, path: str) -> Mapping[str, Any]:
        self._ask(path)
        if path == "/apis":
            names = {"policy": "v1", NETWORKING: "v1"}
            return {
                "groups": [
                    {"name": name, "preferredVersion": {"groupVersion": f"{name}/{version}"}}
                    for name, version in names.items()
                ]
            }
        kinds = {
            "/apis/policy/v1": {"poddisruptionbudgets": "PodDisruptionBudget"},
            f"/apis/{NETWORKING}/v1": {"servicecidrs": "ServiceCIDR", "ipaddresses": "IPAddress"},
        }[path]
        resources = [{"name": name, "kind": kind} for name, kind in kinds.items()]
        status = [{"name": f"{it['name']}/status", "kind": it["kind"]} for it in resources]
        return {"resources": [*resources, *status]}

    def items(self, path: str) -> Sequence[Mapping[str, Any]]:
        self._ask(path)
        if path.startswith("/api/v1/secrets?"):
            return self.releases
        return self.budgets if path.endswith("/poddisruptionbudgets") else ()

    def text(self, path: str) -> str:
        self._ask(path)
        return METRICS

    def delete(self, path: str) -> None:
        raise AssertionError(path)


def budget(
    name: str, *, applied: str = "", written: Sequence[tuple[str, str]] = (), **meta: object
) -> dict[str, Any]:
    annotations: dict[str, str] = {}
    if applied:
        last = json.dumps({"apiVersion": applied, "kind": "PodDisruptionBudget"})
        annotations["kubectl.kubernetes.io/last-applied-configuration"] = last
    fields = [{"manager": who, "apiVersion": version} for version, who in written]
    base = {"name": name, "namespace": "shop", "annotations": annotations, "managedFields": fields}
    return {"metadata": {**base, **meta}}


def release(manifest: str) -> dict[str, Any]:
    packed = base64.b64encode(gzip.compress(json.dumps({"manifest": manifest}).encode()))
    return {
        "metadata": {
            "name": "sh.helm.release.v1.cart.v3",
            "namespace": "shop",
            "labels": {"name": "cart"},
        },
        "data": {"release": base64.b64encode(packed).decode()},
    }


OLD, NEW = "policy/v1beta1", "policy/v1"


@pytest.mark.parametrize(
    ("item", "owner"),
    [
        (budget("a", applied=OLD), "kubectl apply"),
        (budget("a", written=[(NEW, "flux"), (OLD, "terraform")]), "terraform"),
        (
            budget("a", written=[(OLD, "helm")], annotations={
                "meta.helm.sh/release-name": "cart", "meta.helm.sh/release-namespace": "tools"}),
            "Helm release tools/cart",
        ),
        (
            budget("a", written=[(OLD, "m")], ownerReferences=[{"kind": "Shop", "name": "main"}]),
            "Shop main",
        ),
    ],
)  # fmt: skip
def test_an_object_is_named_with_namespace_and_owner(item: Mapping[str, Any], owner: str) -> None:
    seen = removed_uses(Cluster([item]), "1.36")
    assert seen.objects == (
        RemovedUse(
            name="poddisruptionbudget/shop/a",
            namespace="shop",
            api_version=OLD,
            removed_in="1.25",
            instead=NEW,
            owner=owner,
        ),
    )
    assert not seen.not_seen


def test_what_was_written_anew_in_a_served_version_is_no_longer_named() -> None:
    stale = budget("a", applied=NEW, written=[(OLD, "kubectl-client-side-apply")])
    broken = budget("b", annotations={"kubectl.kubernetes.io/last-applied-configuration": "{"})
    assert removed_uses(Cluster([stale, broken]), "1.36").objects == ()


def test_only_what_the_new_minor_lacks_counts() -> None:
    cidr = "apiVersion: networking.k8s.io/v1beta1\nkind: ServiceCIDR\nmetadata: {name: more}\n"
    good = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
    cluster = Cluster(releases=[release(f"{good}---\n{cidr}---\n# nothing\n")])
    assert removed_uses(cluster, "1.36").objects == ()
    assert removed_uses(cluster, "1.36").requested == ()
    seen = removed_uses(cluster, "1.37")
    (found,) = seen.objects
    assert (found.name, found.owner) == ("servicecidr/shop/more", "Helm release shop/cart")
    assert seen.requested == ("networking.k8s.io/v1beta1 servicecidrs, removed in 1.37",)


def test_subresources_and_the_many_objects_of_controllers_are_not_listed() -> None:
    cluster = Cluster()
    removed_uses(cluster, "1.37")
    listed = [it for it in cluster.asked if it.startswith("/apis/") and it.count("/") > 3]
    assert listed == [f"/apis/{NETWORKING}/v1/servicecidrs", "/apis/policy/v1/poddisruptionbudgets"]


@pytest.mark.parametrize(
    ("denied", "what"),
    [
        ("metrics", "the API server's metrics: 403"),
        ("poddisruptionbudgets", "PodDisruptionBudget of policy: 403"),
        ("secrets", "Helm releases: 403"),
        ("/apis/policy", "API group policy: 403"),
    ],
)
def test_what_may_not_be_read_is_not_seen_and_never_a_pass(denied: str, what: str) -> None:
    seen = removed_uses(Cluster(denied=denied), "1.37")
    assert any(it.startswith(what) for it in seen.not_seen), seen.not_seen
    (objects, _) = api_rules.apis_served(seen, "blue", "green")
    assert objects.verdict == "unseen"
    assert refused([objects])
    (objects, _) = api_rules.apis_served(seen, "blue", "green", ["removed-apis"])
    assert objects.verdict == "waived"


def test_a_release_that_cannot_be_read_is_not_seen() -> None:
    broken = {**release(""), "data": {"release": "AAAA"}}
    (said,) = removed_uses(Cluster(releases=[broken]), "1.37").not_seen
    assert said.startswith("Helm release shop/cart: its record cannot be read (")


USE = RemovedUse(
    name="servicecidr/more",
    namespace="",
    api_version="networking.k8s.io/v1beta1",
    removed_in="1.37",
    instead="",
    owner="kubectl apply",
)


def test_each_object_refuses_a_switch_until_it_is_waived_by_name() -> None:
    uses = RemovedUses(objects=(USE, USE.model_copy(update={"name": "servicecidr/other"})))
    (found, _) = api_rules.apis_served(uses, "blue", "green", ["servicecidr/other"])
    assert found.verdict == "fail"
    assert found.details == (
        (
            "servicecidr/more (no namespace, of kubectl apply): networking.k8s.io/v1beta1 was"
            " removed in 1.37"
        ),
    )
    (found, _) = api_rules.apis_served(
        uses, "blue", "green", ["servicecidr/other", "servicecidr/more"]
    )
    assert found.verdict == "waived"


def test_what_clients_ask_for_is_worth_knowing_and_no_reason_to_refuse() -> None:
    findings = api_rules.apis_served(RemovedUses(requested=("x/v1 y",)), "blue", "green")
    assert [it.verdict for it in findings] == ["pass", "note"]
    assert [it.verdict for it in api_rules.apis_served(None, "blue", "green")] == ["pass", "pass"]


def test_the_table_is_complete_for_the_minors_of_the_catalogue_and_in_order() -> None:
    table = list(removed_apis().values())
    assert [order_of(it.removed_in) for it in table] == sorted(
        order_of(it.removed_in) for it in table
    )
    # An older module has marks for the newest minor too, but not all of them.
    assert minor_of_table() == KUBERNETES_VERSIONS[-1], "python -m development.minors --help"
    for api in table:
        assert api.api_version.count("/") == 1
        instead = removed_apis().get((api.instead, api.kind))
        assert instead is None or not instead.is_missing_in(api.removed_in), api
