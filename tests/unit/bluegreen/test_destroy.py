"""A destroy runs the program only as long as its teardown hook is to run."""

import pytest
from pulumi import automation

from bluegreen.world import stacks

MARKER = (
    "urn:pulumi:blue::eks-platform::eks-platform:addons:PlatformAddons$"
    "eks-platform:teardownMarker:TeardownMarker$kubernetes:core/v1:ConfigMap::teardown"
)
OTHER = "urn:pulumi:blue::eks-platform::aws:iam/role:Role::node"


@pytest.mark.parametrize(
    ("urns", "expected"), [((OTHER, MARKER), True), ((OTHER,), False), ((), False)]
)
def test_the_marker_is_found_in_the_state(urns: tuple[str, ...], expected: bool) -> None:
    exported = automation.Deployment(
        version=3, deployment={"resources": [{"urn": urn} for urn in urns]}
    )
    assert stacks._has_marker(exported) is expected


def test_an_empty_state_has_no_marker() -> None:
    assert stacks._has_marker(automation.Deployment(version=3, deployment={})) is False
