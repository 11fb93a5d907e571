"""What roles did in a running local cloud: what they used, lacked and never used."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from localcloud.control import request
from localcloud.state import RunningCloud


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Denial(_Value):
    """A call that was denied.

    Attributes:
        time: UTC.
        caller: ARN of the session.
        role: ARN of its role.
        action: the action that was not allowed, for example ``route53:GetHostedZone``.
        resource: ARN, ``*``, or empty where the local cloud does not know it.
        reason: the end of AWS's sentence about it.
        decided_by: the statement that denied it, or "no statement allows".
        workload: the pod that called, as in the log of calls; empty for anybody else.
    """

    time: datetime
    caller: str
    role: str
    action: str
    resource: str
    reason: str
    decided_by: str
    workload: Mapping[str, str] = Field(default_factory=dict[str, str])


class Unused(_Value):
    """Something that a role may do and never did.

    Attributes:
        statement: ``POLICY/STATEMENT``.
        action: as the statement has it, maybe with ``*``.
    """

    statement: str
    action: str


class Lacking(_Value):
    """Something that a role tried and may not do.

    Attributes:
        action: the action.
        resource: ARN, ``*``, or empty where the local cloud does not know it.
        reason: the end of AWS's sentence about it.
        calls: how often.
    """

    action: str
    resource: str
    reason: str
    calls: int


class RoleUse(_Value):
    """What a role did since the local cloud was started.

    Attributes:
        role: ARN.
        called: how often each action was allowed.
        lacking: what was denied.
        unused: what it was never allowed by, in the order of its policies.
    """

    role: str
    called: Mapping[str, int]
    lacking: Sequence[Lacking]
    unused: Sequence[Unused]


_USES = TypeAdapter(tuple[RoleUse, ...])


def uses(cloud: RunningCloud) -> tuple[RoleUse, ...]:
    """What each role did, those that are gone included, by ARN. Raises OSError."""
    return _USES.validate_json(request(cloud, "GET", "permissions"))


def read_denials(path: Path) -> Sequence[Denial]:
    """Denied calls, oldest first.

    Args:
        path: `localcloud.state.StateFolder.denied_calls`.
    """
    if not path.exists():
        return ()
    # The last line may still be on its way.
    lines = path.read_text().rpartition("\n")[0].splitlines()
    return [Denial.model_validate(json.loads(line)) for line in lines]
