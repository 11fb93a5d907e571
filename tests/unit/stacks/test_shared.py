"""The shared stack: what it refuses, makes and exports."""

import base64

import pulumi
import pytest
from pulumi.output import Unknown

from eks_platform_contract import outputs
from eks_platform_contract.kubeconfig import Kubeconfig, Variable
from eks_platform_contract.outputs import SharedOutput, SharedOutputs
from eks_platform_contract.version import CONTRACT
from settings import load_shared
from stacks import shared
from tests.unit.pulumi_harness import Checks, Kept, Plain, Ran, State, run
from tests.unit.settings.stack_files import as_text

ARN = "arn:aws:iam::222222222222:role/sso/dev"
RECORD = "aws:route53/record:Record"
SETTINGS: dict[str, Plain] = {
    "zones": {
        "public": {"name": "devinfra.fr", "create": True},
        "private": {"name": "devinfra.local", "create": True},
        "api": {"name": "devinfra.info", "create": True},
    },
    "humanRoles": {"trustedAccountIds": ["222222222222"]},
    "tags": {"Team": "platform"},
}
CALLS: dict[str, State] = {
    "aws:index/getPartition:getPartition": {"partition": "aws"},
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "111111111111"},
    "aws:ssm/getParameter:getParameter": {"insecureValue": "ami-1"},
    "aws:index/getAvailabilityZones:getAvailabilityZones": {
        "names": ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    },
}


def pem(colour: str) -> str:
    return base64.b64encode(f"{colour}\n".encode()).decode()


def cluster(colour: str) -> State:
    return {
        "name": f"eks-{colour}",
        "arn": f"arn:aws:eks:eu-west-1:111111111111:cluster/eks-{colour}",
        "endpoint": f"https://{colour}.eks.amazonaws.com",
        "certificateAuthority": pem(colour),
        "version": "1.34",
        "oidcProviderArn": "arn:oidc",
        "oidcIssuer": "oidc.example",
        "securityGroupId": "sg-1",
    }


def stopped(colour: str, term: int = 1) -> State:
    """Outputs of a colour whose live writers have gone."""
    return {"cluster": cluster(colour), "liveWriters": {"running": False, "term": term}}


def up(
    own: State | None = None,
    colours: State | None = None,
    active: str | None = None,
    *,
    preview: bool = False,
    calls: State | None = None,
    kept: Kept | None = None,
    **settings: Plain,
) -> Ran:
    """Runs the stack after `own` outputs, with the listed `colours` and their outputs."""
    listed = colours or {}
    values = SETTINGS | settings | {"colours": list(listed)}
    config = {f"eks-platform:{key}": as_text(value) for key, value in values.items()}
    if active:
        config["eks-platform:activeColour"] = active
    loaded = load_shared(config | {"aws:region": "eu-west-1"})
    stacks = {f"organization/eks-platform/{name}": found for name, found in listed.items()}
    stacks["organization/eks-platform/shared"] = own or {}

    def program(_: Checks) -> None:
        pulumi.run(lambda: shared.deploy(loaded))

    return run(
        program,
        stack="shared",
        stacks=stacks,
        calls=CALLS | dict(calls or {}),
        preview=preview,
        kept=kept,
    )


def named(colour: str | None, term: int, *unconfirmed: str, **canary: Plain) -> State:
    """The live writer as the engine hands it over: without null values."""
    said: dict[str, Plain] = {"term": term, "unconfirmed": list(unconfirmed), **canary}
    return said | ({"colour": colour} if colour else {})


def test_the_first_up_exports_a_platform_without_an_active_colour() -> None:
    ran = up()
    assert ran.exports["network"]["vpcId"] == "eks-platform-vpc-id"
    assert len(ran.exports["network"]["privateSubnetIds"]) == 3
    assert ran.exports["zones"]["api"]["name"] == "devinfra.info"
    assert set(ran.exports["humanRoles"]) == {"admin", "readwrite", "readonly"}
    assert ran.exports["liveWriter"] == named(None, 1)
    assert [ran.exports.get(key) for key in ("activeColour", "api", "kubeconfig")] == [None] * 3


def test_the_outputs_are_those_of_the_contract() -> None:
    ran = up({"liveWriter": named(None, 2)}, {"blue": stopped("blue", 2)}, "blue")
    assert set(ran.exports) == set(SharedOutput) - {"awsProfile", "pipelineRoles", "bastion"}
    found = outputs.read(SharedOutputs, ran.exports, "stack shared")
    assert found.contract_version == str(CONTRACT)
    assert found.colours == ("blue",)
    assert ran.secret_exports == ()


def test_a_bastion_is_made_and_exported_where_it_is_asked_for() -> None:
    assert up().of_type("aws:autoscaling/group:Group") == []
    ran = up(bastion=True)
    found = outputs.Bastion.model_validate(ran.exports["bastion"])
    assert found.auto_scaling_group == "eks-platform-bastion"
    template = ran.only("aws:ec2/launchTemplate:LaunchTemplate")
    assert template.inputs["imageId"] == "ami-1"


def test_the_roles_of_pipelines_are_exported_for_the_colours() -> None:
    forge = {"github": {"repository": "acme/platform"}}
    policies = ["arn:aws:iam::111111111111:policy/up"]
    ran = up(ci={**forge, "upPolicies": policies, "clusterAccess": ["preview", "up"]})
    found = outputs.PipelineRoles.model_validate(ran.exports["pipelineRoles"])
    assert found.preview == "arn:aws:mock:eu-west-1:123456789012:ci-preview"
    assert found.drift is None
    assert set(found.up) == {"blue", "green"}


def test_every_role_is_bounded_and_those_of_pipelines_may_be_bounded_otherwise() -> None:
    every, other = (f"arn:aws:iam::111111111111:policy/{it}" for it in ("every", "pipelines"))
    policies = ["arn:aws:iam::111111111111:policy/up"]
    ci = {"github": {"repository": "acme/platform"}, "upPolicies": policies}
    for own, expected in ((None, {every}), (other, {every, other})):
        ran = up(
            permissionsBoundary=every,
            bastion=True,
            ci={**ci, **({"permissionsBoundary": own} if own else {})},
        )
        roles = {
            it.name: it.inputs["permissionsBoundary"] for it in ran.of_type("aws:iam/role:Role")
        }
        assert {"human-roles-admin", "ci-preview", "ci-up-blue"} <= set(roles)
        assert any("bastion" in name for name in roles)
        assert set(roles.values()) == expected
        assert {roles[it] for it in roles if it.startswith("ci-")} == {own or every}
    assert all("permissionsBoundary" not in it.inputs for it in up().resources)


def test_every_taggable_resource_carries_the_common_tags() -> None:
    ran = up()
    for resource in ran.resources:
        if "tags" in resource.inputs:
            assert (
                resource.inputs["tags"].items()
                >= {
                    "Project": "eks-platform",
                    "Stack": "shared",
                    "ManagedBy": "pulumi",
                    "Team": "platform",
                }.items()
            )
    assert "tags" in ran.only("aws:ec2/vpc:Vpc").inputs


def test_before_the_first_active_colour_nothing_names_a_cluster() -> None:
    ran = up({"liveWriter": named(None, 1)}, {"blue": stopped("blue")})
    assert ran.of_type(RECORD) == []


BLUE_API = {"cname": "blue.eks.amazonaws.com", "txt": "eks-blue"}


def test_without_an_active_colour_the_api_records_stay_as_they_are() -> None:
    ran = up({"liveWriter": named("blue", 1), "api": BLUE_API}, {"blue": stopped("blue")})
    values = {r.inputs["type"]: r.inputs["records"] for r in ran.of_type(RECORD)}
    assert values == {"CNAME": ["blue.eks.amazonaws.com"], "TXT": ["eks-blue"]}
    assert ran.exports.get("activeColour") is None
    assert ran.exports["liveWriter"] == named(None, 2, "blue")


def test_the_api_records_go_with_the_cluster_that_they_name() -> None:
    ran = up({"liveWriter": named(None, 3), "api": BLUE_API}, {"blue": {}})
    assert ran.of_type(RECORD) == []


def test_an_active_colour_is_named_by_everything() -> None:
    ran = up({"liveWriter": named(None, 2)}, {"blue": stopped("blue", 2)}, "blue")
    values = {r.inputs["type"]: r.inputs["records"] for r in ran.of_type(RECORD)}
    assert values == {"CNAME": ["blue.eks.amazonaws.com"], "TXT": ["eks-blue"]}
    assert ran.exports["activeColour"] == "blue"
    assert ran.exports["liveWriter"] == named("blue", 3)
    assert ran.exports["api"] == {
        "endpoint": "https://api.devinfra.info",
        "cname": "blue.eks.amazonaws.com",
        "txt": "eks-blue",
    }


def test_the_records_are_made_in_the_api_zone() -> None:
    ran = up({"liveWriter": named(None, 2)}, {"blue": stopped("blue", 2)}, "blue")
    zone = ran.only("aws:route53/zone:Zone", "zones-api")
    assert all(record.waits_for(zone) for record in ran.of_type(RECORD))


def test_the_writer_is_named_only_once_the_records_are_written() -> None:
    """In a preview the new records have no ids, so what waits for them has no value."""
    ran = up({"liveWriter": named(None, 2)}, {"blue": stopped("blue", 2)}, "blue", preview=True)
    for key in ("liveWriter", "activeColour", "api"):
        assert isinstance(ran.exports[key], Unknown)


def test_a_writer_that_may_still_run_is_refused_before_anything_is_registered() -> None:
    blue = {"cluster": cluster("blue"), "liveWriters": {"running": True, "term": 1}}
    seen: list[str] = []

    def look(_: State) -> State:
        seen.append("invoked")
        return {"names": []}

    calls = {"aws:index/getAvailabilityZones:getAvailabilityZones": look}
    with pytest.raises(pulumi.RunError, match="green cannot be the active colour yet: blue may"):
        up(
            {"liveWriter": named("blue", 1)},
            {"blue": blue, "green": stopped("green")},
            "green",
            calls=calls,
        )
    assert seen == []


WEB = "web.devinfra.fr"


def test_a_canary_takes_its_names_from_the_active_colour() -> None:
    own, both = (
        {"liveWriter": named("blue", 3)},
        {"blue": stopped("blue"), "green": stopped("green")},
    )
    taken = up(own, both, "blue", canary={"names": [WEB]}).exports["liveWriter"]
    assert taken == named("blue", 4, "blue", canary={"names": [WEB]})
    with pytest.raises(pulumi.RunError, match=f"green cannot write {WEB} yet: blue may"):
        up(own, both, "blue", canary={"colour": "green", "names": [WEB]})


def test_a_canary_is_given_its_names_once_the_active_colour_writes_them_no_more() -> None:
    own = {"liveWriter": named("blue", 4, "blue", canary={"names": [WEB]})}
    report = {"running": True, "term": 4, "names": f"every name but {WEB}"}
    blue = {"cluster": cluster("blue"), "liveWriters": report}
    canary = {"colour": "green", "names": [WEB]}
    ran = up(own, {"blue": blue, "green": stopped("green")}, "blue", canary=canary)
    assert ran.exports["liveWriter"] == named("blue", 5, canary=canary)
    assert ran.exports["activeColour"] == "blue"


def test_a_canarys_colour_without_a_cluster_is_refused() -> None:
    both = {"blue": stopped("blue"), "green": {}}
    with pytest.raises(pulumi.RunError, match=r"stack green has no output cluster.*up -s green"):
        up({"liveWriter": named(None, 1)}, both, canary={"colour": "green", "names": [WEB]})


def test_an_active_colour_without_a_cluster_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match=r"stack blue has no output cluster.*up -s blue"):
        up({"liveWriter": named(None, 1)}, {"blue": {}}, "blue")


def test_the_kubeconfig_has_a_context_for_each_human_role() -> None:
    roles = SETTINGS["humanRoles"] | {"awsProfile": "ops"}
    ran = up({"liveWriter": named(None, 1)}, {"green": stopped("green")}, humanRoles=roles)
    assert ran.exports["awsProfile"] == "ops"
    config = Kubeconfig.model_validate(ran.exports["kubeconfig"])
    for kind in ("admin", "readwrite", "readonly"):
        (user,) = config.using(f"eks-{kind}").users
        role = ran.exports["humanRoles"][kind]
        assert user.user.exec.args == ("token", "-i", "eks.devinfra.info", "-r", role)
        assert user.user.exec.env == (Variable(name="AWS_PROFILE", value="ops"),)


def test_a_listed_colour_that_was_destroyed_is_not_exported() -> None:
    ran = up({"liveWriter": named(None, 1)}, {"blue": {}, "green": stopped("green")})
    assert ran.exports["colours"] == ["green"]


def test_existing_roles_are_exported_and_none_is_made() -> None:
    existing = {"admin": "ops", "readwrite": "lead", "readonly": ARN}
    calls: dict[str, Plain] = {
        "aws:iam/getRole:getRole": lambda asked: {"arn": f"arn:aws:iam::1:role/x/{asked['name']}"}
    }
    ran = up(calls=calls, humanRoles={"existing": existing})
    assert ran.exports["humanRoles"] == {
        "admin": "arn:aws:iam::1:role/x/ops",
        "readwrite": "arn:aws:iam::1:role/x/lead",
        "readonly": ARN,
    }
    assert ran.of_type("aws:iam/role:Role") == []
    assert ran.of_type("aws:iam/rolePolicy:RolePolicy") == []


def test_a_role_of_the_account_is_looked_up_by_its_arn_too() -> None:
    calls: dict[str, Plain] = {
        "aws:index/getCallerIdentity:getCallerIdentity": lambda _: {"accountId": "1" * 12},
        "aws:iam/getRole:getRole": lambda asked: {
            "arn": f"arn:aws:iam::{'1' * 12}:role/teams/{asked['name']}"
        },
    }
    given = f"arn:aws:iam::{'1' * 12}:role/"
    existing = {"admin": "ops", "readwrite": f"{given}teams/lead", "readonly": ARN}
    ran = up(calls=calls, humanRoles={"existing": existing})
    assert ran.exports["humanRoles"]["readwrite"] == f"{given}teams/lead"
    existing = {**existing, "readwrite": f"{given}lead"}
    says = rf"existing\.readwrite: the account has no role {given}lead;.* is {given}teams/lead"
    with pytest.raises(Exception, match=says):
        up(calls=calls, humanRoles={"existing": existing})


@pytest.mark.parametrize("answer", ["missing", "same"])
def test_unfit_existing_roles_end_the_run_before_anything_is_made(answer: str) -> None:
    def role(asked: State) -> State:
        if answer == "missing":
            raise RuntimeError(f"no role {asked['name']}")
        return {"arn": ARN}

    made: list[str] = []

    def zones(_: State) -> State:
        made.append("network")
        return {"names": []}

    calls: dict[str, Plain] = {
        "aws:iam/getRole:getRole": role,
        "aws:index/getAvailabilityZones:getAvailabilityZones": zones,
    }
    existing = {"admin": "ops", "readwrite": "lead", "readonly": ARN}
    with pytest.raises(Exception, match=r"no role (ops|lead)|are one role"):
        up(calls=calls, humanRoles={"existing": existing})
    assert made == []


@pytest.mark.parametrize("unfit", [True, False])
def test_a_zone_where_eks_makes_no_cluster_ends_the_run_before_anything_is_made(
    unfit: bool,
) -> None:
    names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    asked: list[State] = []

    def zones(given: State) -> State:
        asked.append(given)
        return {"names": names, "zoneIds": ["use1-az1", "use1-az3" if unfit else "x", "use1-az2"]}

    calls: dict[str, Plain] = {"aws:index/getAvailabilityZones:getAvailabilityZones": zones}
    wanted = {"availabilityZones": names}
    if unfit:
        with pytest.raises(pulumi.RunError, match="no cluster in eu-west-1b, which is zone use1"):
            up(calls=calls, network=wanted)
    else:
        subnets = up(calls=calls, network=wanted).of_type("aws:ec2/subnet:Subnet")
        assert {it.inputs["availabilityZone"] for it in subnets} == set(names)
    assert len(asked) == 1


def test_the_kubeconfig_trusts_every_colour_that_stands() -> None:
    def trusted(colours: State) -> str:
        stable = up({"liveWriter": named(None, 1)}, colours).exports["kubeconfig"]
        data = stable["clusters"][0]["cluster"]["certificate-authority-data"]
        return base64.b64decode(data).decode()

    green, blue = stopped("green"), stopped("blue")
    assert trusted({"green": green, "blue": blue}) == "blue\ngreen\n"
    assert trusted({"green": green, "blue": {}}) == "green\n"


def test_an_unfit_existing_network_ends_the_run_before_anything_is_made() -> None:
    ids = [f"subnet-0000000{number}" for number in range(6)]
    existing = {
        "vpcId": "vpc-00000001",
        "publicSubnetIds": ids[:3],
        "privateSubnetIds": ids[3:],
    }
    made: list[str] = []

    def account(_: State) -> State:
        made.append("roles")
        return {"accountId": "111111111111"}

    calls: dict[str, Plain] = {
        "aws:ec2/getVpc:getVpc": {
            "id": "vpc-00000001",
            "cidrBlock": "10.0.0.0/16",
            "enableDnsSupport": False,
        },
        "aws:ec2/getSubnet:getSubnet": lambda inputs: {"id": inputs["id"], "vpcId": "vpc-2"},
        "aws:index/getCallerIdentity:getCallerIdentity": account,
    }
    with pytest.raises(pulumi.RunError, match=r"network\.existing cannot be used"):
        up(calls=calls, network={"existing": existing})
    assert made == []


def test_the_dashboard_of_the_pair_is_made_if_it_is_asked_for() -> None:
    kind = "aws:cloudwatch/dashboard:Dashboard"
    assert up().of_type(kind) == []
    body = up(dashboard=True).only(kind).inputs["dashboardBody"]
    assert "eks-blue" in body
    assert "eks-green" in body
    assert '"devinfra.fr"' in body
    assert '"devinfra.info"' in body
    # Route 53 counts no queries of private zones.
    assert "devinfra.local" not in body
