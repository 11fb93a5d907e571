"""A destroy through the Automation API: always the same one, and none of an empty stack."""

import json
from collections.abc import Mapping
from types import SimpleNamespace

import pytest

from bluegreen.world.content import has_marker
from tests.unit.bluegreen.test_stacks import FakeWorkspace

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


class Workspace(FakeWorkspace):
    """Its stack holds resources."""

    def __init__(self, *resources: Mapping[str, object]) -> None:
        super().__init__()
        self.resources = resources
        self.destroyed: list[object] = []

    def run(self, words: list[str], *_: object) -> SimpleNamespace:
        assert words[:2] == ["stack", "export"]
        return SimpleNamespace(stdout=json.dumps({"deployment": {"resources": self.resources}}))

    def destroy(self, *, run_program: bool, **_: object) -> None:
        self.destroyed.append(run_program)


def test_what_is_left_is_destroyed_with_the_program() -> None:
    workspace = Workspace(STACK, ROLE)
    workspace.stacks().destroy("blue", lambda _: None)
    assert workspace.destroyed == [True]


def test_versions_of_add_ons_are_read_from_the_state() -> None:
    kind = "eks-platform:installation:Installation"
    urn = f"urn:pulumi:blue::eks-platform::eks-platform:addons:PlatformAddons${kind}::"
    done = {"urn": f"{urn}cilium", "type": kind, "outputs": {"version": "1.18.4"}}
    begun = {"urn": f"{urn}linkerd", "type": kind}
    content = Workspace(STACK, done, begun).stacks().read("blue")
    assert content.addons == {"cilium": "1.18.4", "linkerd": "interrupted"}


def test_an_empty_stack_is_left_alone() -> None:
    workspace = Workspace()
    workspace.stacks().destroy("blue", lambda _: None)
    assert workspace.destroyed == []


def test_outputs_of_what_has_gone_are_none() -> None:
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
    found = workspace.stacks().read("blue").outputs
    assert found == {"contractVersion": "1.0", "token": "t"}


@pytest.mark.parametrize(
    ("urns", "expected"), [((ROLE["urn"], MARKER), True), ((ROLE["urn"],), False), ((), False)]
)
def test_the_marker_is_found_in_the_state(urns: tuple[str, ...], expected: bool) -> None:
    assert has_marker(urns) is expected
