"""A flat program, made of what a stack's state says."""

from pathlib import Path

import pytest

from development.bench.flat import custom, flattened, with_charts_beside

STACK = "urn:pulumi:blue::eks-platform::pulumi:pulumi:Stack::eks-platform-blue"
PROVIDER = "urn:pulumi:blue::eks-platform::a:b:C$pulumi:providers:kubernetes::eks-blue"
DEFAULT = "urn:pulumi:blue::eks-platform::pulumi:providers:aws::default_7_51_1"
ROLE = {
    "urn": "urn:pulumi:blue::eks-platform::a:b:C$aws:iam/role:Role::node",
    "custom": True,
    "id": "node",
    "type": "aws:iam/role:Role",
    "parent": STACK,
    "dependencies": [STACK],
    "provider": f"{PROVIDER}::1234",
    "inputs": {"name": "node"},
}


def test_a_resource_loses_its_parents_and_keeps_what_it_is() -> None:
    found = flattened(ROLE)
    assert found["urn"] == "urn:pulumi:flat::flat::aws:iam/role:Role::node"
    assert found["provider"] == (
        "urn:pulumi:flat::flat::pulumi:providers:kubernetes::eks-blue::1234"
    )
    assert "dependencies" not in found
    assert found["inputs"] == {"name": "node"}


def test_a_provider_of_the_engines_own_has_no_parent() -> None:
    made = {"urn": DEFAULT, "custom": True, "id": "1", "type": "pulumi:providers:aws"}
    assert "parent" not in flattened(made)


def test_components_and_what_is_read_are_no_resources_of_it() -> None:
    component = {"urn": "urn:x", "custom": False, "type": "eks-platform:rbac:Rbac"}
    reference = {"urn": "urn:y", "custom": True, "type": "pulumi:pulumi:StackReference"}
    assert custom([component, reference, ROLE]) == [ROLE]


@pytest.mark.parametrize(
    ("main", "chart"),
    [("", "./charts/a-1.tgz"), ("main: ../checkout", "../state/project/charts/a-1.tgz")],
)
def test_charts_are_found_from_its_own_folder(main: str, chart: str, tmp_path: Path) -> None:
    project = tmp_path / "state" / "project"
    project.mkdir(parents=True)
    main = main.replace("../checkout", str(tmp_path / "checkout"))
    (project / "Pulumi.yaml").write_text(f"name: it\n{main}\n")
    release = {"inputs": {"chart": chart}, "outputs": {"chart": chart, "name": "a"}}
    found = with_charts_beside(project, {"resources": [release]})
    own = "./charts/a-1.tgz"
    assert found == {
        "resources": [{"inputs": {"chart": own}, "outputs": {"chart": own, "name": "a"}}]
    }
