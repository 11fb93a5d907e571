"""Which host names ExternalDNS writes as aliases, and what it makes of endpoints for that.

`provider/aws/aws.go` of ExternalDNS 0.21: its table of AWS's hosted zones, and AdjustEndpoints.
"""

from collections.abc import Iterable
from dataclasses import replace

from bluegreen.publishing.endpoint import ALIAS, UNCONFIGURED_TTL, Endpoint

_EVALUATE = "aws/evaluate-target-health"

# Of both kinds of load balancers: NAME.REGION.elb.amazonaws.com and NAME.elb.REGION.amazonaws.com.
_ELB_REGIONS = (
    "us-east-2",
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "ca-central-1",
    "ca-west-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-1",
    "ap-south-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "eu-central-1",
    "eu-central-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "sa-east-1",
    "us-gov-west-1",
    "us-gov-east-1",
    "mx-central-1",
    "me-central-1",
    "me-south-1",
    "af-south-1",
    "il-central-1",
)
_CHINA = ("cn-north-1", "cn-northwest-1")
_ENDPOINT_REGIONS = (
    "eu-west-2",
    "us-east-2",
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ca-central-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-3",
    "me-central-1",
    "me-south-1",
    "sa-east-1",
    "us-east-1",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
)
_API_REGIONS = (
    "us-east-2",
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-1",
    "ap-northeast-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "ca-central-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-south-1",
    "eu-west-3",
    "eu-south-2",
    "eu-north-1",
    "me-south-1",
    "me-central-1",
    "sa-east-1",
    "us-gov-east-1",
    "us-gov-west-1",
)

_CANONICAL = frozenset(
    [f"{region}.elb.amazonaws.com" for region in _ELB_REGIONS]
    + [f"elb.{region}.amazonaws.com" for region in _ELB_REGIONS]
    + [f"{region}.elb.amazonaws.com.cn" for region in _CHINA]
    + [f"elb.{region}.amazonaws.com.cn" for region in _CHINA]
    + [f"{region}.vpce.amazonaws.com" for region in _ENDPOINT_REGIONS]
    + [f"execute-api.{region}.amazonaws.com" for region in _API_REGIONS]
    + ["awsglobalaccelerator.com", "cloudfront.net"]
)


def is_canonical(host: str) -> bool:
    """Whether AWS has a hosted zone for a host name, so that an alias may lead there."""
    labels = host.split(".")
    return any(".".join(labels[start:]) in _CANONICAL for start in range(len(labels) - 1))


def adjust_endpoints(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """Endpoints as the provider writes them: `AdjustEndpoints`.

    A CNAME to a host of AWS becomes an alias of type A and one of type AAAA, the latter at the
    end of the list.
    """
    found: list[Endpoint] = []
    also: list[Endpoint] = []
    for endpoint in endpoints:
        if endpoint.type != "CNAME":
            found.append(_address(endpoint))
        elif endpoint.alias or is_canonical(endpoint.targets[0]):
            alias = _alias(endpoint)
            found.append(alias)
            also.append(replace(alias, type="AAAA"))
        else:
            found.append(_without_alias(endpoint))
    return found + also


def _address(endpoint: Endpoint) -> Endpoint:
    return _alias(endpoint) if endpoint.alias else _without_alias(endpoint)


def _alias(endpoint: Endpoint) -> Endpoint:
    kind = "A" if endpoint.type == "CNAME" else endpoint.type
    said = endpoint.properties.get(_EVALUATE)
    evaluate = "true" if said is None else str(said == "true").lower()
    properties = {**endpoint.properties, ALIAS: "true", _EVALUATE: evaluate}
    return replace(endpoint, type=kind, ttl=UNCONFIGURED_TTL, properties=properties)


def _without_alias(endpoint: Endpoint) -> Endpoint:
    dropped = (ALIAS, _EVALUATE)
    kept = {key: value for key, value in endpoint.properties.items() if key not in dropped}
    return replace(endpoint, properties=kept)
