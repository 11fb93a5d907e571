"""Faults of a running local cloud: what can go wrong, and a client that asks for it.

Off until asked for. Faults happen to calls of AWS services, to connections to API servers
through the HTTPS proxy, to the API servers' questions about tokens, and to what registries are
asked.
"""

from datetime import datetime
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from localcloud.control import request
from localcloud.state import RunningCloud

KUBERNETES = "kubernetes"
"""Service of `Fault` for connections to API servers and other hosts behind the proxy."""

WEBHOOK = "webhook"
"""Service of `Fault` for API servers that ask whom a token belongs to."""

REGISTRY = "registry"
"""Service of `Fault` for what chart repositories and image registries are asked."""

Kind: TypeAlias = Literal["throttle", "error", "deny", "empty", "reset", "delay", "kill"]
When: TypeAlias = Literal["before", "after"]

_NAME = "faults"

_KINDS_BY_SERVICE: dict[str, tuple[Kind, ...]] = {
    KUBERNETES: ("error", "reset", "delay", "kill"),
    WEBHOOK: ("error", "reset", "delay"),
    REGISTRY: ("error", "empty", "reset", "delay"),
}


class Fault(BaseModel):
    """One thing that goes wrong.

    Patterns are as in `fnmatch`. Without `calls` and `probability` it happens to every matching
    call, until `count` is used up. What happens to the n-th matching call follows from `seed` and
    n alone.

    Attributes:
        service: signing name of an AWS service (``route53``, ``sts``, ``eks``, …),
            ``kubernetes``, ``webhook`` or ``registry``; a pattern never means the last three.
        action: operation, for example ``ChangeResourceRecordSets``; for ``kubernetes`` and
            ``webhook`` the cluster's name, for example ``eks-blue``; for ``registry`` the host
            and the repository, for example ``registry.k8s.io/pause`` or ``helm.cilium.io``.
        caller: ARN of who calls; ``kubernetes``, ``webhook`` and ``registry`` know no caller.
        kind: ``throttle`` (the service's own error for too many requests), ``error`` (HTTP 500;
            502 from the proxy), ``deny`` (the caller lacks the permission: no client tries
            again), ``empty`` (the answer's lists are: the account, or AWS, lacks what is asked
            for; of services that answer in JSON, of EC2, and of registries), ``reset`` (the
            connection breaks), ``delay`` (of `seconds`),
            ``kill`` (SIGKILL for the calling process; the connection breaks as well).
        when: ``before`` (nothing was done) or ``after`` (it was done and the answer is lost or
            late). For ``kubernetes`` ``after`` lets the connection live for `seconds` first.
        probability: of each call.
        calls: which matching calls, counted from 1.
        count: how often at most.
        seconds: length of a delay, or of the life of a connection.
        seed: of the probability.
        victim: whom ``kill`` kills: the caller, or its parent (the engine of a provider).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str = Field(default="*", min_length=1)
    action: str = Field(default="*", min_length=1)
    caller: str = Field(default="*", min_length=1)
    kind: Kind
    when: When = "before"
    probability: float = Field(default=1.0, gt=0, le=1)
    calls: tuple[int, ...] = ()
    count: int | None = Field(default=None, ge=1)
    seconds: float = Field(default=0.0, ge=0)
    seed: int = 0
    victim: Literal["caller", "parent"] = "caller"

    @model_validator(mode="after")
    def _check_combination(self) -> "Fault":
        kinds = _KINDS_BY_SERVICE.get(self.service)
        if kinds is not None and self.kind not in kinds:
            raise ValueError(f"{self.service} has no fault {self.kind}, only {', '.join(kinds)}")
        if self.service in (WEBHOOK, REGISTRY) and self.when == "after":
            raise ValueError(f"a {self.service} changes nothing: its faults have no after")
        if self.kind in ("throttle", "deny") and self.when == "after":
            raise ValueError(f"such a call was not done: {self.kind} has no after")
        if self.kind == "delay" and not self.seconds:
            raise ValueError("a delay needs seconds")
        if any(number < 1 for number in self.calls):
            raise ValueError("calls are counted from 1")
        return self


class Fired(BaseModel):
    """A fault that happened.

    Attributes:
        id: of the fault.
        time: UTC.
        service: of the call.
        action: of the call.
        caller: ARN, or empty.
        number: which matching call it was, from 1.
        outcome: in words, for example ``killed 4711 (pulumi-resource-aws)``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    time: datetime
    service: str
    action: str
    caller: str
    number: int
    outcome: str


class Standing(BaseModel):
    """A fault that was asked for.

    Attributes:
        id: given by the local cloud.
        fault: what was asked for.
        matched: calls that matched so far.
        fired: how often it happened.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    fault: Fault
    matched: int
    fired: int


class Report(BaseModel):
    """All faults of a local cloud.

    Attributes:
        standing: those that were asked for, in that order.
        fired: those that happened, oldest first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    standing: tuple[Standing, ...]
    fired: tuple[Fired, ...]


class FaultClient:
    """Asks a running local cloud for faults. Every method may raise OSError."""

    def __init__(self, cloud: RunningCloud) -> None:
        self._cloud = cloud

    def add(self, *faults: Fault) -> tuple[str, ...]:
        """Asks for faults; gives their ids. Where several match a call, the first one happens."""
        body = TypeAdapter(tuple[Fault, ...]).dump_json(faults)
        answer = request(self._cloud, "POST", _NAME, body)
        return TypeAdapter(tuple[str, ...]).validate_json(answer)

    def report(self) -> Report:
        """What was asked for and what happened."""
        return Report.model_validate_json(request(self._cloud, "GET", _NAME))

    def clear(self) -> Report:
        """Ends all faults; gives the last report."""
        return Report.model_validate_json(request(self._cloud, "DELETE", _NAME))
