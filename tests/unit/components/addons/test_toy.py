"""An add-on is one module and one line of the catalogue (and one page): a new one, as a test."""

from collections.abc import Sequence

import pytest

from catalogue import addons as catalogue
from catalogue import chart_keys
from catalogue.addons import Line
from catalogue.entries import Chart
from components import addons
from components.addon_stack.spec import Addon, Made, Manifest, Phase, Site, Values
from components.certificates import Certificate
from components.policy import Statement
from tests.unit.components.addons.deployed import INSTALLATION, RELEASE, deploy
from tests.unit.settings.stack_files import mistakes

# --- its line ----------------------------------------------------------------------------------
LINE = Line("toy", Chart("toy", {"1.34": "1.2.3", "1.35": "1.2.3"}, "https://toys.example"))


# --- the module components/addons/toy.py -------------------------------------------------------
def _statements(site: Site) -> Sequence[Statement]:
    return [Statement(actions=["s3:GetObject"], resources=[site.arn("s3", "toys/*")])]


def _values(site: Site, made: Made) -> Values:
    return {"cluster": site.cluster_name, "role": made.role_arn}


def _objects(_: Site, made: Made) -> Sequence[Manifest]:
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "toy", "namespace": "toys"},
        "data": {"ca": made.certificates["box"].authority},
    }
    return [Manifest(body)]


ADDON = Addon(
    line=LINE,
    why="something to play with",
    phase=Phase.SERVICES,
    after=("metrics-server",),
    namespace="toys",
    owned_namespace={},
    service_account="toy",
    statements=_statements,
    certificates=(
        Certificate(name="box", common_name="toy.toys.svc", validity_days=9, renewal_days=3),
    ),
    values=_values,
    objects=_objects,
)
# -----------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _added(monkeypatch: pytest.MonkeyPatch) -> None:
    every = {**addons.load(), "toy": ADDON}
    monkeypatch.setattr(addons, "load", lambda: every)
    monkeypatch.setitem(catalogue.LINES, "toy", LINE)  # pyright: ignore[reportArgumentType]


def test_it_is_installed_in_its_place() -> None:
    ran = deploy()
    made = ran.only(RELEASE, "toy")
    assert made.inputs["chart"] == "toy"
    assert made.inputs["version"] == "1.2.3"
    assert made.inputs["repositoryOpts"] == {"repo": "https://toys.example"}
    assert made.inputs["values"] == {
        "cluster": "eks-blue",
        "role": "arn:aws:mock:eu-west-1:123456789012:toy",
    }
    namespace = ran.only("kubernetes:core/v1:Namespace", "toy-namespace-toys")
    assert namespace.waits_for(ran.only(RELEASE, "metrics-server"))
    assert made.waits_for(namespace)
    inside = {it.type for it in ran.resources if it.parent == ran.only(INSTALLATION, "toy").urn}
    assert inside >= {
        "eks-platform:workloadRole:WorkloadRole",
        "eks-platform:certificates:Certificates",
        "kubernetes:core/v1:ConfigMap",
    }


def test_the_stack_file_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    known = chart_keys.parse("cluster string\nsize int\n")
    monkeypatch.setattr(chart_keys, "keys_of", lambda *_: known)
    assert mistakes("blue", {"eks-platform:addons": {"toy": {"values": {"size": 3}}}}) == []
    (said,) = mistakes("blue", {"eks-platform:addons": {"toy": {"values": {"sise": 3}}}})
    assert said == (
        "Pulumi.blue.yaml: eks-platform:addons.toy.values.sise: found an unknown key, expected a"
        " value that the chart knows; the nearest: size"
    )
