"""The newest pair, after the shipped one: production moves there, and what it lacks is named.

It needs `make tools KUBERNETES=…` of the newest minor first, which takes minutes to build.
"""

import json
from collections.abc import Generator

import pytest
import yaml

from catalogue.minors import KUBERNETES_VERSIONS
from development.chaos.platform import shrink
from localcloud.tools.catalogue import control_plane
from localcloud.tools.obtain import ensure
from settings.names import COLOURS
from tests.e2e.platform.consumer import wait_for
from tests.e2e.platform.running import Platform, empty_cloud
from tests.e2e.switch.operator_command import bluegreen, deploy_sample

PAIR = KUBERNETES_VERSIONS[-2:]
RANGE = "servicecidr/old"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Generator[Platform]:
    """A local cloud with nothing on it, and small colours of the pair in the stack files."""
    for minor in PAIR:
        ensure(control_plane(minor))
    with empty_cloud(tmp_path_factory.mktemp("cloud")) as empty:
        for colour, minor in zip(COLOURS, PAIR, strict=True):
            file = empty.state.project / f"Pulumi.{colour}.yaml"
            content = shrink(yaml.safe_load(file.read_text()))
            content["config"]["eks-platform:kubernetesVersion"] = minor
            file.write_text(yaml.safe_dump(content))
        yield empty


def findings(document: dict[str, list[dict[str, object]]]) -> dict[object, dict[str, object]]:
    return {it["rule"]: it for it in document["findings"]}


def test_both_colours_come_up(platform: Platform) -> None:
    for colour, minor in zip(COLOURS, PAIR, strict=True):
        code, document = bluegreen(platform, "bootstrap", "--colour", colour)
        assert code == 0, document
        assert document["active"] == "blue"
        deploy_sample(platform, colour)
        said = platform.kube(colour).get("/version")["gitVersion"]
        assert said == control_plane(minor)[0].version
    code, document = bluegreen(platform, "status")
    assert code == 0, document["findings"]


def test_what_the_next_minor_does_not_serve_is_named_and_refuses(platform: Platform) -> None:
    """The object is served today; the manifest that its owner applies next time is not."""
    last = {"apiVersion": "networking.k8s.io/v1beta1", "kind": "ServiceCIDR"}
    key = "kubectl.kubernetes.io/last-applied-configuration"
    platform.kube("blue").post(
        "/apis/networking.k8s.io/v1/servicecidrs",
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "ServiceCIDR",
            "metadata": {"name": "old", "annotations": {key: json.dumps(last)}},
            "spec": {"cidrs": ["10.251.0.0/24"]},
        },
    )
    code, document = bluegreen(platform, "plan", "--to", "green")
    assert code == 3, document
    found = findings(document)["removed-apis"]
    assert found["verdict"] == "fail"
    assert found["details"] == [
        f"{RANGE} (no namespace, of kubectl apply): networking.k8s.io/v1beta1 was removed in 1.37"
    ]
    code, document = bluegreen(platform, "plan", "--to", "green", "--waive", RANGE)
    assert code == 0, document
    assert findings(document)["removed-apis"]["verdict"] == "waived"
    path = "/apis/networking.k8s.io/v1/servicecidrs"
    platform.kube("blue").delete(f"{path}/old")
    # It goes once its controller has seen that no address of it is in use.
    wait_for(
        lambda: all(
            it["metadata"]["name"] != "old" for it in platform.kube("blue").get(path)["items"]
        ),
        "the range to go",
    )


def test_production_moves_there_and_back_with_what_support_says(platform: Platform) -> None:
    code, document = bluegreen(platform, "plan", "--to", "green")
    assert code == 0, [it for it in document["findings"] if it["verdict"] == "fail"]
    assert findings(document)["removed-apis"]["verdict"] == "pass"
    assert findings(document)["support-order"]["verdict"] == "pass"
    code, document = bluegreen(platform, "switch", "--yes", "--to", "green")
    assert code == 0, document
    code, document = bluegreen(platform, "plan", "--to", "blue")
    assert code == 0, document
    assert findings(document)["support-order"]["verdict"] == "note"
    code, document = bluegreen(platform, "switch", "--yes", "--to", "blue")
    assert code == 0, document
