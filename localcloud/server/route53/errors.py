"""Route 53's refusals of a change batch."""

from collections.abc import Mapping, Sequence
from typing import Any

from moto.route53.exceptions import Route53ClientError


class InvalidChangeBatchError(Route53ClientError):
    """Route 53's InvalidChangeBatch, with every mistake of the batch."""

    def __init__(self, messages: Sequence[str]) -> None:
        super().__init__("InvalidChangeBatch", f"[{', '.join(messages)}]")


class InvalidInputError(Route53ClientError):
    """Route 53's InvalidInput: a request that is malformed, whatever the zone holds."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidInput", message)


class DomainNameError(Exception):
    """What is wrong with a domain name, in Route 53's words."""


def fatal(code: str, meaning: str, found: str) -> str:
    """What Route 53 says of a text that it cannot read."""
    return f"FATAL problem: {code} ({meaning}) encountered with '{found}'"


def in_change(change: Mapping[str, Any]) -> str:
    """How Route 53 names a change that is malformed."""
    asked = change["ResourceRecordSet"]
    identifier = asked.get("SetIdentifier") or "null"
    return (
        f"in Change with [Action={change['Action']}, Name={asked['Name']}, Type={asked['Type']},"
        f" SetIdentifier={identifier}]"
    )
