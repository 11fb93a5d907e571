"""What holds of the add-on of docs/add-an-addon.md once it is there: see `test_toy`.

pytest does not find this file by itself, as there is no such add-on here.
"""

from tests.unit.components.addons.deployed import INSTALLATION, RELEASE, deploy
from tests.unit.settings.stack_files import mistakes


def test_it_is_installed_in_its_place_with_its_role() -> None:
    ran = deploy()
    made = ran.only(RELEASE, "toy")
    assert (made.inputs["chart"], made.inputs["version"]) == ("toy", "1.2.3")
    role = "arn:aws:mock:eu-west-1:123456789012:toy"
    account = made.inputs["values"]["serviceAccount"]
    assert account["annotations"] == {"eks.amazonaws.com/role-arn": role}
    assert made.waits_for(ran.only(RELEASE, "metrics-server"))
    inside = {it.type for it in ran.resources if it.parent == ran.only(INSTALLATION, "toy").urn}
    assert inside == {RELEASE, "eks-platform:workloadRole:WorkloadRole"}


def test_the_stack_file_overrides_its_values_and_knows_their_names() -> None:
    ran = deploy(overrides={"toy": {"replicaCount": 3}})
    assert ran.only(RELEASE, "toy").inputs["values"]["replicaCount"] == 3
    right, wrong = ({"toy": {"values": {key: 3}}} for key in ("replicaCount", "replicaCuont"))
    assert mistakes("blue", {"eks-platform:addons": right}) == []
    (said,) = mistakes("blue", {"eks-platform:addons": wrong})
    assert said == (
        "Pulumi.blue.yaml: eks-platform:addons.toy.values.replicaCuont: found an unknown key,"
        " expected a value that the chart knows; the nearest: replicaCount"
    )


def test_switched_off_nothing_of_it_is_made() -> None:
    assert "toy" not in {it.name for it in deploy(disabled=frozenset({"toy"})).resources}
