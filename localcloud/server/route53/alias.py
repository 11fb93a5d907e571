"""Aliases: what they may lead to.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html
"""

from collections.abc import Iterator, Mapping

from localcloud.server.route53 import names
from localcloud.server.route53.entries import Alias, Entry
from localcloud.server.route53.zone import Zone

AWS_ZONES: Mapping[str, str] = {
    "Z32O12XQLNTSW2": "eu-west-1.elb.amazonaws.com.",
    "Z2IFOLAFXWLO4F": "elb.eu-west-1.amazonaws.com.",
    "Z2P70J7EXAMPLE": "eu-west-1.elb.amazonaws.com.",
    "Z2FDTNDATAQYW2": "cloudfront.net.",
    "Z2BJ6XQ5FK7U4H": "awsglobalaccelerator.com.",
}
"""Hosted zones of AWS by id: load balancers of the region, Application (and Classic), Network, and
what moto's DescribeLoadBalancers says; then CloudFront and Global Accelerator, which have one for
the world. https://docs.aws.amazon.com/general/latest/gr/elb.html and, for the last two,
https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html"""

_AWS_TYPES = ("A", "AAAA")
_NEVER_ALIAS = ("NS", "SOA")


def mistakes(zone: Zone, entry: Entry, alias: Alias) -> Iterator[str]:
    """Why an entry cannot be this alias.

    A target of AWS need not exist: https://github.com/aws/aws-cdk/issues/21370. A record set of the
    zone must, with the alias's type. Wording of both:
    https://github.com/aws/aws-cdk/issues/19643; that an address is taken for a name of no zone:
    https://github.com/kubernetes-sigs/external-dns/issues/4707.
    """
    tried = (
        f"Tried to create an alias that targets {alias.target}, type {entry.type} in zone"
        f" {alias.zone_id}, but"
    )
    home = zone.name if alias.zone_id == zone.id else AWS_ZONES.get(alias.zone_id)
    if home is None:
        yield f"{tried} the local Route 53 does not emulate aliases to that zone"
        return
    if not names.lies_in(alias.target, home):
        yield f"{tried} the alias target name does not lie within the target zone"
    if not _exists(zone, entry, alias):
        yield f"{tried} that target was not found"


def _exists(zone: Zone, entry: Entry, alias: Alias) -> bool:
    if alias.zone_id != zone.id:
        return entry.type in _AWS_TYPES
    if entry.type in _NEVER_ALIAS or alias.target == entry.name:
        return False
    return any(found.type == entry.type for found in zone.entries_of(alias.target))
