"""The pack on everything that the program makes."""

from collections.abc import Mapping

from guardrails.rule import Rule
from guardrails.rules import RULES

from stacks.references import SHOWN
from tests.unit.policy.judge import Made, judge, reference
from tests.unit.pulumi_harness import Ran
from tests.unit.stacks import test_colour, test_shared


def _refused(ran: Ran, stack: str, *read: Made) -> list[str]:
    """Everything that mandatory policies say of what a program registered."""
    made = [
        Made(each.type, each.inputs, each.name, stack, each.protect)
        for each in ran.resources
        if not each.read and not each.remote  # the engine shows its children instead
    ]
    said: list[str] = []
    for rule in RULES:
        if rule.level == "mandatory":
            groups = [[each] for each in made] if isinstance(rule, Rule) else [[*read, *made]]
            said += [
                f"{rule.name}: {f}" for group in groups for f in judge(rule.name, *group).faults
            ]
    return said


def _read(stack: str, outputs: Mapping[str, object]) -> Made:
    """What the program lets policies see of another stack."""
    return reference(stack, **{key: outputs[key] for key in SHOWN if key in outputs})


def test_the_shared_stack_keeps_to_every_mandatory_policy() -> None:
    blue = test_shared.stopped("blue")
    ran = test_shared.up(colours={"blue": blue}, active="blue")
    assert _refused(ran, "shared", _read("blue", blue)) == []


def test_a_colour_keeps_to_every_mandatory_policy() -> None:
    ran = test_colour.up(access={"debugNamespaces": ["shop"]})
    assert _refused(ran, "blue", _read("shared", test_colour.SHARED)) == []


def test_a_colour_with_karpenter_keeps_to_them_too() -> None:
    group = {"capacity": "on-demand", "instanceTypes": ["m7i.large"], "min": 2, "max": 2}
    ran = test_colour.up(nodes={"autoscaler": "karpenter"}, nodeGroups={"base": group})
    made = {it.name for it in ran.resources if it.type == "kubernetes:helm.sh/v3:Release"}
    assert {"karpenter", "karpenter-crd"} <= made
    assert _refused(ran, "blue", _read("shared", test_colour.SHARED)) == []


def test_a_colour_with_keda_keeps_to_them_too() -> None:
    ran = test_colour.up(
        keda={"queues": ["orders"], "cloudwatch": True},
        monitoring={"prometheus": True},
        isolateNamespaces=True,
    )
    made = {it.name for it in ran.resources if it.type == "kubernetes:helm.sh/v3:Release"}
    assert "keda" in made
    assert _refused(ran, "blue", _read("shared", test_colour.SHARED)) == []
