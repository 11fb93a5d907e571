"""`bluegreen init`: answers in, three stack files out that the settings accept."""

import json
import shlex
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

import settings
from bluegreen import cli, init_command
from bluegreen.errors import Exit
from settings import SharedSettings
from settings.human_roles import ExistingHumanRoles, OwnHumanRoles
from tests.unit.documentation.commands import ROOT, in_section

FILES = ("Pulumi.yaml", "Pulumi.shared.yaml", "Pulumi.blue.yaml", "Pulumi.green.yaml")
EXAMPLES = ("devinfra", "etf1", "123456789012")
ALL = [
    "--account=210987654321",
    "--region=us-east-2",
    "--public-zone=acme.example",
    "--private-zone=acme.internal",
    "--api-zone=acme-api.example",
]
ROLES = ["--admin-role=Ops", "--readwrite-role=Leads", "--readonly-role=Devs"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files as they are shipped."""
    for name in FILES:
        (tmp_path / name).write_text((ROOT / name).read_text())
    return tmp_path


def init(project: Path, *options: str, answers: str = "") -> Result:
    return CliRunner().invoke(cli.app, ["init", "-C", str(project), *options], input=answers)


def shared(project: Path) -> SharedSettings:
    content = yaml.safe_load((project / "Pulumi.shared.yaml").read_text())["config"]
    return settings.load_shared(
        {key: it if isinstance(it, str) else json.dumps(it) for key, it in content.items()}
    )


def test_nothing_of_the_shipped_files_is_left_to_replace(project: Path) -> None:
    ran = init(project, *ALL, "--create-zone=private", "--create-zone=api")
    assert ran.exit_code == 0, ran.output
    for name in FILES:
        text = (project / name).read_text()
        assert not any(example in text for example in EXAMPLES)
        assert "us-east-2" in text or name == "Pulumi.yaml"
    loaded = shared(project)
    assert loaded.zones.public.name == "acme.example"
    assert [it.create for it in (loaded.zones.public, loaded.zones.private, loaded.zones.api)] == [
        False, True, True,
    ]  # fmt: skip
    assert isinstance(loaded.human_roles, OwnHumanRoles)
    assert loaded.human_roles.trusted_account_ids == ("210987654321",)
    assert "acme-api.example: delegate" in ran.output


def test_the_rest_of_a_colour_stays(project: Path) -> None:
    before = (project / "Pulumi.green.yaml").read_text()
    assert init(project, *ALL).exit_code == 0
    assert (project / "Pulumi.green.yaml").read_text() == before.replace("eu-west-1", "us-east-2")


def test_people_may_have_roles_and_other_accounts(project: Path) -> None:
    assert init(project, *ALL, *ROLES).exit_code == 0
    roles = shared(project).human_roles
    assert isinstance(roles, ExistingHumanRoles)
    assert roles.existing.readonly == "Devs"
    trusted = ("--trust=111111111111", "--trust=222222222222")
    assert init(project, *ALL, *trusted).exit_code == 0
    people = shared(project).human_roles
    assert isinstance(people, OwnHumanRoles)
    assert people.trusted_account_ids == ("111111111111", "222222222222")


def test_without_a_terminal_all_that_is_missing_is_named_at_once(project: Path) -> None:
    ran = init(project, "--region=us-east-2", "--api-zone=a.example", "--admin-role=Ops")
    assert ran.exit_code == Exit.FAILED
    missing = "--account, --public-zone, --private-zone, --readwrite-role, --readonly-role"
    assert f"give {missing}" in ran.output


def test_all_mistakes_are_said_at_once_and_nothing_is_written(project: Path) -> None:
    before = {name: (project / name).read_text() for name in FILES}
    wrong = ["--account=12", "--region=eu-wst-1", "--public-zone=Acme.example"]
    ran = init(project, *wrong, *ALL[3:], "--cidr=8.8.8.0/20")
    assert ran.exit_code == Exit.REFUSED
    for told in ('"12"', "did you mean eu-west-1?", "zones.public.name", "network.cidr"):
        assert ran.output.count(told) == 1
    assert {name: (project / name).read_text() for name in FILES} == before


@pytest.mark.parametrize(
    "standing", ["eks-platform:colours: [blue]", "eks-platform:activeColour: blue"]
)
def test_a_platform_that_stands_is_not_overwritten_by_accident(
    project: Path, standing: str
) -> None:
    file = project / "Pulumi.shared.yaml"
    file.write_text(f"config:\n  {standing}\nencryptionsalt: v1:abc\n")
    ran = init(project, *ALL)
    assert ran.exit_code == Exit.REFUSED
    assert "--force" in ran.output
    assert init(project, *ALL, "--force").exit_code == 0
    assert yaml.safe_load(file.read_text())["encryptionsalt"] == "v1:abc"


def test_a_missing_file_of_a_colour_is_named(project: Path) -> None:
    (project / "Pulumi.green.yaml").unlink()
    ran = init(project, *ALL)
    assert ran.exit_code == Exit.FAILED
    assert "git checkout Pulumi.green.yaml" in ran.output


def test_a_kind_of_zone_that_is_none_is_refused(project: Path) -> None:
    ran = init(project, *ALL, "--create-zone=publik")
    assert ran.exit_code != 0
    assert "publik" in ran.output


def test_on_a_terminal_it_asks_again_until_an_answer_is_right(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(init_command, "_is_terminal", lambda: True)
    answers = [
        "eu-wst-1", "eu-west-3", "210987654321", "acme.example", "y",
        "acme.internal", "n", "acme-api.example", "n", "210987654321, 222222222222",
    ]  # fmt: skip
    ran = init(project, answers="\n".join(answers) + "\n")
    assert ran.exit_code == 0, ran.output
    assert "Expected an AWS region with EKS" in ran.output
    loaded = shared(project)
    assert loaded.region == "eu-west-3"
    assert [it.create for it in (loaded.zones.public, loaded.zones.private, loaded.zones.api)] == [
        False, True, True,
    ]  # fmt: skip
    assert isinstance(loaded.human_roles, OwnHumanRoles)
    assert loaded.human_roles.trusted_account_ids == ("210987654321", "222222222222")


def test_the_documented_commands_write_files(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, given = in_section("docs/aws.md", "5. Say what is yours")
    assert init(project, *shlex.split(given)[2:]).exit_code == 0
    monkeypatch.setattr(init_command, "_is_terminal", lambda: True)
    assert shlex.split(asked) == ["bluegreen", "init"]
    answers = [
        "eu-west-3",
        "210987654321",
        "a.example",
        "y",
        "b.example",
        "y",
        "c.example",
        "y",
        "",
    ]
    assert init(project, answers="\n".join(answers) + "\n").exit_code == 0


@pytest.mark.parametrize("zone", ["null.no", "on.off", "1e3.x1e", "a.b-c.example"])
def test_every_name_stays_a_text(project: Path, zone: str) -> None:
    assert init(project, *ALL[:2], f"--public-zone={zone}", *ALL[3:]).exit_code == 0
    assert shared(project).zones.public.name == zone
