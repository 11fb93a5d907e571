"""A destroy through the Automation API: always the same one, and none of an empty stack."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest

from bluegreen.world import locks
from bluegreen.world.content import has_marker
from bluegreen.world.stacks import Stacks

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
STACK = {
    "urn": "urn:pulumi:blue::eks-platform::pulumi:pulumi:Stack::it",
    "type": "pulumi:pulumi:Stack",
}
ROLE = {
    "urn": "urn:pulumi:blue::eks-platform::aws:iam/role:Role::node",
    "type": "aws:iam/role:Role",
}

MARKER = (
    "urn:pulumi:blue::eks-platform::eks-platform:addons:PlatformAddons$"
    "eks-platform:teardownMarker:TeardownMarker$kubernetes:core/v1:ConfigMap::teardown"
)


class Workspace:
    """Stands in for the workspace of the Automation API and for its stack."""

    def __init__(self, *resources: Mapping[str, object]) -> None:
        self.resources = resources
        self.destroyed: list[object] = []

    @property
    def pulumi_command(self) -> "Workspace":
        return self

    work_dir = "."
    env_vars: ClassVar[dict[str, str]] = {}

    def run(self, words: list[str], *_: object) -> SimpleNamespace:
        assert words[:2] == ["stack", "export"]
        return SimpleNamespace(stdout=json.dumps({"deployment": {"resources": self.resources}}))

    def destroy(self, *, run_program: bool, **_: object) -> None:
        self.destroyed.append(run_program)


def stacks(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    monkeypatch.setattr("bluegreen.world.stacks.Workspace", lambda **_: workspace)
    monkeypatch.setattr("bluegreen.world.stacks.NamedStack", lambda *_: workspace)
    monkeypatch.setattr(locks, "held", lambda *_: ())
    monkeypatch.setattr(Stacks, "_backend_url", "file:///nowhere")
    return Stacks(Path())


def test_what_is_left_is_destroyed_with_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace(STACK, ROLE)
    stacks(workspace, monkeypatch).destroy("blue", lambda _: None)
    assert workspace.destroyed == [True]


def test_versions_of_add_ons_are_read_from_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = "eks-platform:installation:Installation"
    urn = f"urn:pulumi:blue::eks-platform::eks-platform:addons:PlatformAddons${kind}::"
    done = {"urn": f"{urn}cilium", "type": kind, "outputs": {"version": "1.18.4"}}
    begun = {"urn": f"{urn}linkerd", "type": kind}
    content = stacks(Workspace(STACK, done, begun), monkeypatch).read("blue")
    assert content.addons == {"cilium": "1.18.4", "linkerd": "interrupted"}


def test_an_empty_stack_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace()
    stacks(workspace, monkeypatch).destroy("blue", lambda _: None)
    assert workspace.destroyed == []


def test_outputs_of_what_has_gone_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    outputs = {
        "contractVersion": "1.0",
        "cluster": UNKNOWN,
        "kubeconfig": {**hidden, "plaintext": f'"{UNKNOWN}"'},
        "nodes": {"roleArn": UNKNOWN},
        "groups": ["a", UNKNOWN],
        "token": {**hidden, "plaintext": '"t"'},
    }
    workspace = Workspace({**STACK, "outputs": outputs})
    found = stacks(workspace, monkeypatch).read("blue").outputs
    assert found == {"contractVersion": "1.0", "token": "t"}


@pytest.mark.parametrize(
    ("urns", "expected"), [((ROLE["urn"], MARKER), True), ((ROLE["urn"],), False), ((), False)]
)
def test_the_marker_is_found_in_the_state(urns: tuple[str, ...], expected: bool) -> None:
    assert has_marker(urns) is expected
