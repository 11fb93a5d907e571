"""The pack on the roles of pipelines, which the shared stack makes where its settings say so."""

import pytest

from tests.unit.policy.judge import Plain
from tests.unit.policy.test_program import _refused
from tests.unit.stacks import test_shared


@pytest.mark.parametrize(
    "forge",
    [
        {"github": {"repository": "acme/platform"}},
        {"gitlab": {"project": "acme/platform", "host": "gitlab.example"}},
    ],
    ids=["github", "gitlab"],
)
def test_they_keep_to_every_mandatory_policy(forge: Plain) -> None:
    policies = ["arn:aws:iam::111111111111:policy/up"]
    ran = test_shared.up(ci={**forge, "stateBucket": "acme-state", "upPolicies": policies})
    assert [it for it in ran.resources if it.type == "aws:iam/role:Role" and "ci" in it.name]
    assert _refused(ran, "shared") == []
