"""Record sets of one name and type beside each other: routing policies.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
"""

from collections.abc import Iterator, Sequence

from localcloud.server.route53.entries import Entry, Policy
from localcloud.server.route53.zone import Zone

MOST_SETS = 100
"""Record sets of one name and type:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html"""

_NEVER_ROUTED = ("NS", "SOA")
_SINGLE_VALUE = ("Weight", "Region")
_PRIMARY = Policy("Failover", "PRIMARY")

_OTHERS = {
    "Weight": "cannot be created as a non-weighted set exists with the same name and type.",
    "Region": "cannot be created because a non-latency RRSet with the same name and type already"
    " exists.",
    "Failover": "cannot be created because a non-failover RRSet with the same name and type"
    " already exists.",
    "GeoLocation": "cannot be created because a non-GEO RRSet with the same name and type already"
    " exists.",
    "MultiValueAnswer": "cannot be created because a non multivalue answer rrset exists with the"
    " same name and type.",
}
"""What Route 53 says of a policy beside another, or beside a simple record set: the first in
https://github.com/kubernetes-sigs/external-dns/issues/3141, the last in
https://github.com/cert-manager/cert-manager/issues/5388, those between in public scripts and posts
that quote it."""

_TWICE = {
    "Region": "latency RRSet with the same name, type and region",
    "Failover": "failover RRSet with the same name, type and role",
    "GeoLocation": "GEO RRSet with the same name, type and location",
}
"""What may be there once. The words of latency are known from
https://github.com/hashicorp/terraform-provider-aws/issues/1668, the others follow them."""


def mistakes(zone: Zone, entry: Entry) -> Iterator[str]:
    """What keeps an entry from standing beside those of its name and type."""
    group = zone.group(entry)
    policy = entry.policy
    if policy is None:
        if group:
            # https://github.com/kubernetes-sigs/external-dns/issues/4058
            yield (
                f"{entry.title} cannot be created as other RRSets exist with the same name and"
                " type."
            )
        return
    yield from _own_mistakes(entry, policy)
    title = f"{entry.title}{_choice(policy)}"
    if any(other.policy is None or other.policy.kind != policy.kind for other in group):
        yield f"{title} {_OTHERS[policy.kind]}"
    elif policy.kind in _TWICE and any(other.policy == policy for other in group):
        yield f"{title} cannot be created because a {_TWICE[policy.kind]} already exists."
    if policy.kind == "Weight" and _ttls_differ(entry, group):
        yield (
            f"RRSet with DNS name {entry.name} and type {entry.type}, SetIdentifier"
            f" {entry.identifier} cannot be created as weighted sets must contain the same TTL."
        )
    if len(group) >= MOST_SETS:
        yield f"{title} cannot be created as {MOST_SETS} RRSets exist with the same name and type."


def _own_mistakes(entry: Entry, policy: Policy) -> Iterator[str]:
    kind, multivalue = policy.kind, policy.kind == "MultiValueAnswer"
    if entry.type in _NEVER_ROUTED or (multivalue and entry.type == "CNAME"):
        yield f"{entry.title} cannot have {kind}: its type allows no such routing policy"
    if multivalue and entry.alias:
        yield "Multivalue answer rrset should not be an alias rrset"
    if kind in _SINGLE_VALUE and len(entry.values) > 1:
        yield f"{entry.title} has {len(entry.values)} resource records; with {kind} it has one"
    if policy == _PRIMARY and not entry.alias and not entry.health_check:
        # https://github.com/kubernetes-sigs/external-dns/issues/2362
        yield (
            "A non-alias primary ResourceRecordSet must have an associated health check. No"
            " changes made."
        )


def _choice(policy: Policy) -> str:
    """How Route 53 says what a policy chooses by, where it does."""
    if policy.kind == "Region":
        return f", and Region Name={policy.value}"
    if policy.kind == "Failover":
        return f", and marked as {policy.value.lower()}"
    if policy.kind == "GeoLocation":
        return f", and routing to [{policy.value}]"
    return ""


def _ttls_differ(entry: Entry, group: Sequence[Entry]) -> bool:
    others = {other.ttl for other in group if other.ttl is not None}
    return entry.ttl is not None and not others <= {entry.ttl}
