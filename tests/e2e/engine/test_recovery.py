"""A small program whose engine is killed at a call of AWS, before or after it is done."""

import http
import logging
import threading
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from bluegreen.errors import OperatorError
from bluegreen.recovery import state
from bluegreen.recovery.recovery import Recovered, Recovery
from bluegreen.world.aws import Aws
from bluegreen.world.kube import ApiServerClient
from bluegreen.world.stacks import LockedError, StackError, Stacks
from localcloud.faults import Fault
from localcloud.server.faults import Faults, FaultyAws
from tests.e2e.project import Project, create

REGION = "eu-west-1"
PROGRAM = """
import pulumi
import pulumi_aws as aws
import pulumi_tls as tls

TAGS = {"Project": "eks-platform", "Stack": "dev"}


class Group(pulumi.ComponentResource):
    def __init__(self) -> None:
        super().__init__("eks-platform:group:Group", "group")
        options = pulumi.ResourceOptions(parent=self)
        key = tls.PrivateKey("key", algorithm="ECDSA", ecdsa_curve="P256", opts=options)
        vpc = aws.ec2.Vpc(
            "vpc",
            cidr_block="10.0.0.0/16",
            enable_dns_hostnames=True,
            tags={"Name": "vpc", **TAGS},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[key]),
        )
        role = aws.iam.Role(
            "role",
            name="it",
            assume_role_policy='{"Version": "2012-10-17", "Statement": []}',
            tags={"Name": "it", **TAGS},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[vpc], protect=True),
        )
        self.register_outputs({"role": role.arn})


Group()
"""


@dataclass
class World:
    """A moto server that can be told to kill, and a project that uses it."""

    project: Project
    faults: Faults
    stacks: Stacks

    def killed_at(self, service: str, action: str, when: str) -> None:
        """Runs an update that is killed."""
        asked = {"service": service, "action": action, "when": when, "count": 1}
        self.faults.add([Fault.model_validate({**asked, "kind": "kill", "victim": "parent"})])
        self.project.pulumi("up", "--yes", "--skip-preview", code=-9)

    def free(self) -> None:
        """Removes the lock of the engine that is gone."""
        self.project.pulumi("cancel", "--yes")

    def recover(self) -> Recovered:
        return Recovery(self.stacks, Aws(REGION), ApiServerClient).settle("dev", lambda _: None)

    @property
    def pending(self) -> tuple[str, ...]:
        return self.stacks.read("dev").state.pending

    def complete(self) -> None:
        """One more update, after which nothing is left to do, and everything is there once."""
        self.project.pulumi("up", "--yes", "--skip-preview")
        self.project.pulumi("preview", "--expect-no-changes")
        self.project.pulumi("refresh", "--preview-only", "--expect-no-changes")
        found = self.project.state()
        assert set(found) >= {"group", "key", "vpc", "role"}
        assert found["role"]["parent"] == found["vpc"]["parent"] == found["group"]["urn"]
        assert found["role"]["protect"]
        vpcs = boto3.client("ec2", region_name=REGION).describe_vpcs(
            Filters=[{"Name": "is-default", "Values": ["false"]}]
        )["Vpcs"]
        assert [it["VpcId"] for it in vpcs] == [found["vpc"]["id"]]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[World]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    faults = Faults()
    moto = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, FaultyAws(moto, faults), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    for key, value in {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(key, value)
    for key in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(key, raising=False)
    with urllib.request.urlopen(  # noqa: S310 - on loopback
        urllib.request.Request(f"{url}/moto-api/reset", method="POST")  # noqa: S310
    ) as answer:
        assert answer.status == http.HTTPStatus.OK
    project = create(tmp_path, PROGRAM)
    for key in ("PATH", "PULUMI_HOME", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"):
        monkeypatch.setenv(key, project.environment[key])
    yield World(project, faults, Stacks(project.folder))
    server.shutdown()


@pytest.mark.parametrize(
    ("service", "action"), [("ec2", "CreateVpc"), ("iam", "CreateRole")], ids=["tagged", "named"]
)
def test_what_was_made_is_adopted_and_the_update_goes_on(
    world: World, service: str, action: str
) -> None:
    world.killed_at(service, action, "after")
    world.free()
    assert len(world.recover().adopted) == 1
    world.complete()


def test_what_was_not_made_is_forgotten_and_the_update_goes_on(world: World) -> None:
    world.killed_at("iam", "CreateRole", "before")
    world.free()
    assert world.recover().cleared == ("aws:iam/role:Role role",)
    world.complete()


def test_the_lock_is_asked_for_and_nothing_changes(world: World) -> None:
    world.killed_at("iam", "CreateRole", "after")
    before = world.stacks.deployment_in_clear("dev")
    root = state.stack_urn(before)
    with pytest.raises(LockedError):
        world.stacks.refuse_if_held("dev", root)
    world.free()
    world.stacks.refuse_if_held("dev", root)
    assert world.stacks.deployment_in_clear("dev") == before
    assert world.pending == ("creating role",)


def test_where_the_world_does_not_answer_the_next_run_reads_what_was_adopted(world: World) -> None:
    world.killed_at("ec2", "CreateVpc", "after")
    world.free()
    deny = {"service": "ec2", "action": "DescribeVpcs", "kind": "deny", "count": 1}
    world.faults.add([Fault.model_validate(deny)])
    with pytest.raises(StackError):
        world.recover()
    assert world.pending == ("reading vpc",)
    assert world.recover().looked_at == ("aws:ec2/vpc:Vpc vpc",)
    assert world.pending == ()
    world.complete()


@pytest.mark.parametrize("again", [True, False], ids=["recover", "plain-up"])
def test_a_recovery_that_ends_before_it_reads_can_be_run_again_or_followed_by_an_update(
    world: World, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    world.killed_at("iam", "CreateRole", "after")
    world.free()
    with monkeypatch.context() as patched:
        patched.setattr(world.stacks, "refresh", _die)
        with pytest.raises(KeyboardInterrupt):
            world.recover()
    assert world.pending == ("reading role",)
    assert "arn" not in world.project.state()["role"]["outputs"]
    if again:
        assert world.recover().looked_at == ("aws:iam/role:Role role",)
    world.complete()
    assert "arn" in world.project.state()["role"]["outputs"]
    assert world.pending == ()


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_was_made_by_halves_is_completed(world: World) -> None:
    world.killed_at("ec2", "ModifyVpcAttribute", "before")
    world.free()
    assert len(world.recover().adopted) == 1
    world.complete()
    (vpc,) = (it for it in world.project.state().values() if it["type"] == "aws:ec2/vpc:Vpc")
    assert vpc["outputs"]["enableDnsHostnames"] is True


def test_a_namesake_stays_as_it_is(world: World) -> None:
    iam = boto3.client("iam", region_name=REGION)
    iam.create_role(RoleName="it", AssumeRolePolicyDocument="{}")
    world.killed_at("iam", "CreateRole", "before")
    world.free()
    with pytest.raises(OperatorError, match="IAM role it exists, but nothing says"):
        world.recover()
    assert iam.get_role(RoleName="it")["Role"].get("Tags", []) == []
    iam.delete_role(RoleName="it")
    world.recover()
    world.complete()


def test_without_it_the_engine_makes_a_second_one(world: World) -> None:
    """The reason for all of this."""
    world.killed_at("ec2", "CreateVpc", "after")
    world.free()
    world.project.pulumi("up", "--yes", "--skip-preview")
    vpcs = boto3.client("ec2", region_name=REGION).describe_vpcs(
        Filters=[{"Name": "is-default", "Values": ["false"]}]
    )["Vpcs"]
    assert len(vpcs) == 2
