"""Secrets of a stack file, on the real engine: of a chart's values, and of anything else."""

import json
from collections.abc import Mapping
from pathlib import Path

from localcloud.charts import write_stand_ins
from localcloud.releases import Release
from tests.e2e.cluster.conftest import Cluster
from tests.e2e.project import Project, create

ROOT = Path(__file__).resolve().parents[3]
SECRET = "hunter2-is-planted-here"
VALUES = "eks-platform:addons.descheduler.values"
PROGRAM = """
import sys
from types import SimpleNamespace

sys.path.insert(0, ROOT)

import pulumi
import pulumi_kubernetes as k8s

from components.addon_stack.chart_place import ChartPlace
from components.addon_stack.installation import Installation, InstallationArgs
from components.addon_stack.site import Site
from components.addons import ADDONS
from eks_platform_contract.outputs import Network, Zone, Zones
from handover.live_names import NO_NAME
from stacks import configuration

zone = Zone(id="Z", name="devinfra.fr", arn="arn:aws:route53:::hostedzone/Z")
settings = configuration.load()
provider = k8s.Provider("there", kubeconfig=KUBECONFIG)
site = Site(
    settings=settings,
    cluster_name="eks-blue",
    network=Network(
        vpc_id="vpc-1", vpc_cidr="10.40.0.0/16", public_subnet_ids=(), private_subnet_ids=()
    ),
    service_cidr="172.20.0.0/16",
    endpoint=pulumi.Output.from_input("https://127.0.0.1"),
    oidc_provider_arn=pulumi.Output.from_input("arn:aws:iam::123456789012:oidc-provider/it"),
    zones=Zones(public=zone, private=zone, api=zone),
    live_names=NO_NAME,
    live_term=0,
    charts=ChartPlace("./charts"),
)
for module in (ADDONS,):
    Installation(
        module.ADDON.name,
        InstallationArgs(
            tags={},
            cluster=SimpleNamespace(provider=provider),
            site=site,
            after=[provider],
            addon=module.ADDON,
            neighbours=[module.ADDON],
            groups={},
        ),
    )
"""


def program(kubeconfig: Path, *addons: str) -> str:
    """Reads settings as the platform does, and installs add-ons."""
    text = PROGRAM.replace("KUBECONFIG", repr(str(kubeconfig))).replace("ROOT", repr(str(ROOT)))
    return text.replace("ADDONS", ", ".join(addons))


def blue(
    cluster: Cluster,
    folder: Path,
    *addons: str,
    environment: Mapping[str, str] | None = None,
) -> Project:
    """A stack blue whose program installs add-ons, the descheduler if none is said."""
    project = create(folder, program(cluster.kubeconfig, *(addons or ("descheduler",))))
    project.environment.update(environment or {})
    write_stand_ins(project.folder)
    project.pulumi("stack", "init", "blue")
    group = {"capacity": "on-demand", "instanceTypes": ["m7i.large"], "min": 1, "max": 1}
    for key, value in {
        "aws:region": "eu-west-1",
        "eks-platform:kubernetesVersion": "1.35",
        "eks-platform:nodeGroups": json.dumps({"base": group}),
    }.items():
        project.pulumi("config", "set", key, value)
    return project


def files_with(text: str, folder: Path) -> list[str]:
    """Files below a folder that hold a text."""
    files = [it for it in folder.rglob("*") if it.is_file() and not it.is_symlink()]
    return [it.name for it in files if text.encode() in it.read_bytes()]


def test_a_secret_stays_one_in_the_state_and_in_the_cluster(
    cluster: Cluster, tmp_path: Path
) -> None:
    project = blue(cluster, tmp_path)
    seen = f"{VALUES}.podLabels.visible", "as-a-label"
    project.pulumi("config", "set", "--path", *seen)
    said = [project.pulumi("up", "--yes")]
    project.pulumi("config", "set", "--secret", "--path", f"{VALUES}.podAnnotations.token", SECRET)
    said.append(project.pulumi("preview", "--diff", "--json"))
    said.append(project.pulumi("up", "--yes", "--diff"))
    said.append(project.pulumi("refresh", "--yes", "--expect-no-changes"))
    said.append(project.pulumi("up", "--yes", "--expect-no-changes"))
    backend = tmp_path / "cloud"
    assert {"blue.json", "blue.json.bak"} <= set(files_with("leaderElection", backend))
    assert any(".history.json" in it for it in files_with("podAnnotations", backend))
    assert files_with(SECRET, tmp_path) == []
    assert SECRET not in "".join(said)

    values = project.state()["descheduler"]["inputs"]["values"]
    assert values["replicas"] == 2
    (record,) = (
        item
        for item in cluster.kube.items("/api/v1/secrets")
        if item["metadata"]["name"].startswith("sh.helm.release.v1.descheduler.")
    )
    assert Release.from_secret(record).values["podAnnotations"] == {"token": SECRET}
    for kind in ("configmaps", "events"):
        assert SECRET not in json.dumps(cluster.kube.items(f"/api/v1/{kind}"))
    project.pulumi("destroy", "--yes", "--run-program")
    assert files_with(SECRET, tmp_path) == []


def test_a_secret_that_could_not_stay_one_is_refused_and_not_shown(
    cluster: Cluster, tmp_path: Path
) -> None:
    project = blue(cluster, tmp_path)
    for key in ("eks-platform:tags.Team", "aws:defaultTags.tags.Team"):
        project.pulumi("config", "set", "--secret", "--path", key, SECRET)
    said = project.pulumi("up", "--yes", code=1)
    for key in ("eks-platform:tags", "aws:defaultTags"):
        assert f"Pulumi.blue.yaml: {key}: found a secret value, expected a plain one" in said
    assert SECRET not in said
    assert files_with(SECRET, tmp_path) == []
    assert "descheduler" not in project.state()
    for key in ("eks-platform:tags.Team", "aws:defaultTags.tags.Team"):
        project.pulumi("config", "set", "--plaintext", "--path", key, "shop")
    project.pulumi("preview")
