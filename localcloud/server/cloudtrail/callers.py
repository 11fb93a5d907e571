"""Who made a call, as CloudTrail says it.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_UNKNOWN = "unknown key "


@dataclass(frozen=True)
class Caller:
    """Who made a call.

    Attributes:
        name: of the user, or of the session of a role.
        identity: the ``userIdentity`` of an event.
    """

    name: str
    identity: Mapping[str, Any]


def caller(known_as: str) -> Caller:
    """The caller that the log of calls names: by ARN, or by what else is known."""
    if known_as.startswith(_UNKNOWN):  # AWS would not have answered it
        key = known_as.removeprefix(_UNKNOWN)
        return Caller(key, {"type": "Unknown", "accessKeyId": key})
    if not known_as.startswith("arn:"):
        return Caller(known_as, {"type": "AWSService", "invokedBy": known_as})
    account = known_as.split(":")[4]
    kind, _, path = known_as.partition(f":{account}:")[2].partition("/")
    name = path.rpartition("/")[2] or kind
    said = {"arn": known_as, "accountId": account}
    if kind == "assumed-role":
        role = path.split("/")[0]
        issuer = {
            "type": "Role",
            "arn": f"arn:aws:iam::{account}:role/{role}",
            "accountId": account,
            "userName": role,
        }
        session = {"sessionContext": {"sessionIssuer": issuer}}
        return Caller(name, {"type": "AssumedRole", **said, **session})
    if kind == "user":
        return Caller(name, {"type": "IAMUser", **said, "userName": name})
    return Caller(name, {"type": "Root", **said})
