"""Logs that are kept."""

from collections.abc import Iterator

from guardrails.node import Node
from guardrails.rule import Rule, Seen

_LEAST_DAYS = 30


def _retention(part: Node, _: Seen) -> Iterator[str]:
    if part["retentionInDays"].number() == 0:
        yield "retentionInDays is not set: logs and their cost are kept for ever"


def _long_enough(part: Node, _: Seen) -> Iterator[str]:
    days = part["retentionInDays"].number()
    if 0 < days < _LEAST_DAYS:
        yield f"retentionInDays is {days}"


RULES = (
    Rule(
        name="log-retention",
        says="Log groups say how long they keep logs.",
        reason="CloudWatch keeps them for ever otherwise, personal data and all.",
        remedy="Set retentionInDays",
        severity="medium",
        types=("aws:cloudwatch/logGroup:LogGroup",),
        check=_retention,
    ),
    Rule(
        name="log-retention-long-enough",
        says=f"Log groups keep logs for at least {_LEAST_DAYS} days.",
        reason="Incidents are often found weeks later.",
        remedy="Raise logging.retentionDays",
        level="advisory",
        severity="low",
        types=("aws:cloudwatch/logGroup:LogGroup",),
        check=_long_enough,
    ),
)
