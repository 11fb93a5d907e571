"""A program with a release and an object of its kinds, on the real engine."""

import json
from pathlib import Path

from localcloud.releases import Release
from tests.e2e.cluster.conftest import Cluster
from tests.e2e.cluster.packed import packed
from tests.e2e.project import create

PROGRAM = """
import pulumi
import pulumi_kubernetes as k8s

there = pulumi.ResourceOptions(provider=k8s.Provider("there", kubeconfig=KUBECONFIG))
release = k8s.helm.v3.Release(
    "external-secrets",
    name="external-secrets",
    namespace="eso",
    create_namespace=True,
    chart=CHART,
    version="2.9.0",
    values={"replicaCount": 2, "pdb": None, "token": pulumi.Output.secret("PRIVATE")},
    opts=there,
)
store = k8s.apiextensions.CustomResource(
    "store",
    api_version="external-secrets.io/v1",
    kind="ClusterSecretStore",
    metadata={"name": "parameters"},
    spec={"provider": {"aws": {"service": "ParameterStore", "region": "eu-west-1"}}},
    opts=pulumi.ResourceOptions.merge(there, pulumi.ResourceOptions(depends_on=[release])),
)
pulumi.export("status", release.status)
"""

RECORD = "sh.helm.release.v1.external-secrets.v1"


def test_a_release_and_an_object_of_its_kinds(cluster: Cluster, tmp_path: Path) -> None:
    program = PROGRAM.replace("KUBECONFIG", repr(str(cluster.kubeconfig)))
    program = program.replace("CHART", repr(packed("external-secrets", "2.9.0")))
    project = create(tmp_path, program)
    assert "recorded" not in project.pulumi("preview")
    said = project.pulumi("up", "--yes")
    assert "recorded, not rendered: the local cloud makes nothing of chart external-secrets" in said
    found = cluster.kube.get(f"/api/v1/namespaces/eso/secrets/{RECORD}")
    assert found is not None
    values = {"replicaCount": 2, "pdb": None, "token": "PRIVATE"}
    assert Release.from_secret(found).values == values
    status = json.loads(project.pulumi("stack", "output", "status", "--json"))
    assert (status["status"], status["revision"]) == ("deployed", 1)
    assert "PRIVATE" not in json.dumps(project.state())
    project.pulumi("up", "--yes", "--expect-no-changes")
    project.pulumi("refresh", "--yes", "--expect-no-changes")

    project.write(program.replace('"replicaCount": 2', '"replicaCount": 3'))
    said = project.pulumi("preview", "--diff")
    assert "replicaCount" in said
    project.pulumi("up", "--yes")
    status = json.loads(project.pulumi("stack", "output", "status", "--json"))
    assert status["revision"] == 2

    project.write(program.replace('"2.9.0"', '"latest"'))
    said = project.pulumi("preview", code=1)
    assert "'latest' is not one exact version" in said

    project.write(program)
    project.pulumi("destroy", "--yes")
    names = [secret["metadata"]["name"] for secret in cluster.kube.items("/api/v1/secrets")]
    assert RECORD not in names
