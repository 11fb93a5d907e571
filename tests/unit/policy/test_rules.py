"""Each policy on what it lets through, what it refuses, and what it cannot see yet."""

import pytest
from guardrails.rule import Rule
from guardrails.rules import RULES

from tests.unit.policy.case import Case
from tests.unit.policy.cases_aws import CASES as AWS
from tests.unit.policy.cases_kubernetes import CASES as KUBERNETES
from tests.unit.policy.cases_meaning_aws import CASES as MEANING_AWS
from tests.unit.policy.cases_meaning_kubernetes import CASES as MEANING_KUBERNETES
from tests.unit.policy.judge import BY_NAME, judge

CASES = (*AWS, *KUBERNETES, *MEANING_AWS, *MEANING_KUBERNETES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.what}")
def test_a_policy_says_what_is_wrong_and_nothing_else(case: Case) -> None:
    verdict = judge(case.rule, *case.resources)
    assert len(verdict.faults) == len(case.faults), verdict.faults
    for message, part in zip(verdict.faults, case.faults, strict=True):
        assert part in message
        assert message.endswith(BY_NAME[case.rule].remedy)
    assert bool(verdict.unknown) == bool(case.unknown), verdict.unknown
    assert case.unknown in verdict.unknown


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_policy_has_a_case_it_lets_through_and_one_it_refuses(rule: Rule) -> None:
    refused = {bool(case.faults) for case in CASES if case.rule == rule.name}
    assert refused == {True, False}


def test_names_and_sentences_are_whole() -> None:
    assert len(RULES) >= 25
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.says.endswith(".")
        assert rule.reason.endswith(".")
        assert not rule.remedy.endswith(".")
