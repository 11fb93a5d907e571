"""Rules about the account: who asks, what they may, what AWS made, where the state is."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from bluegreen.finding import Finding, judged, note
from bluegreen.preflight.looks import Look, Unseen, judge
from bluegreen.preflight.wanted import Wanted


@dataclass(frozen=True)
class Caller:
    """Who asks AWS.

    Attributes:
        account: id of the account.
        arn: of the user or the role's session.
        region: that is asked.
        opted_in: whether the region is on for the account.
    """

    account: str
    arn: str
    region: str
    opted_in: bool


@dataclass(frozen=True)
class State:
    """Where Pulumi keeps its state.

    Attributes:
        backend: its URL.
        provider: who encrypts the stacks' secrets; empty: the backend's own way.
        provider_says: why it cannot encrypt; empty if it can.
        versioned: whether a bucket keeps old versions; None where that is no question.
    """

    backend: str
    provider: str
    provider_says: str
    versioned: bool | None


@dataclass(frozen=True)
class Simulated:
    """What IAM's simulation says that a caller may not, in words.

    Attributes:
        denied: what they may not.
        unsure: what depends on conditions that a simulation does not know.
    """

    denied: tuple[str, ...]
    unsure: tuple[str, ...]


def caller(look: Look[Caller]) -> Finding:
    """AWS knows who asks, and the region is on."""
    rule, says = "caller", "AWS knows who asks, and the region is on for the account"

    def verdict(seen: Caller) -> Finding:
        who = f"account {seen.account}, {seen.arn}, in {seen.region}"
        if seen.opted_in:
            return Finding(rule=rule, says=says, verdict="pass", details=(who,))
        return judged(
            rule,
            says,
            [who, f"{seen.region} is off for this account"],
            "switch it on, and wait some minutes:\n"
            f"aws account enable-region --region-name {seen.region}",
        )

    return judge(rule, says, look, verdict)


SPOT_SERVICE = "spot.amazonaws.com"
LINKED_SERVICES = (
    "autoscaling.amazonaws.com",
    "eks.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
)
"""Services that make their role themselves, for a caller who may do that."""


def lacks_linked_role(wanted: Wanted, roles: Mapping[str, bool]) -> bool:
    """Whether a role is still to be made that the platform uses; `roles` by service."""
    services = (*LINKED_SERVICES, *((SPOT_SERVICE,) if wanted.has_spot else ()))
    return not all(roles[service] for service in services)


def linked_roles(wanted: Wanted, look: Look[Mapping[str, bool]]) -> list[Finding]:
    """Roles of AWS services that nodes need are there.

    Args:
        wanted: what the stack files want.
        look: by service, whether its role is there.
    """
    rule, says = "service-linked-roles", "the roles of AWS's own services are there"

    def spot(seen: Mapping[str, bool]) -> Finding:
        lacking = wanted.has_spot and not seen[SPOT_SERVICE]
        broken = ["EC2 cannot start spot instances without its role"] if lacking else []
        remedy = f"aws iam create-service-linked-role --aws-service-name {SPOT_SERVICE}"
        return judged(rule, says, broken, remedy)

    found = [judge(rule, says, look, spot)]
    if not isinstance(look, Unseen):
        later = [name for name in LINKED_SERVICES if not look[name]]
        if later:
            why = f"AWS makes those of {', '.join(later)} with the first resource that needs them"
            remedy = "whoever runs the first update needs iam:CreateServiceLinkedRole"
            found.append(note("roles-to-come", "roles that AWS makes by itself", [why], remedy))
    return found


def permissions(look: Look[Simulated]) -> Finding:
    """The caller may make what the platform is made of."""
    rule, says = "permissions", "the caller may make what the platform is made of"

    def verdict(seen: Simulated) -> Finding:
        if seen.denied:
            remedy = "let the caller do it: by their policies, boundary and organisation"
            return judged(rule, says, [*seen.denied, *seen.unsure], remedy)
        if seen.unsure:
            return Finding(rule=rule, says=says, verdict="unseen", details=seen.unsure)
        return judged(rule, says, [], "")

    return judge(rule, says, look, verdict)


def state(look: Look[State]) -> list[Finding]:
    """Pulumi's backend answers, and what encrypts the stacks' secrets does."""
    rule, says = "state", "Pulumi's backend answers, and secrets can be encrypted"

    def verdict(seen: State) -> Finding:
        broken = [f"{seen.provider}: {seen.provider_says}"] if seen.provider_says else []
        if broken:
            remedy = "let the caller use the key, or name another one: docs/aws.md, step 4"
            return judged(rule, says, broken, remedy)
        encrypts = seen.provider or "the backend's own way"
        where = f"{seen.backend}; secrets: {encrypts}"
        return Finding(rule=rule, says=says, verdict="pass", details=(where,))

    found = [judge(rule, says, look, verdict)]
    if isinstance(look, State) and look.versioned is False:
        what = f"the bucket of {look.backend} keeps no old versions"
        bucket = urlsplit(look.backend).netloc
        remedy = (
            f"aws s3api put-bucket-versioning --bucket {bucket} --versioning-configuration"
            " Status=Enabled"
        )
        says = "a bucket of states keeps old versions"
        found.append(note("state-versions", says, [what], remedy))
    return found
