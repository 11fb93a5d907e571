"""The log group that EKS leaves of a cluster, with moto in place of AWS."""

import asyncio
from typing import Any

import boto3
import pulumi
import pytest

from components.leftover_logs import LeftoverLogsError, remove_leftover_logs
from components.leftover_logs_hook import leftover_logs_hook
from tests.unit.pulumi_harness import Checks, run

REGION = "eu-west-1"
CLUSTER = "eks-blue"
GROUP = "/aws/eks/eks-blue/cluster"


pytestmark = pytest.mark.usefixtures("mocked_aws")


def make(group: str = GROUP, **tags: str) -> None:
    logs = boto3.client("logs", region_name=REGION)
    if tags:
        logs.create_log_group(logGroupName=group, tags=tags)
    else:
        logs.create_log_group(logGroupName=group)


def groups() -> list[str]:
    found = boto3.client("logs", region_name=REGION).describe_log_groups()["logGroups"]
    return [str(it.get("logGroupName")) for it in found]


def remove() -> bool:
    return remove_leftover_logs(GROUP, CLUSTER, REGION)


def test_what_eks_made_for_the_last_logs_of_a_cluster_goes() -> None:
    make()
    make(f"{GROUP}-of-others")
    assert remove()
    assert groups() == [f"{GROUP}-of-others"]


def test_where_nothing_is_left_nothing_is_done() -> None:
    make(f"{GROUP}-of-others")
    assert not remove()
    assert groups() == [f"{GROUP}-of-others"]


def test_a_group_with_a_tag_is_somebodys() -> None:
    make(Team="audit")
    assert not remove()
    assert groups() == [GROUP]


def test_the_group_of_a_cluster_that_is_there_stays() -> None:
    make()
    boto3.client("eks", region_name=REGION).create_cluster(
        name=CLUSTER, roleArn="arn:aws:iam::123456789012:role/eks", resourcesVpcConfig={}
    )
    assert not remove()
    assert groups() == [GROUP]


def test_a_refusal_of_aws_says_what_was_about_to_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(LeftoverLogsError, match=rf"{GROUP} .*eks-blue .*run the command again"):
        remove()


def test_the_hook_takes_the_groups_name_from_what_is_to_be_made(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def program(_: Checks) -> None:
        leftover_logs_hook("leftover", CLUSTER, REGION)

    hook = run(program).hooks["leftover"]
    assert hook.opts is None  # so it does not run in a preview

    async def call() -> None:
        kind = "aws:cloudwatch/logGroup:LogGroup"
        args = pulumi.ResourceHookArgs(
            urn="u", id="", name="logs", type=kind, new_inputs={"name": GROUP}
        )
        called: Any = hook(args)
        await called

    make()
    asyncio.run(call())
    assert groups() == []
    asyncio.run(call())
    assert capsys.readouterr().err.count(f"deleted log group {GROUP}") == 1
