"""What the role of one ExternalDNS may do."""

from collections.abc import Mapping, Sequence

from components.iam_policy import Statement
from handover.writers import Writer

_NAMES = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
_TYPES = "route53:ChangeResourceRecordSetsRecordTypes"

# What an ExternalDNS makes for a load balancer, and the TXT record that says whose it is.
_RECORD_TYPES = ("A", "AAAA", "CNAME", "TXT")


def statements(writer: Writer) -> Sequence[Statement]:
    """What its role may do: change its own names in its own zone, and read that zone.

    A TXT record's name is that of its record with a prefix to the first label
    (``cname-web.eks-blue.ZONE``), so one pattern holds for both. A live writer's role holds for
    all live names, canary or not: one that changed would refuse new pods their first passes, as
    IAM takes its time.
    """
    return (
        Statement(
            actions=["route53:ChangeResourceRecordSets"],
            resources=[writer.zone.arn],
            conditions=_own_records(writer),
        ),
        Statement(actions=["route53:ListResourceRecordSets"], resources=[writer.zone.arn]),
        Statement(
            actions=["route53:ListHostedZones"],
            resources=["*"],
            reason="Route 53 knows no resources for a list: who asks for it filters it",
        ),
    )


def _own_records(writer: Writer) -> Mapping[str, Mapping[str, list[str]]]:
    types = {"ForAllValues:StringEquals": {_TYPES: list[str](_RECORD_TYPES)}}
    if not writer.live:
        return {**types, "ForAllValues:StringLike": {_NAMES: [f"*.{writer.domain}"]}}
    # The zone's own name is nobody's: a relative name is always below it.
    foreign = [writer.zone.name]
    for domain in writer.foreign_domains:
        foreign += [domain, f"*.{domain}"]
    return {**types, "ForAllValues:StringNotLike": {_NAMES: foreign}}
