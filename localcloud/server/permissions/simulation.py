"""What moto's IAM leaves out: SimulatePrincipalPolicy, by the rules that calls are judged by."""

from collections.abc import Sequence
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.responses import IamResponse

from localcloud.server.permissions import account, sessions
from localcloud.server.permissions.evaluator import NOTHING, Need, Policies, decide
from localcloud.server.permissions.patterns import UnknownError

_EVERYTHING = "*"


def install() -> None:
    """Adds the method; once per process."""
    IamResponse.simulate_principal_policy = _simulate  # pyright: ignore[reportAttributeAccessIssue]


def _simulate(response: IamResponse) -> ActionResult:
    params: dict[str, Any] = response._get_params()
    policies = _policies(params["PolicySourceArn"])
    results = [
        _result(policies, action, resource)
        for action in params["ActionNames"]
        for resource in params.get("ResourceArns") or [_EVERYTHING]
    ]
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def _policies(arn: str) -> Policies:
    """Policies of a user or a role."""
    backend = account.iam()
    if ":user/" in arn:
        user = next((it for it in list(backend.users.values()) if it.arn == arn), None)
        if user is None:
            raise NotFoundException(f"{arn} does not exist")
        return Policies(identity=sessions.statements_of_user(user))
    if not any(it.arn == arn for it in list(backend.roles.values())):
        raise NotFoundException(f"{arn} does not exist")
    boundary = next(it.permissions_boundary_arn for it in backend.roles.values() if it.arn == arn)
    return Policies(
        identity=sessions.statements_of(arn),
        boundary=sessions.managed(boundary) if boundary else None,
    )


def _result(policies: Policies, action: str, resource: str) -> dict[str, Any]:
    missing: list[str] = []

    def keys(name: str) -> Sequence[str] | None:
        missing.append(name)
        raise UnknownError(f"the simulation was not told {name}")

    verdict = decide(policies, Need(action, resource, keys))
    explicit = not verdict.allowed and verdict.decided_by != NOTHING
    return {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": "allowed"
        if verdict.allowed
        else "explicitDeny"
        if explicit
        else "implicitDeny",
        "MissingContextValues": sorted(set(missing)),
    }
