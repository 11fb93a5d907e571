"""When a Kubernetes object is all that a stack wanted."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bluegreen.recovery import objects

CLOSED = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "x"}


class Cluster:
    """A cluster with one group beside the core, and one object."""

    def __init__(self, *found: Mapping[str, Any]) -> None:
        self.found, self.asked = found, ""

    def get(self, path: str) -> Mapping[str, Any]:
        return {
            "/apis": {"groups": [{"versions": [{"groupVersion": "it.io/v1"}]}]},
            "/apis/it.io/v1": {
                "resources": [
                    {"name": "things/status", "kind": "Thing", "namespaced": False},
                    {"name": "things", "kind": "Thing", "namespaced": False},
                ]
            },
            "/api/v1": {"resources": [{"name": "secrets", "kind": "Secret", "namespaced": True}]},
        }[path]

    def text(self, path: str) -> str:
        raise AssertionError(path)

    def items(self, path: str) -> Sequence[Mapping[str, Any]]:
        self.asked = path
        return self.found

    def delete(self, path: str) -> None:
        raise AssertionError(path)


def find(
    real: Mapping[str, Any], wanted: Mapping[str, Any], version: str = "v1", kind: str = "Secret"
) -> list[tuple[str, bool]]:
    names = {"name": "it"} | ({"namespace": "a"} if kind == "Secret" else {})
    inputs = {"apiVersion": version, "kind": kind, "metadata": names, **wanted}
    found = objects.find(Cluster({"metadata": {**names, "uid": "1"}, **real}), inputs)
    return [(it.id, it.own) for it in found]


@pytest.mark.parametrize(
    ("real", "wanted", "own"),
    [
        ({"spec": {"a": 1, "b": 2}}, {"spec": {"a": 1}}, True),
        ({"spec": {"a": 2}}, {"spec": {"a": 1}}, False),
        ({}, {"spec": {"a": 1}}, False),
        ({"spec": {"l": [{"a": 1, "b": 2}]}}, {"spec": {"l": [{"a": 1}]}}, True),
        ({"spec": {"l": [1, 2]}}, {"spec": {"l": [1]}}, False),
        # What says nothing is left out by the API server.
        ({}, {"spec": {}, "l": [], "text": "", "no": False, "none": None}, True),
        # A Secret's text comes back encoded.
        ({"data": {"k": "dg=="}}, {"stringData": {"k": "v"}}, True),
        ({"data": {"k": "dw=="}}, {"stringData": {"k": "v"}}, False),
        # A secret value is closed: it must be there, whatever it says.
        ({"data": {"k": "dw=="}}, {"stringData": {"k": CLOSED}}, True),
        ({"data": {"k": "dw=="}}, {"data": CLOSED}, True),
        ({}, {"data": CLOSED}, False),
    ],
)
def test_it_is_own_if_it_says_all_that_was_wanted(
    real: dict[str, Any], wanted: dict[str, Any], own: bool
) -> None:
    assert find(real, wanted) == [("a/it", own)]


def test_a_kind_of_the_whole_cluster_is_found_without_a_namespace() -> None:
    assert find({}, {}, "it.io/v1", "Thing") == [("it", True)]


@pytest.mark.parametrize(("version", "kind"), [("no.io/v1", "Thing"), ("it.io/v1", "Other")])
def test_of_a_kind_that_the_cluster_does_not_know_there_is_none(version: str, kind: str) -> None:
    assert find({}, {}, version, kind) == []


def test_it_keeps_the_manager_of_its_fields_under_which_the_provider_made_it() -> None:
    managers = [
        {"manager": "kube-controller-manager", "operation": "Update", "subresource": "status"},
        {"manager": "pulumi-kubernetes-1a2b3c4d", "operation": "Apply"},
    ]
    names = {"name": "it", "namespace": "a"}
    inputs = {"apiVersion": "v1", "kind": "Secret", "metadata": names}
    cluster = Cluster({"metadata": {**names, "managedFields": managers}})
    (found,) = objects.find(cluster, inputs)
    assert found.outputs == {"__fieldManager": "pulumi-kubernetes-1a2b3c4d"}


@pytest.mark.parametrize(
    "managers",
    [
        [],
        [{"manager": "kubectl", "operation": "Apply"}],
        [{"manager": "pulumi-kubernetes-1a2b3c4d", "operation": "Update"}],
    ],
)
def test_what_another_one_made_has_no_manager_to_keep(managers: list[dict[str, str]]) -> None:
    names = {"name": "it", "namespace": "a"}
    inputs = {"apiVersion": "v1", "kind": "Secret", "metadata": names}
    (found,) = objects.find(Cluster({"metadata": {**names, "managedFields": managers}}), inputs)
    assert found.outputs == {}
