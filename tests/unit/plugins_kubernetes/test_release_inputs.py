"""What a Helm release may say."""

import base64
import gzip
import json
from typing import Any

import pytest
from pulumi._types import input_type_py_to_pulumi_names
from pulumi.runtime.rpc import UNKNOWN
from pulumi_kubernetes.helm import v3

from localcloud.plugins.kubernetes import release_inputs
from localcloud.plugins.kubernetes.charts import objects_of
from localcloud.releases import RecordError, Release

REPOSITORY = {"repo": "https://charts.example.org"}


def complete(**said: Any) -> dict[str, Any]:  # noqa: ANN401 - any input
    return release_inputs.complete(
        {"chart": "cilium", "version": "1.20.0", "repositoryOpts": REPOSITORY, **said},
        None,
        resource_name="cni",
        seed=b"seed",
        namespace="default",
    )


def mistakes(**said: Any) -> dict[str, str]:  # noqa: ANN401 - any input
    inputs = {key: value for key, value in complete(**said).items() if value is not None}
    return {mistake.path: mistake.reason for mistake in release_inputs.mistakes(inputs)}


def test_defaults_are_those_of_the_real_provider() -> None:
    inputs = complete(compat="true")
    assert (inputs["namespace"], inputs["timeout"]) == ("default", 300)
    assert inputs["name"].startswith("cni-")
    assert "compat" not in inputs
    assert "timeout" not in complete(skipAwait=True)
    again = release_inputs.complete(
        {"chart": "cilium"}, inputs, resource_name="cni", seed=b"other", namespace="default"
    )
    assert again["name"] == inputs["name"]


@pytest.mark.parametrize("said", [{}, {"allowNullValues": True}])
def test_values_keep_their_nulls(said: dict[str, Any]) -> None:
    values = {"pdb": {"maxUnavailable": None, "minAvailable": 1}, "list": [None, 1]}
    assert complete(values=values, **said)["values"] == values
    assert complete(repositoryOpts={**REPOSITORY, "caFile": None})["repositoryOpts"] == REPOSITORY


def test_every_input_of_the_real_provider_is_taken_or_refused_by_name() -> None:
    for key in input_type_py_to_pulumi_names(v3.ReleaseArgs).values():
        found = mistakes(**{key: "x"})
        assert found.get(key, "") != "is not known to the kubernetes stand-in", key
    assert mistakes(valuse={}) == {"valuse": "is not known to the kubernetes stand-in"}


@pytest.mark.parametrize(
    ("said", "path", "reason"),
    [
        ({"version": None}, "version", "is missing, so it would float"),
        ({"version": "latest"}, "version", "is not one exact version"),
        ({"version": "1.20"}, "version", "is not one exact version"),
        ({"version": "^1.20.0"}, "version", "is not one exact version"),
        ({"version": "1.x.x"}, "version", "is not one exact version"),
        ({"chart": None}, "chart", "missing required property"),
        ({"chart": "./cilium"}, "repositoryOpts.repo", "of no use beside the path of a chart"),
        ({"chart": "repo/cilium"}, "chart", "by name with repositoryOpts.repo"),
        (
            {"chart": "oci://host", "repositoryOpts": None},
            "chart",
            "is no address such as oci://HOST/PATH/CHART",
        ),
        ({"chart": "oci://host/a/b"}, "repositoryOpts.repo", "of no use beside an oci:// chart"),
        ({"repositoryOpts": None}, "repositoryOpts.repo", "the repository that holds cilium"),
        ({"repositoryOpts": {"repo": "cilium"}}, "repositoryOpts.repo", "must be the URL"),
        ({"repositoryOpts": {**REPOSITORY, "x": 1}}, "repositoryOpts.x", "is not known"),
        ({"name": "Cilium"}, "name", "is no name of a release"),
        ({"name": "c" * 54}, "name", "at most 53"),
        ({"values": "a: 1"}, "values", "must be an object"),
        ({"valueYamlFiles": ["a"]}, "valueYamlFiles", "give the values themselves"),
        ({"devel": True}, "devel", "a floating version"),
        ({"postrender": "cmd"}, "postrender", "charts are not rendered"),
        ({"reuseValues": True}, "reuseValues", "those of the program alone"),
        ({"verify": True}, "verify", "signatures of charts are not looked at"),
    ],
)
def test_mistakes_name_their_property(said: dict[str, Any], path: str, reason: str) -> None:
    found = mistakes(**said)
    assert set(found) == {path}
    assert reason in found[path]


def test_what_is_good_is_taken() -> None:
    assert mistakes(name="cilium", version="v1.20.0-rc.1+build.5", devel=False) == {}
    for chart in ("oci://public.ecr.aws/aws-ec2/helm/nth", "./c/cilium-1.20.0.tgz", "../c", "/c"):
        assert mistakes(chart=chart, repositoryOpts=None) == {}
    unknown = dict.fromkeys(("chart", "version", "values", "repositoryOpts", "name"), UNKNOWN)
    assert mistakes(**unknown) == {}


def release(chart: str, **more: Any) -> Release:  # noqa: ANN401 - any field
    said: dict[str, Any] = {"repository": "", "values": {}, "options": {}, **more}
    return Release(
        namespace="a", name="b", chart=f"./{chart}.tgz", chart_name=chart, version="1.0.0", **said
    )


def names(found: Release) -> list[str]:
    return [str(item["metadata"]["name"]) for item in objects_of(found)]  # pyright: ignore


def test_which_objects_come_with_a_chart() -> None:
    assert names(release("descheduler")) == []
    assert names(release("cilium")) == ["ciliumlocalredirectpolicies.cilium.io"]
    assert names(release("external-secrets", values={"installCRDs": False})) == []
    balancers = release("aws-load-balancer-controller", options={"skipCrds": True})
    assert names(balancers) == ["alb"]
    other = release("aws-load-balancer-controller", values={"ingressClass": "own"})
    assert "alb" not in names(other)


def test_a_record_is_read_back() -> None:
    made = release("cilium", values={"a": [1, {"b": None}]}, options={"atomic": True}, revision=3)
    assert Release.from_secret(made.to_secret()) == made
    assert made.to_secret()["metadata"]["labels"]["localcloud.eks-platform/chart"] == "cilium"
    with pytest.raises(RecordError, match="a/other is no record"):
        Release.from_secret({"type": "Opaque", "metadata": {"namespace": "a", "name": "other"}})
    damaged = made.to_secret()
    del damaged["data"]["version"]
    with pytest.raises(RecordError, match="is damaged: KeyError"):
        Release.from_secret(damaged)


def test_what_helm_itself_keeps_is_read() -> None:
    kept: dict[str, Any] = {
        "name": "cilium",
        "namespace": "kube-system",
        "version": 2,
        "info": {"status": "deployed"},
        "chart": {"metadata": {"name": "cilium", "version": "1.20.0"}},
        "config": {"operator": {"replicas": 2}},
    }
    meta = {"namespace": "kube-system", "name": "sh.helm.release.v1.cilium.v2"}

    def packed(text: bytes) -> str:
        return base64.b64encode(base64.b64encode(gzip.compress(text))).decode()

    secret = {"metadata": meta, "data": {"release": packed(json.dumps(kept).encode())}}
    found = Release.from_helm(secret)
    assert (found.chart_name, found.version, found.revision) == ("cilium", "1.20.0", 2)
    assert found.values == {"operator": {"replicas": 2}}
    for damaged in (packed(b"{}"), packed(b"no JSON"), base64.b64encode(b"eA==").decode()):
        with pytest.raises(RecordError, match=r"sh\.helm\.release\.v1\.cilium\.v2 is damaged"):
            Release.from_helm({"metadata": meta, "data": {"release": damaged}})
