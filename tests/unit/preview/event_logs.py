"""Makes event logs as the engine writes them, for single points of a comment."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from preview.events import Recorded, read_event_log

Plain: TypeAlias = Any
"""A plain JSON value."""

SECRET = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "[secret]",
}
"""A secret as the engine blinds it."""

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""A text that is known only during the update."""

KEY = "aws:kms/key:Key"


def step(
    op: str,
    type_: str = KEY,
    name: str = "it",
    *,
    old: Mapping[str, Plain] | None = None,
    new: Mapping[str, Plain] | None = None,
    **more: Plain,
) -> dict[str, Plain]:
    """An event about one resource, with the inputs it had and would have."""
    metadata: dict[str, Plain] = {"op": op, "urn": urn(type_, name), "type": type_, **more}
    if old is not None:
        metadata["old"] = {"parent": "", "inputs": old, **more.get("state", {})}
    if new is not None:
        metadata["new"] = {"parent": "", "inputs": new, **more.get("state", {})}
    return {"resourcePreEvent": {"metadata": metadata}}


def looked_at(found: str, type_: str, name: str, **metadata: Plain) -> list[dict[str, Plain]]:
    """The two events of a refresh about one resource: that it is looked at, and what was found."""
    before = step("refresh", type_, name, old=metadata["old"], new=metadata["old"])
    after = step(found, type_, name, **metadata)
    return [before, {"resOutputsEvent": after["resourcePreEvent"]}]


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:blue::eks-platform::{type_}::{name}"


def violation(policy: str, message: str, level: str = "mandatory") -> dict[str, Plain]:
    said = {"policyName": policy, "message": message, "enforcementLevel": level}
    return {"policyEvent": {**said, "resourceUrn": urn(KEY, "it")}}


def error(message: str) -> dict[str, Plain]:
    return {"diagnosticEvent": {"message": message, "severity": "error"}}


def outputs(before: Mapping[str, Plain], after: Mapping[str, Plain]) -> dict[str, Plain]:
    """The stack's outputs before and after."""
    metadata = {
        "op": "same",
        "urn": "urn:pulumi:blue::eks-platform::pulumi:pulumi:Stack::eks-platform-blue",
        "type": "pulumi:pulumi:Stack",
        "old": {"outputs": before},
        "new": {"outputs": after},
    }
    return {"resOutputsEvent": {"metadata": metadata}}


def recorded(
    folder: Path, *lines: Mapping[str, Plain], stack: str = "blue", result: str | None = "succeeded"
) -> Recorded:
    """An event log of some events, read back; without a result the engine came to no end."""
    end = [] if result is None else [{"summaryEvent": {"result": result}}]
    file = folder / f"{stack}.jsonl"
    whole = [*lines, *end]
    file.write_text("\n".join(map(json.dumps, whole)))
    return read_event_log(stack, file)
