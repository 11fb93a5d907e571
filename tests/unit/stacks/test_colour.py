"""A colour's stack: what it refuses, how it is put together, and what it exports."""

import base64
import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pulumi
import pytest

from catalogue.addons import LINES
from catalogue.minors import MINORS
from catalogue.versions import node_image_parameter
from components.addons.external_dns.probe import Probe
from components.fixed_fields import fixed_fields
from eks_platform_contract import outputs
from eks_platform_contract.kubeconfig import Kubeconfig, Variable
from eks_platform_contract.outputs import Cluster, ColourOutput, ColourOutputs
from eks_platform_contract.version import CONTRACT
from handover.live_names import LiveNames
from localcloud.charts import write_stand_ins
from settings import load_colour
from stacks import colour
from stacks.chart_place import chart_place
from tests.unit.components.eks_answer import AUTHORITY, CLUSTER, ENDPOINT, ISSUER, answer
from tests.unit.pulumi_harness import (
    Asked,
    Checks,
    Kept,
    Plain,
    Ran,
    Registered,
    State,
    run,
    secret,
)
from tests.unit.settings.stack_files import as_text, config_of

GROUP = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ENTRY = "aws:eks/accessEntry:AccessEntry"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
RELEASE = "kubernetes:helm.sh/v3:Release"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
PARAMETER = "aws:ssm/getParameter:getParameter"
SHARED: dict[str, Plain] = {
    "network": {
        "vpcId": "vpc-1",
        "vpcCidr": "172.20.0.0/16",
        "publicSubnetIds": ["subnet-4", "subnet-5", "subnet-6"],
        "privateSubnetIds": ["subnet-1", "subnet-2", "subnet-3"],
    },
    "zones": {
        kind: {"id": f"Z{kind}", "name": f"{kind}.example", "arn": f"arn:zone:{kind}"}
        for kind in ("public", "private", "api")
    },
    "humanRoles": {kind: f"arn:{kind}" for kind in ("admin", "readwrite", "readonly")},
    "liveWriter": {"term": 3, "unconfirmed": []},
}
SETTINGS: dict[str, Plain] = {
    "kubernetesVersion": "1.34",
    "nodeGroups": {
        "on-demand": {
            "capacity": "on-demand",
            "instanceTypes": ["m7i.large"],
            "min": 3,
            "max": 9,
        },
        "spot": {
            "capacity": "spot",
            "instanceTypes": ["m7i.large", "m6i.large"],
            "min": 1,
            "max": 9,
        },
    },
    "tags": {"Team": "platform"},
    "charts": "public",
}
CALLS: dict[str, State] = {
    "aws:index/getPartition:getPartition": {"partition": "aws"},
    "aws:eks/getClusters:getClusters": {"names": ["eks-of-others"]},
    "aws:index/getCallerIdentity:getCallerIdentity": {
        "accountId": "111111111111",
        "arn": "arn:aws:iam::111111111111:user/eve",
    },
    PARAMETER: {"value": "ami-secret", "insecureValue": "ami-1"},
    "aws:cloudwatch/getLogGroups:getLogGroups": {"logGroupNames": []},
}
MADE: dict[str, State] = {CLUSTER: answer("eks-blue"), TEMPLATE: {"latestVersion": 2}}


LOG_GROUPS = "aws:cloudwatch/getLogGroups:getLogGroups"
THEIRS = "/aws/eks/eks-blue/cluster"


def nothing_left(kubeconfig: object, wanted: Mapping[str, LiveNames]) -> Collection[str]:
    assert kubeconfig, wanted
    return ()


def no_work(kubeconfig: object) -> Collection[str]:
    assert kubeconfig
    return ()


def up(
    *,
    shared: State | None = None,
    own: State | None = None,
    preview: bool = False,
    made: State = MADE,
    kept: Kept | None = None,
    calls: Mapping[str, State] | None = None,
    probe: Probe = nothing_left,
    asked: Asked | None = None,
    **settings: Plain,
) -> Ran:
    values = {key: as_text(value) for key, value in (SETTINGS | settings).items()}
    config = {f"eks-platform:{key}": value for key, value in values.items()}
    loaded = load_colour("blue", config | {"aws:region": "eu-west-1"})
    stacks = {
        "organization/eks-platform/shared": SHARED if shared is None else shared,
        "organization/eks-platform/blue": own or {},
    }

    def program(_: Checks) -> None:
        pulumi.run(lambda: colour.deploy(loaded, probe, work=no_work))

    return run(
        program,
        stack="blue",
        stacks=stacks,
        calls=CALLS | dict(calls or {}),
        resources={} if preview else made,
        preview=preview,
        kept=kept,
        asked=asked,
    )


@cache
def stands() -> Ran:
    """The colour by its usual settings; made once, as a run takes a second."""
    return up()


def test_the_cluster_is_exported_as_other_stacks_read_it() -> None:
    exported = Cluster.model_validate(stands().exports["cluster"])
    assert exported == Cluster(
        name="eks-blue",
        arn="arn:aws:eks:eu-west-1:123456789012:cluster/eks-blue",
        endpoint=ENDPOINT,
        certificate_authority=AUTHORITY,
        version="1.34",
        oidc_provider_arn=f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}",
        oidc_issuer=ISSUER,
        security_group_id="sg-cluster",
        service_cidr="10.100.0.0/16",
    )


def network(**changes: Plain) -> State:
    return {**SHARED, "network": {**SHARED["network"], "vpcCidr": "172.16.0.0/16", **changes}}


@pytest.mark.parametrize(
    ("ranges", "own", "services"),
    [
        ([], {}, "172.20.0.0/16"),
        (["172.16.0.0/16", "172.20.0.0/20"], {}, "10.100.0.0/16"),
        # Made when the VPC had one range, by a program that did not say so yet.
        (["172.16.0.0/16", "172.20.0.0/20"], {"cluster": {"name": "x"}}, "172.20.0.0/16"),
        (["172.16.0.0/16"], {"cluster": {"serviceCidr": "10.100.0.0/16"}}, "10.100.0.0/16"),
    ],
)
def test_services_overlap_no_range_of_the_vpc_and_a_cluster_keeps_their_range(
    ranges: list[str], own: State, services: str
) -> None:
    ran = up(shared=network(vpcCidrs=ranges), own=own)
    assert ran.only(CLUSTER).inputs["kubernetesServiceIpAddressRange"] == services
    assert ran.exports["cluster"]["serviceCidr"] == services


OFF = {it.name: {"enabled": False} for it in LINES.values() if it.optional}
"""The add-ons have no say in ranges, and take most of a run's time."""
VPN = {"privateCidrs": ["172.20.0.0/16"]}
EVERYTHING = {"privateCidrs": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]}


def has_cluster(services: str) -> Mapping[str, State]:
    """Answers of EKS about a cluster that is there, though no output says so yet."""
    network = [{"serviceIpv4Cidr": services, "ipFamily": "ipv4"}]
    return {
        "aws:eks/getClusters:getClusters": {"names": ["eks-blue"]},
        "aws:eks/getCluster:getCluster": {"name": "eks-blue", "kubernetesNetworkConfigs": network},
    }


def services_of(ran: Ran) -> str:
    return ran.only(CLUSTER).inputs["kubernetesServiceIpAddressRange"]


def test_services_overlap_no_network_that_is_let_in() -> None:
    shared = network(vpcCidrs=["10.40.0.0/16"])
    assert services_of(up(shared=shared, endpoint=VPN, addons=OFF)) == "10.100.0.0/16"
    assert services_of(
        up(shared=shared, endpoint=VPN, serviceCidr="172.20.0.0/16", addons=OFF)
    ) == ("172.20.0.0/16")


def test_a_cluster_of_a_first_update_that_failed_keeps_its_range() -> None:
    shared, calls = network(vpcCidrs=["10.40.0.0/16"]), has_cluster("172.20.0.0/16")
    assert services_of(up(shared=shared, endpoint=VPN, calls=calls, addons=OFF)) == "172.20.0.0/16"


@pytest.mark.parametrize(
    ("said", "own", "message"),
    [
        (
            {"serviceCidr": "10.100.0.0/16"},
            {"cluster": {"serviceCidr": "172.20.0.0/16"}},
            r'found "10.100.0.0/16", expected 172.20.0.0/16, which the cluster has: another',
        ),
        ({"serviceCidr": "10.40.8.0/24"}, {}, r"a range apart from 10.40.0.0/16 of the VPC"),
        ({"endpoint": EVERYTHING}, {}, r"serviceCidr: found nothing, expected a range that nobody"),
    ],
)
def test_a_range_that_collides_or_changes_is_an_error(
    said: State, own: State, message: str
) -> None:
    asked = Asked()
    with pytest.raises(pulumi.RunError, match=message):
        up(shared=network(vpcCidrs=["10.40.0.0/16"]), own=own, asked=asked, **said)
    assert asked.made() == []


@pytest.mark.parametrize("said", [{}, {"podCidr": "100.64.0.0/16"}])
def test_cilium_knows_the_range_of_pods(said: State) -> None:
    ran = up(shared=network(**said))
    (cilium,) = (it for it in ran.of_type(RELEASE) if it.name == "cilium")
    wanted = said.get("podCidr", "172.16.0.0/16")
    assert cilium.inputs["values"]["ipv4NativeRoutingCIDR"] == wanted


def test_the_outputs_are_those_of_the_contract() -> None:
    exports = stands().exports
    assert set(exports) == set(ColourOutput)
    assert outputs.read(ColourOutputs, exports, "stack blue").contract_version == str(CONTRACT)


def test_nodes_and_names_are_exported() -> None:
    exports = stands().exports
    assert exports["nodes"] == {
        "roleArn": "arn:aws:mock:eu-west-1:123456789012:node",
        "securityGroupId": "node-id",
        "groups": {"on-demand": "eks-blue-on-demand", "spot": "eks-blue-spot"},
    }
    assert exports["dns"]["public"] == "eks-blue.public.example"


def test_the_kubeconfig_takes_each_human_role_on_with_the_shared_stacks_profile() -> None:
    ran = up(shared=SHARED | {"awsProfile": "ops"})
    config = Kubeconfig.model_validate(ran.exports["kubeconfig"])
    assert [it.name for it in config.contexts] == [
        "eks-blue",
        "eks-blue-admin",
        "eks-blue-readwrite",
        "eks-blue-readonly",
    ]
    (user,) = config.using("eks-blue-readonly").users
    assert user.user.exec.args == ("token", "-i", "eks-blue", "-r", "arn:readonly")
    assert user.user.exec.env == (Variable(name="AWS_PROFILE", value="ops"),)


def test_a_secret_kubeconfig_makes_no_output_a_secret() -> None:
    """Others could not read them; nothing in them is one."""
    made = dict(answer("eks-blue"))
    for key in ("kubeconfig", "kubeconfigJson"):
        made[key] = secret(made[key])
    ran = up(made=MADE | {CLUSTER: made})
    assert ran.exports["cluster"]["endpoint"] == ENDPOINT
    assert ran.secret_exports == ()


def test_live_writers_run_only_on_the_colour_that_the_shared_stack_names() -> None:
    assert stands().exports["liveWriters"] == reported("no name", 3)
    named = SHARED | {"liveWriter": {"colour": "blue", "term": 4}}
    assert up(shared=named).exports["liveWriters"] == reported("every name", 4)
    other = SHARED | {"liveWriter": {"colour": "green", "term": 5}}
    assert up(shared=other).exports["liveWriters"] == reported("no name", 5)


def reported(names: str, term: int) -> State:
    return {"running": names != "no name", "term": term, "names": names}


@pytest.mark.parametrize(
    ("active", "names"),
    [("green", "only web.public.example"), ("blue", "every name but web.public.example")],
)
def test_a_canarys_names_reach_the_writers(active: str, names: str) -> None:
    canary: Plain = {"names": ["web.public.example"]}  # the engine leaves null out
    if active == "green":
        canary["colour"] = "blue"
    ran = up(shared=SHARED | {"liveWriter": {"colour": active, "canary": canary, "term": 4}})
    assert ran.exports["liveWriters"] == reported(names, 4)
    public = ran.only("kubernetes:apps/v1:Deployment", "live-external-dns-public")
    said = public.inputs["spec"]["template"]["metadata"]["annotations"]
    assert said == {"eks-platform.io/live-names": names}


@pytest.mark.parametrize(
    ("shared", "own", "message"),
    [
        ({}, {}, "stack shared has no output yet: run `pulumi up -s shared` first"),
        (SHARED, {"liveWriters": {"running": False, "term": 9}}, "has lost its memory"),
        ({**SHARED, "network": None}, {}, "stack shared has no output network"),
        ({**SHARED, "zones": {"public": "x"}}, {}, "output zones of stack shared has another"),
        ({**SHARED, "humanRoles": None}, {}, "stack shared has no output humanRoles"),
    ],
)
def test_nothing_is_made_while_the_shared_stack_is_unfit(
    shared: State, own: State, message: str
) -> None:
    asked = Asked()
    with pytest.raises(pulumi.RunError, match=message):
        up(shared=shared, own=own, asked=asked)
    assert asked.made() == []


def test_a_kubernetes_version_outside_the_catalogue_is_an_error_before_anything_else() -> None:
    settings = load_colour("blue", config_of("blue", {}))
    older = settings.model_copy(update={"kubernetes_version": "1.33"})
    asked = Asked()
    with pytest.raises(pulumi.RunError, match=r"Kubernetes 1.33 is not .*node image.*coredns"):
        run(lambda _: pulumi.run(lambda: colour.deploy(older, nothing_left)), asked=asked)
    assert asked == Asked()


def test_charts_that_are_not_kept_are_named_all_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pulumi, "get_root_directory", lambda: str(tmp_path / "project"))
    (tmp_path / "project").mkdir()
    write_stand_ins(tmp_path / "project")
    kept = tmp_path / "project" / "charts"
    cilium, secrets = (next(kept.glob(f"{it}-*.tgz")) for it in ("cilium", "external-secrets"))
    cilium.write_bytes(b"other")
    secrets.unlink()
    asked = Asked()
    with pytest.raises(pulumi.RunError) as raised:
        up(charts="./charts", asked=asked)
    assert "2 mistakes in the settings of stack blue; nothing was changed." in str(raised.value)
    assert f"./charts/{cilium.name}: found sha256:" in str(raised.value)
    assert f"./charts/{secrets.name}: found nothing" in str(raised.value)
    assert not [it for it in asked.made() if "StackReference" not in it]


def test_charts_of_the_project_are_named_from_where_the_program_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = SETTINGS | {"charts": "./kept"}
    config = {f"eks-platform:{key}": as_text(value) for key, value in said.items()}
    settings = load_colour("blue", config | {"aws:region": "eu-west-1"})
    monkeypatch.setattr(pulumi, "get_root_directory", lambda: str(tmp_path))
    assert chart_place(settings).folder == "./kept"
    monkeypatch.setattr(pulumi, "get_root_directory", lambda: str(tmp_path / "project"))
    assert chart_place(settings).folder == "./project/kept"
    monkeypatch.setattr(pulumi, "get_root_directory", lambda: str(tmp_path.parent))
    assert chart_place(settings).folder == "../kept"


def test_every_taggable_resource_carries_the_common_tags() -> None:
    ran = stands()
    expected = {
        "Project": "eks-platform",
        "Stack": "blue",
        "ManagedBy": "pulumi",
        "Team": "platform",
    }
    tagged = [r for r in ran.resources if r.type.startswith(("aws:", "eks:")) and tags_of(r)]
    assert {r.type for r in tagged} >= {CLUSTER, GROUP, TEMPLATE, ENTRY, RULE}
    for resource in tagged:
        assert tags_of(resource).items() >= expected.items()


def test_what_the_api_server_never_changes_is_made_anew_the_old_one_first() -> None:
    """Changed in place, as the provider would, the API server refuses it at each update."""
    fixed = {it.name: it for it in stands().resources if fixed_fields(it.type.rpartition(":")[2])}
    assert {"gp3", "overprovisioning-priorityclass-overprovisioning"} <= set(fixed)
    for it in fixed.values():
        assert it.replace_on_changes == tuple(fixed_fields(it.type.rpartition(":")[2]))
        assert it.delete_before_replace
        assert it.type.startswith("kubernetes:")


def test_every_role_that_the_colour_makes_is_bounded() -> None:
    boundary = "arn:aws:iam::111111111111:policy/platform"
    roles = up(permissionsBoundary=boundary).of_type("aws:iam/role:Role")
    assert len(roles) == len(stands().of_type("aws:iam/role:Role")) > 5
    assert {it.inputs["permissionsBoundary"] for it in roles} == {boundary}


def tags_of(resource: Registered) -> dict[str, str]:
    tags = resource.inputs.get("tags") or {}
    return {tag["key"]: tag["value"] for tag in tags} if isinstance(tags, list) else tags


def test_control_plane_and_nodes_are_in_the_private_subnets() -> None:
    ran = stands()
    private = SHARED["network"]["privateSubnetIds"]
    assert ran.only(CLUSTER).inputs["privateSubnetIds"] == private
    assert all(g.inputs["vpcZoneIdentifiers"] == private for g in ran.of_type(GROUP))
    groups = ran.of_type("aws:ec2/securityGroup:SecurityGroup")
    assert [group.inputs["vpcId"] for group in groups] == ["vpc-1", "vpc-1"]


def test_nodes_are_of_the_pinned_image_and_know_the_cluster() -> None:
    ran = stands()
    (asked,) = [call for call in ran.invoked if call.token == PARAMETER]
    assert asked.args["name"] == node_image_parameter("1.34")
    for template in ran.of_type(TEMPLATE):
        assert template.inputs["imageId"] == "ami-1"
        data = base64.b64decode(template.inputs["userData"]).decode()
        assert f"apiServerEndpoint: {ENDPOINT}" in data
        assert "cidr: 10.100.0.0/16" in data  # the VPC has the usual range
        assert template.secret_inputs == ()


def test_groups_on_arm_have_an_image_of_their_own_beside_those_that_are_not() -> None:
    arm = {"capacity": "on-demand", "instanceTypes": ["m7g.large"], "min": 0, "max": 3}
    ran = up(nodeGroups={**SETTINGS["nodeGroups"], "arm": arm})
    names = [call.args["name"] for call in ran.invoked if call.token == PARAMETER]
    assert names == [
        node_image_parameter("1.34", "x86_64"),
        node_image_parameter("1.34", "arm64"),
    ]
    alone = up(nodeGroups={"arm": arm})
    (asked,) = [call for call in alone.invoked if call.token == PARAMETER]
    assert asked.args["name"] == node_image_parameter("1.34", "arm64")


def test_nodes_come_after_and_go_before_what_keeps_them_in_the_cluster() -> None:
    ran = stands()
    needed = [
        *ran.of_type(ENTRY),
        *between_groups(ran),
        *ran.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"),
    ]
    assert len(needed) == 12
    for group in ran.of_type(GROUP):
        assert all(group.waits_for(resource) for resource in needed)


def between_groups(ran: Ran) -> list[Registered]:
    """The rules that let one security group into another."""
    return [it for it in ran.of_type(RULE) if "referencedSecurityGroupId" in it.inputs]


def test_nodes_come_after_cilium_which_takes_their_taint_off() -> None:
    ran = stands()
    cilium = ran.only("kubernetes:helm.sh/v3:Release", "cilium")
    for group in ran.of_type(GROUP):
        assert group.waits_for(cilium)
        assert not cilium.waits_for(group)
    for template in ran.of_type(TEMPLATE):
        data = base64.b64decode(template.inputs["userData"]).decode()
        assert "node.cilium.io/agent-not-ready=true:NoExecute" in data


def test_settings_reach_the_add_ons() -> None:
    ran = up(
        addons={
            "descheduler": {"enabled": False},
            "fluentd": {"values": {"resources": {"limits": {"memory": "1Gi"}}}},
        },
        externalSecrets={"prefix": "team/"},
    )
    releases = {it.name: it.inputs["values"] for it in ran.of_type("kubernetes:helm.sh/v3:Release")}
    assert "descheduler" not in releases
    assert releases["fluentd"]["resources"]["limits"] == {"memory": "1Gi"}
    assert releases["fluentd"]["resources"]["requests"]
    policy = ran.only("aws:iam/rolePolicy:RolePolicy", "external-secrets").inputs["policy"]
    assert "secret:team/*" in policy
    hooks = ran.of_type("aws:autoscaling/lifecycleHook:LifecycleHook")
    assert {it.inputs["autoscalingGroupName"] for it in hooks} == {
        "eks-blue-on-demand",
        "eks-blue-spot",
    }


def test_values_that_kubernetes_would_refuse_are_errors_before_anything_else() -> None:
    asked = Asked()
    with pytest.raises(pulumi.RunError) as raised:
        up(
            asked=asked,
            addons={
                "cluster-autoscaler": {"values": {"updateStrategy": {"type": "Recreate"}}},
                "metrics-server": {"values": {"podDisruptionBudget": {"minAvailable": 1}}},
            },
        )
    head, *lines = str(raised.value).splitlines()
    assert head == "2 mistakes in the settings of stack blue; nothing was changed."
    values = "  Pulumi.blue.yaml: eks-platform:addons.{}.values.{}: found {}, expected {}"
    assert lines == [
        values.format(
            "metrics-server",
            "podDisruptionBudget",
            "minAvailable beside maxUnavailable",
            "minAvailable: null or maxUnavailable: null: Kubernetes refuses both together",
        ),
        values.format(
            "cluster-autoscaler",
            "updateStrategy",
            "type: Recreate beside rollingUpdate",
            "rollingUpdate: null beside it: Kubernetes refuses both together",
        ),
    ]
    assert asked.made() == []


def test_pipelines_of_the_shared_stack_are_let_in() -> None:
    roles = {
        "preview": "arn:aws:iam::1:role/ci-preview",
        "drift": "arn:aws:iam::1:role/ci-drift",
        "up": {"blue": "arn:aws:iam::1:role/ci-up-blue", "green": "arn:aws:iam::1:role/ci-green"},
    }
    ran = up(shared=SHARED | {"pipelineRoles": roles})
    entries = [entry.inputs["principalArn"] for entry in ran.of_type(ENTRY)]
    assert roles["preview"] in entries
    assert roles["drift"] in entries
    mapped = ran.only(CLUSTER).inputs["roleMappings"]
    assert mapped[-1] == {
        "roleArn": "arn:aws:iam::1:role/ci-up-blue",
        "username": "kubernetes-pipeline",
        "groups": ["system:masters"],
    }
    assert "ci-green" not in json.dumps(mapped)
    assert len(mapped) == len(stands().only(CLUSTER).inputs["roleMappings"]) + 1


def test_access_entries_wait_for_the_cluster() -> None:
    ran = stands()
    assert all(entry.waits_for(ran.only(CLUSTER)) for entry in ran.of_type(ENTRY))


@pytest.mark.parametrize(
    ("said", "ranges"),
    [
        ({"vpcCidrs": ["172.16.0.0/16", "100.64.0.0/16"]}, {"172.16.0.0/16", "100.64.0.0/16"}),
        ({}, {"172.16.0.0/16"}),
    ],
)
def test_the_whole_vpc_and_the_given_networks_reach_the_api_server(
    said: Mapping[str, Plain], ranges: set[str]
) -> None:
    ran = up(shared=network(**said), endpoint={"privateCidrs": ["10.8.0.0/22"]})
    let_in = {it.inputs["cidrIpv4"] for it in ran.of_type(RULE) if "cidrIpv4" in it.inputs}
    assert let_in == {*ranges, "10.8.0.0/22"}


def test_nodes_and_control_plane_know_each_other_by_the_group_that_eks_made() -> None:
    ends = [
        {it.inputs["securityGroupId"], it.inputs["referencedSecurityGroupId"]}
        for it in between_groups(stands())
    ]
    assert ends.count({"sg-cluster", "node-id"}) == 6
    assert ends.count({"node-id"}) == 1
    assert len(ends) == 7


def test_settings_reach_the_control_plane() -> None:
    ran = up(
        endpoint={"public": True, "publicCidrs": ["198.51.100.0/24"]},
        logging={"types": ["audit"], "retentionDays": 365},
        deletionProtection=False,
    )
    cluster = ran.only(CLUSTER).inputs
    assert cluster["publicAccessCidrs"] == ["198.51.100.0/24"]
    assert cluster["enabledClusterLogTypes"] == ["audit"]
    assert cluster["deletionProtection"] is False
    assert {g.inputs["retentionInDays"] for g in ran.of_type(LOG_GROUP)} == {365}


def test_settings_reach_access() -> None:
    ran = up(access={"debugNamespaces": ["team-a"]})
    bindings = ran.of_type("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding")
    assert [it.inputs["metadata"]["namespace"] for it in bindings] == ["team-a"]


def test_the_first_preview_shows_the_whole_stack() -> None:
    previewed = up(preview=True)
    done = stands()
    assert {(r.type, r.name) for r in previewed.resources} == {
        (r.type, r.name) for r in done.resources
    }


@pytest.mark.parametrize(
    ("minor", "policy", "day", "level", "said"),
    [
        ("1.35", "EXTENDED", date(2026, 6, 1), "info", "299 days of standard support left"),
        ("1.35", "EXTENDED", date(2027, 2, 1), "warning", "54 days of standard support left"),
        ("1.35", "STANDARD", date(2027, 2, 1), "warning", "AWS upgrades its control plane"),
        ("1.35", "EXTENDED", date(2027, 4, 1), "warning", "438 USD a month instead of 73"),
        ("1.37", "EXTENDED", date(2026, 6, 1), "warning", "no public record confirms"),
    ],
)
def test_a_preview_says_how_long_the_minor_is_supported(  # noqa: PLR0917
    minor: str,
    policy: str,
    day: date,
    level: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    newest = replace(MINORS["1.37"], unconfirmed=("coredns",))
    monkeypatch.setitem(MINORS, "1.37", newest)
    told: list[tuple[str, str]] = []
    for name, kind in (("info", "info"), ("warn", "warning")):
        monkeypatch.setattr(pulumi.log, name, lambda text, kind=kind: told.append((kind, text)))
    loaded = load_colour(
        "blue",
        {
            "aws:region": "eu-west-1",
            "eks-platform:kubernetesVersion": minor,
            "eks-platform:upgradePolicy": policy,
            "eks-platform:nodeGroups": json.dumps(SETTINGS["nodeGroups"]),
        },
    )
    colour.tell_support(loaded, lambda: day)
    assert any(kind == level and said in text for kind, text in told), told


def left_behind(**tags: str) -> dict[str, State]:
    """Both log groups stand, with these tags."""
    return {
        LOG_GROUPS: {"logGroupNames": [THEIRS, "/eks/eks-blue/pods"]},
        "aws:cloudwatch/getLogGroup:getLogGroup": {"tags": tags},
    }


def imported(ran: Ran) -> set[str]:
    return {it.import_id for it in ran.of_type(LOG_GROUP)}


def test_a_colour_built_anew_goes_on_with_the_logs_of_the_last_one() -> None:
    kept = left_behind(Project="eks-platform", Stack="blue")
    assert imported(up(calls=kept)) == {THEIRS, "/eks/eks-blue/pods"}


@pytest.mark.parametrize("tags", [{}, {"Project": "eks-platform", "Stack": "green"}])
def test_log_groups_of_others_are_not_taken_over(tags: dict[str, str]) -> None:
    assert imported(up(calls=left_behind(**tags))) == {""}


def test_an_add_on_that_was_off_goes_on_with_the_logs_that_it_left() -> None:
    own: State = {"cluster": {"name": "eks-blue", "serviceCidr": "10.100.0.0/16"}}
    ran = up(own=own, calls=left_behind(Project="eks-platform", Stack="blue"))
    assert imported(ran) == {THEIRS, "/eks/eks-blue/pods"}
    assert {tuple(it.ignore_changes) for it in ran.of_type(LOG_GROUP)} == {()}


ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"


def test_nothing_watches_a_colour_unless_it_is_asked_for() -> None:
    ran = stands()
    assert ran.of_type(ALARM) == ran.of_type(DASHBOARD) == []
    assert all("enabledMetrics" not in it.inputs for it in ran.of_type(GROUP))


def test_a_watched_colour_counts_its_nodes_and_has_alarms_and_a_dashboard() -> None:
    ran = up(monitoring={})
    assert {it.inputs["name"] for it in ran.of_type(ALARM)} == {
        "eks-blue-nodes-on-demand",
        "eks-blue-nodes-spot",
        "eks-blue-unschedulable-pods",
        "eks-blue-api-errors",
        "eks-blue-interruptions",
    }
    counted = ["GroupDesiredCapacity", "GroupInServiceInstances"]
    assert all(it.inputs["enabledMetrics"] == counted for it in ran.of_type(GROUP))
    dashboard = ran.only(DASHBOARD)
    assert "eks-blue-spot" in dashboard.inputs["dashboardBody"]
    # None goes off while the cluster is taken down.
    last = ran.only(RELEASE, "metrics-server")
    assert all(it.waits_for(last) for it in (dashboard, *ran.of_type(ALARM)))


def test_without_the_queue_nothing_watches_it() -> None:
    off = {"aws-node-termination-handler": {"enabled": False}}
    ran = up(monitoring={"dashboard": False}, addons=off)
    assert "eks-blue-interruptions" not in {it.inputs["name"] for it in ran.of_type(ALARM)}
    assert ran.of_type(DASHBOARD) == []
