"""Small programs on the real engine, through the language host and the tls stand-in."""

import json
from pathlib import Path

import pytest

from tests.e2e.project import Project, create

PROGRAM = """
import pathlib

import pulumi
import pulumi_tls as tls

log = pathlib.Path(__file__).with_name("hooks.txt")


def note(args: pulumi.ResourceHookArgs) -> None:
    with log.open("a") as file:
        print(args.name, (args.old_outputs or {}).get("algorithm"), file=file)
    if pathlib.Path(__file__).with_name("refuse").exists():
        raise ValueError("a load balancer still stands")


def made(args: pulumi.ResourceHookArgs) -> None:
    with log.with_name("made.txt").open("a") as file:
        print(args.name, args.new_inputs["algorithm"], file=file)


hook = pulumi.ResourceHook("note", note)
before = pulumi.ResourceHook("made", made)
key = tls.PrivateKey(
    "key",
    algorithm="ECDSA",
    ecdsa_curve="P256",
    opts=pulumi.ResourceOptions(
        hooks=pulumi.ResourceHookBinding(before_create=[before], before_delete=[hook])
    ),
)
certificate = tls.SelfSignedCert(
    "certificate",
    private_key_pem=key.private_key_pem,
    subject={"common_name": "webhook"},
    validity_period_hours=24,
    allowed_uses=["server_auth"],
)
pulumi.export("certificate", certificate.cert_pem)
pulumi.export("key", key.private_key_pem)
"""


def noted(project: Project, name: str = "hooks.txt") -> list[str]:
    """What a hook was called for."""
    file = project.folder / name
    return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return create(tmp_path, PROGRAM)


def test_keys_and_certificates_are_made_once(project: Project) -> None:
    project.pulumi("preview")
    project.pulumi("up", "--yes")
    certificate = project.pulumi("stack", "output", "certificate")
    assert "BEGIN CERTIFICATE" in certificate
    project.pulumi("up", "--yes", "--expect-no-changes")
    project.pulumi("refresh", "--yes", "--expect-no-changes")
    assert project.pulumi("stack", "output", "certificate") == certificate
    resources = project.state()
    assert "PRIVATE KEY" not in json.dumps(resources)
    assert "[secret]" in project.pulumi("stack", "output", "key")
    project.write(PROGRAM.replace("P256", "P384"))
    project.pulumi("up", "--yes")
    assert project.pulumi("stack", "output", "certificate") != certificate
    assert noted(project) == ["key ECDSA"]


def test_hooks_run_when_a_destroy_runs_the_program(project: Project) -> None:
    project.pulumi("up", "--yes")
    assert noted(project) == []
    (project.folder / "refuse").touch()
    said = project.pulumi("destroy", "--yes", "--run-program", code=1)
    assert "a load balancer still stands" in said
    assert "key" in project.state()
    (project.folder / "refuse").unlink()
    project.pulumi("destroy", "--yes", "--run-program")
    assert noted(project) == ["key ECDSA", "key ECDSA"]
    assert "key" not in project.state()


def test_hooks_before_a_creation_run_in_a_plain_up_and_not_in_a_preview(project: Project) -> None:
    project.pulumi("preview")
    assert noted(project, "made.txt") == []
    project.pulumi("up", "--yes")
    project.pulumi("up", "--yes", "--expect-no-changes")
    assert noted(project, "made.txt") == ["key ECDSA"]


def test_a_mistake_is_refused_before_anything_is_made(project: Project) -> None:
    project.write(PROGRAM.replace('"P256"', '"P-256"'))
    said = project.pulumi("up", "--yes", code=1)
    assert "'P-256' is none of P224, P256, P384, P521" in said
    assert "key" not in project.state()


def test_a_program_elsewhere_knows_the_folder_of_its_project(tmp_path: Path) -> None:
    says = "import os, pulumi\npulumi.export('at', [pulumi.get_root_directory(), os.getcwd()])\n"
    project = create(tmp_path, says)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (project.folder / "__main__.py").rename(elsewhere / "__main__.py")
    named = f"name: small\nruntime: python\nmain: {elsewhere}\n"
    (project.folder / "Pulumi.yaml").write_text(named)
    project.pulumi("up", "--yes")
    at = json.loads(project.pulumi("stack", "output", "at", "--json"))
    assert at == [str(project.folder), str(elsewhere)]
