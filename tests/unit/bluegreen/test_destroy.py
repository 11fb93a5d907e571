"""A destroy runs the program only as long as its teardown hook is to run."""

import pytest

from bluegreen.world.stacks import has_marker

MARKER = (
    "urn:pulumi:blue::eks-platform::eks-platform:addons:PlatformAddons$"
    "eks-platform:teardownMarker:TeardownMarker$kubernetes:core/v1:ConfigMap::teardown"
)
OTHER = "urn:pulumi:blue::eks-platform::aws:iam/role:Role::node"


@pytest.mark.parametrize(
    ("urns", "expected"), [((OTHER, MARKER), True), ((OTHER,), False), ((), False)]
)
def test_the_marker_is_found_in_the_state(urns: tuple[str, ...], expected: bool) -> None:
    assert has_marker(urns) is expected
