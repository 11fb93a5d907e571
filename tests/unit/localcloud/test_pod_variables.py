"""A container's variables are what its kubelet would give its program."""

import base64
import subprocess
import sys
from typing import cast

import pytest

from localcloud.cluster.kube import Kube, Object
from localcloud.cluster.pod_variables import VariableError, declared, expanded

POD: Object = {
    "metadata": {
        "name": "web-1",
        "namespace": "shop",
        "uid": "u1",
        "labels": {"app.kubernetes.io/name": "web"},
        "annotations": {"team": "a"},
    },
    "spec": {
        "nodeName": "node-1",
        "serviceAccountName": "web",
        "containers": [{"name": "side", "resources": {"limits": {"memory": "64Mi"}}}],
    },
    "status": {"podIP": "10.0.0.1", "hostIPs": [{"ip": "10.0.1.1"}, {"ip": "fd00::1"}]},
}
OBJECTS: dict[str, Object] = {
    "/api/v1/namespaces/shop/secrets/db": {
        "data": {"password": base64.b64encode(b"s3cret").decode()}
    },
    "/api/v1/namespaces/shop/configmaps/common": {"data": {"LEVEL": "info", "HOST": "db"}},
    "/api/v1/nodes/node-1": {"status": {"allocatable": {"cpu": "1930m"}}},
}


class Api:
    def get(self, path: str) -> Object | None:
        return OBJECTS.get(path)


def variables(*env: Object, **container: object) -> dict[str, str]:
    it = {"name": "web", "env": list(env), **container}
    return declared(cast("Kube", Api()), POD, it)


def of(source: Object) -> str:
    """Value of a variable from a source."""
    return variables({"name": "IT", "valueFrom": source})["IT"]


def test_secrets_and_configmaps_give_values() -> None:
    assert of({"secretKeyRef": {"name": "db", "key": "password"}}) == "s3cret"
    assert of({"configMapKeyRef": {"name": "common", "key": "LEVEL"}}) == "info"


@pytest.mark.parametrize("kind", ["secretKeyRef", "configMapKeyRef"])
@pytest.mark.parametrize("name", ["none", "common", "db"])
def test_what_is_not_there_starts_no_container_unless_it_may_be_missing(
    kind: str, name: str
) -> None:
    reference: Object = {"name": name, "key": "other"}
    with pytest.raises(VariableError, match="its variable IT: no"):
        of({kind: reference})
    lacking = {"name": "IT", "valueFrom": {kind: {**reference, "optional": True}}}
    assert variables(lacking, {"name": "B", "value": "b"}) == {"B": "b"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata.name", "web-1"),
        ("metadata.labels['app.kubernetes.io/name']", "web"),
        ("metadata.annotations['team']", "a"),
        ("metadata.annotations['none']", ""),
        ("spec.nodeName", "node-1"),
        ("status.podIP", "10.0.0.1"),
        ("status.hostIPs", "10.0.1.1,fd00::1"),
    ],
)
def test_fields_of_the_pod(path: str, value: str) -> None:
    assert of({"fieldRef": {"fieldPath": path}}) == value


def test_a_source_that_nobody_knows_here_is_refused() -> None:
    with pytest.raises(VariableError, match=r"spec\.priority"):
        of({"fieldRef": {"fieldPath": "spec.priority"}})
    with pytest.raises(VariableError, match="fileKeyRef"):
        of({"fileKeyRef": {"key": "a"}})


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ({"resource": "limits.cpu"}, "2"),
        ({"resource": "limits.memory", "containerName": "side"}, str(64 * 1024**2)),
        ({"resource": "limits.memory", "containerName": "side", "divisor": "1Mi"}, "64"),
        ({"resource": "requests.cpu", "divisor": "1m"}, "250"),
        ({"resource": "requests.memory"}, "0"),
    ],
)
def test_resources_in_whole_divisors(reference: Object, value: str) -> None:
    asked = {"name": "IT", "valueFrom": {"resourceFieldRef": reference}}
    resources = {"requests": {"cpu": "250m"}}
    assert variables(asked, resources=resources)["IT"] == value


def test_all_of_a_source_and_own_ones_last() -> None:
    sources = [
        {"configMapRef": {"name": "common"}},
        {"prefix": "DB_", "secretRef": {"name": "db"}},
        {"configMapRef": {"name": "none", "optional": True}},
    ]
    found = variables({"name": "LEVEL", "value": "debug"}, envFrom=sources)
    assert found == {"LEVEL": "debug", "HOST": "db", "DB_password": "s3cret"}
    with pytest.raises(VariableError, match="no configmap shop/none"):
        variables(envFrom=[{"configMapRef": {"name": "none"}}])


def test_a_variable_may_name_those_before_it() -> None:
    found = variables(
        {"name": "LATE", "value": "$(HOST)"},
        {"name": "HOST", "value": "db"},
        {"name": "URL", "value": "http://$(HOST):80/$$(HOST)/$(NONE)$"},
    )
    assert found["LATE"] == "$(HOST)"
    assert found["URL"] == "http://db:80/$(HOST)/$(NONE)$"
    assert expanded("--id=$(HOST)-$(PORT_8443)", found) == "--id=db-$(PORT_8443)"


def test_the_example_of_the_kubernetes_documentation() -> None:
    """https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/"""
    address = "$(PROTOCOL)://$(SERVICE_IP):$(SERVICE_PORT)"
    said = {
        "SERVICE_PORT": "80",
        "SERVICE_IP": "172.17.0.1",
        "UNCHANGED_REFERENCE": address,
        "PROTOCOL": "https",
        "SERVICE_ADDRESS": address,
        "ESCAPED_REFERENCE": f"${address}",
    }
    found = variables(*({"name": name, "value": value} for name, value in said.items()))
    assert found["UNCHANGED_REFERENCE"] == "$(PROTOCOL)://172.17.0.1:80"
    assert found["SERVICE_ADDRESS"] == "https://172.17.0.1:80"
    assert found["ESCAPED_REFERENCE"] == "$(PROTOCOL)://172.17.0.1:80"


def test_the_resources_of_the_kubernetes_documentation() -> None:
    """https://kubernetes.io/docs/tasks/inject-data-application/environment-variable-expose-pod-information/"""
    resources = {
        "requests": {"memory": "32Mi", "cpu": "125m"},
        "limits": {"memory": "64Mi", "cpu": "250m"},
    }
    asked = ("requests.cpu", "limits.cpu", "requests.memory", "limits.memory")
    found = variables(
        *(
            {
                "name": it,
                "valueFrom": {"resourceFieldRef": {"containerName": "web", "resource": it}},
            }
            for it in asked
        ),
        resources=resources,
    )
    assert [found[it] for it in asked] == ["1", "1", "33554432", "67108864"]


def test_bytes_of_a_secret_that_are_no_text_reach_the_program_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = bytes(range(1, 256))
    secret = {"data": {"STORE": base64.b64encode(store).decode()}}
    monkeypatch.setitem(OBJECTS, "/api/v1/namespaces/shop/secrets/store", secret)
    found = variables(envFrom=[{"secretRef": {"name": "store"}}])
    show = "import os, sys; sys.stdout.buffer.write(os.environb[b'STORE'])"
    done = subprocess.run([sys.executable, "-c", show], env=found, capture_output=True, check=True)
    assert done.stdout == store


def test_a_null_byte_is_no_value_of_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = {"data": {"KEY": base64.b64encode(b"a\0b").decode()}}
    monkeypatch.setitem(OBJECTS, "/api/v1/namespaces/shop/secrets/store", secret)
    with pytest.raises(VariableError, match="its variable KEY has a null byte"):
        variables(envFrom=[{"secretRef": {"name": "store"}}])


def test_the_secret_of_the_kubernetes_documentation_is_handed_on_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its dollars are no references, in a variable of its own or in one that names it.

    https://kubernetes.io/docs/tasks/inject-data-application/distribute-credentials-secure/
    """
    secret = {"data": {"username": "bXktYXBw", "password": "Mzk1MjgkdmRnN0pi"}}
    monkeypatch.setitem(OBJECTS, "/api/v1/namespaces/shop/secrets/test-secret", secret)
    found = variables(
        {"name": "BOTH", "value": "$(username):$(password)"},
        envFrom=[{"secretRef": {"name": "test-secret"}}],
    )
    assert found == {
        "username": "my-app",
        "password": "39528$vdg7Jb",
        "BOTH": "my-app:39528$vdg7Jb",
    }
