"""Real programs are chosen by name; what they are made of is known before a cluster is."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml

from components.addon_stack.addon import Prerequisites
from components.addons import cluster_autoscaler, keda
from localcloud import cli
from localcloud.cluster import keda_chart
from localcloud.cluster.chart_programs import objects_of, stays
from localcloud.cluster.programs import PROGRAMS, container_of, option, with_options
from localcloud.cluster_autoscaler import options
from localcloud.cluster_autoscaler.expanders import read_priorities
from localcloud.extras import EXTRAS, fetch_files, read, tools_of
from localcloud.releases import Release
from localcloud.tools.catalogue import TOOLS
from localcloud.tools.module_files import folder_of
from localcloud.tools.progress import ToolError
from settings.keda import Keda
from tests.unit.components.addons.addon_cluster import planned_site, settings


def test_parts_are_read_from_lists_and_repeated_options() -> None:
    assert read(["metrics-server,descheduler", "metrics-server"]) == (
        "descheduler",
        "metrics-server",
    )
    assert read(["all"]) == tuple(sorted(EXTRAS))
    assert read([]) == read([""]) == ()


def test_every_unknown_part_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match=r"no real 'istio', 'linkerd'; there is .*metrics-server"):
        read(["linkerd,metrics-server", "istio"])


@pytest.mark.parametrize("command", ["demo", "up", "tools"])
def test_an_unknown_part_is_an_error_before_anything_starts(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main([command, "--with", "linkerd"]) == 1
    assert f"{command}: --with: the local cloud has no real 'linkerd'" in capsys.readouterr().err
    monkeypatch.setenv("LOCALCLOUD_WITH", "linkerd")
    assert cli.main([command]) == 1
    assert "LOCALCLOUD_WITH: the local cloud has no real 'linkerd'" in capsys.readouterr().err


def test_no_local_cloud_needs_what_a_part_does() -> None:
    assert not set(tools_of(EXTRAS)) & set(TOOLS)


def test_every_part_has_a_program() -> None:
    assert {program.extra for program in PROGRAMS if program.extra} == set(EXTRAS.values())


@pytest.mark.parametrize(
    ("image", "program"),
    [
        ("registry.k8s.io/metrics-server/metrics-server:v0.9.0", "metrics-server"),
        ("localhost:5000/metrics-server@sha256:00", "metrics-server"),
        ("metrics-server", "metrics-server"),
        ("public.ecr.aws/karpenter/controller:1.14.1@sha256:00", "karpenter/controller"),
        (
            "registry.k8s.io/autoscaling/cluster-autoscaler:v1.34.5@sha256:00",
            "autoscaling/cluster-autoscaler",
        ),
        ("registry.example.org/ingress/controller:v1", None),
        ("ghcr.io/kedacore/keda:2.21.0", "kedacore/keda"),
        ("ghcr.io/kedacore/keda-metrics-apiserver:2.21.0", "kedacore/keda-metrics-apiserver"),
        ("registry.example.org/my-metrics-server:v1", None),
    ],
)
def test_an_image_goes_by_its_own_name(image: str, program: str | None) -> None:
    pod = {"spec": {"containers": [{"image": image}]}}
    found = [it.image for it in PROGRAMS if container_of(pod, it)]
    assert found == ([program] if program else [])


def test_options_are_given_anew_and_the_last_one_counts() -> None:
    given = ["--secure-port=1", "--v=3", "--secure-port=2"]
    assert option(given, "secure-port", "9") == "2"
    assert option(given, "cert-dir", "/tmp") == "/tmp"  # noqa: S108 - a value
    assert with_options(given, secure_port="7") == ["--v=3", "--secure-port=7"]


def release(chart: str, **values: Any) -> Release:  # noqa: ANN401 - values are JSON
    return Release("kube-system", chart, f"{chart}.tgz", chart, "1.0.0", "", values, {})


def test_the_metrics_servers_objects_follow_the_values_of_its_release() -> None:
    secret = {"type": "existingSecret", "existingSecret": {"name": "serving"}}
    made = {
        item["kind"]: item
        for item in objects_of(
            release(
                "metrics-server",
                replicas=2,
                containerPort=4443,
                tls=secret,
                apiService={"insecureSkipTLSVerify": False, "caBundle": "PEM"},
                args=["--node-selector=a=b"],
            )
        )
    }
    spec = made["Deployment"]["spec"]
    container = spec["template"]["spec"]["containers"][0]
    assert spec["replicas"] == 2
    assert "--secure-port=4443" in container["args"]
    assert container["args"][-1] == "--node-selector=a=b"
    assert container["ports"] == [{"name": "https", "containerPort": 4443}]
    volumes = spec["template"]["spec"]["volumes"]
    assert volumes == [{"name": "certs", "secret": {"secretName": "serving"}}]
    api = made["APIService"]["spec"]
    assert (api["caBundle"], api["insecureSkipTLSVerify"]) == ("UEVN", False)


def test_external_secrets_are_three_programs_with_the_values_of_their_own() -> None:
    made = [
        *objects_of(
            Release(
                "secrets",
                "external-secrets",
                "external-secrets.tgz",
                "external-secrets",
                "1.0.0",
                "",
                {
                    "replicaCount": 2,
                    "leaderElect": True,
                    "concurrent": 3,
                    "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "arn"}},
                    "extraEnv": [{"name": "AWS_REGION", "value": "eu-west-1"}],
                    "webhook": {"replicaCount": 3, "failurePolicy": "Ignore"},
                    "certController": {"resources": {"requests": {"cpu": "20m"}}},
                },
                {},
            )
        )
    ]
    specs = {it["metadata"]["name"]: it["spec"] for it in made if it["kind"] == "Deployment"}
    names = ["external-secrets", "external-secrets-cert-controller", "external-secrets-webhook"]
    assert sorted(specs) == names
    assert [specs[name]["replicas"] for name in names] == [2, 1, 3]
    operator, certificates, webhook = (
        specs[name]["template"]["spec"]["containers"][0] for name in names
    )
    assert operator["args"][:2] == ["--enable-leader-election=true", "--concurrent=3"]
    assert operator["env"] == [{"name": "AWS_REGION", "value": "eu-west-1"}]
    assert "--service-namespace=secrets" in certificates["args"]
    assert certificates["resources"] == {"requests": {"cpu": "20m"}}
    assert "--dns-name=external-secrets-webhook.secrets.svc" in webhook["args"]
    accounts = {it["metadata"]["name"]: it for it in made if it["kind"] == "ServiceAccount"}
    annotations = accounts["external-secrets"]["metadata"]["annotations"]
    assert annotations == {"eks.amazonaws.com/role-arn": "arn"}
    checks = [it for it in made if it["kind"] == "ValidatingWebhookConfiguration"]
    assert {hook["failurePolicy"] for it in checks for hook in it["webhooks"]} == {"Ignore"}
    # They come last: a release without its webhooks works, one without its pods does not.
    assert made[-len(checks) :] == checks


def test_the_descheduler_has_the_policy_of_its_release() -> None:
    policy = {"maxNoOfPodsToEvictPerNode": 5, "profiles": [{"name": "default"}]}
    made = {
        item["kind"]: item
        for item in objects_of(
            release(
                "descheduler",
                deschedulerPolicy=policy,
                deschedulingInterval="1m",
                resources={"requests": {"cpu": "100m"}, "limits": {"cpu": None, "memory": "1Gi"}},
                leaderElection={"enabled": True},
            )
        )
    }
    written = yaml.safe_load(made["ConfigMap"]["data"]["policy.yaml"])
    assert written == {
        "apiVersion": "descheduler/v1alpha2",
        "kind": "DeschedulerPolicy",
        **policy,
    }
    container = made["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    assert "--descheduling-interval=1m" in container["args"]
    assert "--leader-elect=true" in container["args"]
    # Null takes a default of the chart away; it is no limit of 0.
    assert container["resources"]["limits"] == {"memory": "1Gi"}


def test_karpenter_runs_with_the_settings_of_its_release() -> None:
    made = {
        (item["kind"], item["metadata"]["name"]): item
        for item in objects_of(
            release(
                "karpenter",
                replicas=2,
                settings={
                    "clusterName": "eks-blue",
                    "eksControlPlane": True,
                    "interruptionQueue": "eks-blue-karpenter",
                    "isolatedVPC": False,
                    "featureGates": {"capacityBuffer": True},
                },
                serviceAccount={"annotations": {"eks.amazonaws.com/role-arn": "arn"}},
                controller={"image": {"tag": "1.14.1", "digest": "sha256:00"}},
            )
        )
    }
    account = made["ServiceAccount", "karpenter"]["metadata"]["annotations"]
    assert account == {"eks.amazonaws.com/role-arn": "arn"}
    spec = made["Deployment", "karpenter"]["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    assert container["image"] == "public.ecr.aws/karpenter/controller:1.14.1@sha256:00"
    variables = {it["name"]: it.get("value") for it in container["env"]}
    assert variables["CLUSTER_NAME"] == "eks-blue"
    assert variables["EKS_CONTROL_PLANE"] == "true"
    assert variables["INTERRUPTION_QUEUE"] == "eks-blue-karpenter"
    assert "ISOLATED_VPC" not in variables
    assert "CapacityBuffer=true" in str(variables["FEATURE_GATES"])


KEPT = {"helm.sh/resource-policy": "keep"}


def objects_of_keda(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[tuple[str, str], Any]:
    """Its objects with the values that the program gives the chart."""
    folder = tmp_path / "config/crd/bases"
    folder.mkdir(parents=True)
    kind = {"kind": "CustomResourceDefinition", "metadata": {"name": "scaledobjects.keda.sh"}}
    (folder / "it.yaml").write_text(yaml.safe_dump({"apiVersion": "v1", **kind}))
    monkeypatch.setattr(keda_chart, "folder_of", lambda _group, _module: tmp_path)
    site: Any = SimpleNamespace(
        cluster_name="eks-blue",
        settings=SimpleNamespace(keda=Keda(queues=("orders",))),
        arn="{}:{}".format,
    )
    role = cast("Prerequisites", SimpleNamespace(role_arn="arn"))
    made = objects_of(release("keda", **keda.ADDON.values(site, role)))
    return {(item["kind"], item["metadata"]["name"]): item for item in made}


def test_keda_runs_with_the_values_of_the_platform(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = objects_of_keda(monkeypatch, tmp_path)
    deployments = {name: it["spec"] for (kind, name), it in made.items() if kind == "Deployment"}
    operator, adapter, webhooks = (
        deployments[name]["template"]["spec"]
        for name in (
            "keda-operator",
            "keda-operator-metrics-apiserver",
            "keda-admission-webhooks",
        )
    )
    assert {spec["replicas"] for spec in deployments.values()} == {2}
    (image,) = [it["image"] for it in operator["containers"]]
    assert image == "ghcr.io/kedacore/keda:2.21.0"
    arguments = operator["containers"][0]["args"]
    assert "--leader-elect" in arguments
    assert "--metrics-server-service-name=keda-operator-metrics-apiserver" in arguments
    assert {"name": "KEDA_RESTRICT_SECRET_ACCESS", "value": "true"} in operator["containers"][0][
        "env"
    ]
    (adapters,) = [it["args"] for it in adapter["containers"]]
    address = "keda-operator.kube-system.svc.cluster.local:9666"
    assert f"--metrics-service-address={address}" in adapters
    assert "--secure-port=4443" in adapters
    assert made["Service", "keda-operator-metrics-apiserver"]["spec"]["ports"] == [
        {"name": "https", "port": 443, "targetPort": 4443}
    ]
    accounts = {it["serviceAccountName"] for it in (operator, adapter, webhooks)}
    assert accounts == {"keda-operator", "keda-metrics-server", "keda-webhook"}
    hooks = made["ValidatingWebhookConfiguration", "keda-admission"]["webhooks"]
    assert {it["failurePolicy"] for it in hooks} == {"Ignore"}
    kind = made["CustomResourceDefinition", "scaledobjects.keda.sh"]
    assert kind["metadata"]["annotations"] == KEPT


def test_what_helm_keeps_stays_when_its_release_goes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = [name for name, it in objects_of_keda(monkeypatch, tmp_path).items() if stays(it)]
    assert kept == [("CustomResourceDefinition", "scaledobjects.keda.sh")]


def test_files_of_modules_that_cannot_be_fetched_are_told_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    folder_of.cache_clear()
    with pytest.raises(ToolError, match="Go is not on PATH"):
        fetch_files(["karpenter"])
    fetch_files(["metrics-server"])


def test_cluster_autoscaler_runs_with_the_platforms_own_values() -> None:
    values = {
        "cloudProvider": "aws",
        "awsRegion": "eu-west-1",
        "autoDiscovery": {"clusterName": "eks-blue"},
        "fullnameOverride": "cluster-autoscaler",
        "image": {"tag": "v1.34.5@sha256:00"},
        "replicaCount": 2,
        "rbac": {
            "serviceAccount": {
                "name": "cluster-autoscaler",
                "annotations": {"eks.amazonaws.com/role-arn": "arn"},
            }
        },
        "extraArgs": {
            "expander": "priority,least-waste",
            "skip-nodes-with-system-pods": False,
            "startup-taint_1": "a",
            "startup-taint_2": "b",
        },
        "expanderPriorities": {"50": ["^eks\\-blue\\-spot$"], "10": [".*"]},
        "podDisruptionBudget": {"maxUnavailable": 1},
    }
    made = {it["kind"]: it for it in objects_of(release("cluster-autoscaler", **values))}
    account = made["ServiceAccount"]["metadata"]
    assert account["annotations"] == {"eks.amazonaws.com/role-arn": "arn"}
    spec = made["Deployment"]["spec"]
    assert spec["replicas"] == 2
    (container,) = spec["template"]["spec"]["containers"]
    (program,) = [it for it in PROGRAMS if container_of({"spec": {"containers": [container]}}, it)]
    assert program.extra is EXTRAS["cluster-autoscaler"]
    told = options.read(container["command"][1:])
    assert told.expander == ("priority", "least-waste")
    assert told.starting_taints == {"a", "b"}
    assert not told.skip_nodes_with_system_pods
    assert told.node_group_auto_discovery == (
        ("k8s.io/cluster-autoscaler/enabled", "k8s.io/cluster-autoscaler/eks-blue"),
    )
    written = made["ConfigMap"]["data"]["priorities"]
    assert read_priorities(written) == {50: ["^eks\\-blue\\-spot$"], 10: [".*"]}
    rules = made["Role"]["rules"]
    assert "cluster-autoscaler-priority-expander" in rules[1]["resourceNames"]


def test_the_model_follows_every_flag_that_the_platform_gives() -> None:
    prerequisites = cast("Prerequisites", SimpleNamespace(role_arn="arn"))
    values = dict(cluster_autoscaler.ADDON.values(planned_site(settings()), prerequisites))
    made = {it["kind"]: it for it in objects_of(release("cluster-autoscaler", **values))}
    (container,) = made["Deployment"]["spec"]["template"]["spec"]["containers"]
    told = options.read(container["command"][1:])
    assert told.balance_similar_node_groups
    assert told.expendable_pods_priority_cutoff == -10
    assert told.starting_taints == {"node.cilium.io/agent-not-ready"}


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--program=example.org/x=/no/such/program", "no program of IMAGE=COMMAND is found"),
        ("--program=example.org/x", "no program of IMAGE=COMMAND is found"),
        ("--program=Not An Image=sh", "--program: "),
        ("--controller-manager-arg=sync-period=1s", "--controller-manager-arg: "),
    ],
)
def test_programs_and_options_of_ones_own_are_checked_before_anything_starts(
    option: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["up", option]) == 1
    assert said in capsys.readouterr().err
