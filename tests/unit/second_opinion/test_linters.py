"""The linters find what is bad, and their failures are no praise."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from development.second_opinion import (
    checkov,
    examples,
    gitlab,
    manifests,
    policies,
    program,
    workflows,
)
from development.second_opinion.__main__ import ROOT
from development.second_opinion.exceptions import judge, read
from development.second_opinion.finding import Finding, LinterError
from development.second_opinion.program import Policy

WORKFLOW = """\
name: up
on: push
permissions: {}
jobs:
  up:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v6
"""


def policy(*statements: Mapping[str, object], trust: bool = False) -> Policy:
    return Policy(
        where="rolePolicy mine policy",
        document={"Version": "2012-10-17", "Statement": list(statements)},
        trust=trust,
        identity=not trust,
    )


def allow(action: str, resource: str) -> dict[str, object]:
    return {"Effect": "Allow", "Action": [action], "Resource": [resource]}


def test_a_workflow_is_judged_with_the_place(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "up.yml").write_text(WORKFLOW)
    found = {(it.rule, it.where) for it in workflows.findings(tmp_path)}
    place = ".github/workflows/up.yml jobs.up.steps.0"
    assert ("unpinned-uses", f"{place}.uses") in found
    assert "artipacked" in {rule for rule, _ in found}
    assert all("planted" not in where for _, where in found)


def test_zizmor_that_cannot_run_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "up.yml").write_text("jobs: [")
    with pytest.raises(LinterError, match="zizmor failed"):
        workflows.findings(tmp_path)


@pytest.mark.parametrize(
    ("statement", "tool", "rule"),
    [
        (allow("iam:CreatePolicyVersion", "*"), "cloudsplaining", "allows_privilege_escalation"),
        (allow("s3:GetObject", "*"), "cloudsplaining", "allows_data_exfiltration_actions"),
        (
            allow("sqs:SendMessage", "arn:aws:sns:eu-west-1:123456789012:a"),
            "parliament",
            "RESOURCE_MISMATCH",
        ),
        (allow("ec2:CreateVolumen", "*"), "parliament", "UNKNOWN_ACTION"),
    ],
    ids=str,
)
def test_a_policy_is_judged_by_both(statement: dict[str, object], tool: str, rule: str) -> None:
    found = policies.findings([policy(statement)])
    assert (tool, rule) in {(it.tool, it.rule) for it in found}, found
    assert all(it.where.startswith("rolePolicy mine policy") for it in found)


def test_a_right_policy_is_fine() -> None:
    assert policies.findings([policy(allow("s3:GetObject", "arn:aws:s3:::mine/*"))]) == []


def test_a_trust_policy_is_judged_without_a_resource_of_its_own() -> None:
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "ec2.amazonaws.com"},
    }
    assert policies.findings([policy(trust, trust=True)]) == []
    wrong = {**trust, "Condition": {"StringEquals": {"ec2:Nothing": "x"}}}
    (found,) = policies.findings([policy(wrong, trust=True)])
    assert found.rule == "UNKNOWN_CONDITION_FOR_ACTION"


def test_every_policy_of_the_program_is_judged() -> None:
    seen = {it.where: it for it in program.policies()}
    assert {
        "role ci-preview assumeRolePolicy",
        "role node assumeRolePolicy",
        "rolePolicy ci-up-blue policy",
        "rolePolicy human-roles-admin policy",
        "rolePolicy cilium policy",
        "queuePolicy aws-node-termination-handler policy",
    } <= set(seen)
    roles = [it for it in program.resources() if it.type == "aws:iam/role:Role"]
    inline = [it for it in program.resources() if it.type == "aws:iam/rolePolicy:RolePolicy"]
    assert {it.where for it in seen.values() if it.trust} == {
        f"role {it.name} assumeRolePolicy" for it in roles
    }
    assert {it.where for it in seen.values() if it.identity} == {
        f"rolePolicy {it.name} policy" for it in inline
    }


def test_every_object_of_the_program_is_judged_as_its_manifest() -> None:
    kinds = [(it["kind"], it["metadata"]["name"]) for it in program.objects()]
    assert ("Deployment", "live-external-dns-public") in kinds
    assert ("DaemonSet", "node-local-dns") in kinds
    users = [
        it["spec"]["template"]["spec"]["securityContext"]["runAsUser"]
        for it in program.objects()
        if it["kind"] == "Deployment" and it["metadata"]["namespace"] == "kube-system"
    ]
    assert [str(it) for it in users] == ["65534"] * 4, "whole numbers, as a manifest has them"


def test_checkov_is_read_with_the_place() -> None:
    check = {
        "check_id": "CKV_K8S_16",
        "check_name": "Container should not be privileged",
        "resource": "Pod.shop.web",
        "evaluations": {},
    }
    output = {"results": {"failed_checks": [check]}, "summary": {"parsing_errors": 0}}
    assert checkov.read(json.dumps(output)) == [
        Finding("checkov", "CKV_K8S_16", "Pod.shop.web", "Container should not be privileged")
    ]


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("", "checkov failed"),
        ('{"passed": 0, "failed": 0}', "checkov failed"),
        (
            '{"results": {"failed_checks": []}, "summary": {"parsing_errors": 2}}',
            "cannot read 2 of the files",
        ),
    ],
)
def test_checkov_that_could_not_read_is_an_error(output: str, said: str) -> None:
    with pytest.raises(LinterError, match=said):
        checkov.read(output, "its own words")


def test_without_checkov_the_way_to_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(LinterError, match="run development/scripts/second-opinion"):
        manifests.findings([], tmp_path / "checkov")


def test_checkov_that_finds_nothing_is_not_believed(tmp_path: Path) -> None:
    idle = tmp_path / "checkov"
    idle.write_text(
        '#!/bin/sh\necho \'{"results": {"failed_checks": []}, "summary": {"parsing_errors": 0}}\'\n'
    )
    idle.chmod(0o755)
    with pytest.raises(LinterError, match="checkov no longer finds CKV_K8S_16, CKV_K8S_19"):
        manifests.findings([], idle)


def test_the_policies_that_are_shown_as_examples_are_judged() -> None:
    shown = {it.where: it for it in examples.policies(ROOT)}
    assert {Path(it).name for it in shown} == {
        "shared.json",
        "colour-cluster.json",
        "colour-nodes.json",
    }
    assert "COLOUR" not in json.dumps([it.document for it in shown.values()])
    left = judge(policies.findings(shown.values()), read()).findings
    assert left == []


PIPELINES = """\
.base:
  script: [make install]
  variables: {A: b}
one:
  before_script:
    - first
    - !reference [.base, script]
  variables: !reference [.base, variables]
"""


def test_references_of_gitlab_are_read_as_what_they_name() -> None:
    assert gitlab.read(PIPELINES)["one"] == {
        "before_script": ["first", "make install"],
        "variables": {"A": "b"},
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("one: {script: [!reference [.base, script]]}", r"\[.base, script\] names nothing"),
        ("- one", "is no map of jobs"),
        ("one: [", "while parsing"),
    ],
)
def test_a_file_of_pipelines_that_cannot_be_read_is_an_error(text: str, says: str) -> None:
    with pytest.raises(LinterError, match=says):
        gitlab.read(text)


def test_the_projects_own_pipelines_have_nothing_left_that_checkov_does_not_read() -> None:
    read = gitlab.read((ROOT / gitlab.FILE).read_text())
    assert "!reference" not in yaml.safe_dump(read)
    assert "scripts/install" in read["preview"]["before_script"]
