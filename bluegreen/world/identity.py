"""Who asks AWS, what they may, and the roles of AWS's own services."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bluegreen.preflight.account import LINKED_SERVICES, SPOT_SERVICE, Caller, Simulated
from bluegreen.preflight.actions import Place, actions, resources_of
from bluegreen.preflight.wanted import Wanted
from bluegreen.world.aws import Aws

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import EvaluationResultTypeDef

_ACTIONS = 50  # of one simulation: answers have pages, requests a size
_ROOT = ":root"


def caller(aws: Aws) -> Caller:
    """Who asks, and whether the region is on. Raises ClientError, BotoCoreError.

    Asked of the partition's first region: one that is off knows nobody.
    """
    identity = aws.home_sts.get_caller_identity()
    (region,) = aws.home_ec2.describe_regions(RegionNames=[aws.region], AllRegions=True)["Regions"]
    return Caller(
        account=identity["Account"],
        arn=identity["Arn"],
        region=aws.region,
        opted_in=region.get("OptInStatus") != "not-opted-in",
    )


def linked_roles(aws: Aws) -> Mapping[str, bool]:
    """By service, whether its role is there. Raises ClientError, BotoCoreError."""
    pages = aws.iam.get_paginator("list_roles").paginate(PathPrefix="/aws-service-role/")
    paths = {role["Path"] for page in pages for role in page["Roles"]}
    return {
        service: f"/aws-service-role/{service}/" in paths
        for service in (SPOT_SERVICE, *LINKED_SERVICES)
    }


def simulate(aws: Aws, caller: Caller, wanted: Wanted, *, linked_role: bool = True) -> Simulated:
    """What a caller may not of what an update does. Raises ClientError, BotoCoreError.

    What they may not do to every resource is asked again about those that the platform makes:
    policies may name their like.

    Args:
        aws: clients.
        caller: who wants to do it.
        wanted: what the stack files want.
        linked_role: whether a role of an AWS service is still to be made.
    """
    if caller.arn.endswith(_ROOT):
        return Simulated((), ())
    source = _principal(aws, caller.arn)
    place = Place(caller.arn.split(":")[1], caller.region, caller.account)
    denied: list[str] = []
    unsure: list[str] = []
    for first in _simulate(aws, source, actions(wanted, linked_role=linked_role)):
        if _may(first):
            continue
        action = first["EvalActionName"]
        resources = resources_of(action, wanted, place)
        again = not _is_denied(first) and resources and "*" not in resources
        for it in _simulate(aws, source, [action], resources) if again else [first]:
            keys = it.get("MissingContextValues")
            if _may(it):
                continue
            if _is_denied(it):
                denied.append(f"{action}: a policy denies it")
            elif keys:
                unsure.append(f"{action}: depends on {', '.join(keys)}, which is not simulated")
            elif resources:
                denied.append(f"{action}: not allowed on {_in_words(it['EvalResourceName'])}")
            else:
                unsure.append(
                    f"{action}: not allowed on all resources; on which of them, is not simulated"
                )
    return Simulated(tuple(dict.fromkeys(denied)), tuple(dict.fromkeys(unsure)))


def _is_denied(result: "EvaluationResultTypeDef") -> bool:
    return result["EvalDecision"] == "explicitDeny"


def _in_words(resource: str) -> str:
    return "all resources, which it must be" if resource == "*" else resource


def _simulate(
    aws: Aws, source: str, actions: Sequence[str], resources: Sequence[str] = ("*",)
) -> list["EvaluationResultTypeDef"]:
    pages = aws.iam.get_paginator("simulate_principal_policy")
    return [
        result
        for start in range(0, len(actions), _ACTIONS)
        for page in pages.paginate(
            PolicySourceArn=source,
            ActionNames=list(actions[start : start + _ACTIONS]),
            ResourceArns=list(resources),
        )
        for result in page["EvaluationResults"]
    ]


def _may(result: "EvaluationResultTypeDef") -> bool:
    return result["EvalDecision"] == "allowed"


def _principal(aws: Aws, arn: str) -> str:
    """The user, or the role of a session: IAM simulates no sessions, and wants the role's path."""
    resource = arn.split(":", 5)[5]
    if not resource.startswith("assumed-role/"):
        return arn
    return aws.iam.get_role(RoleName=resource.split("/")[1])["Role"]["Arn"]
