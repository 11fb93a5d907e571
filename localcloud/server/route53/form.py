"""What each change of a batch must say, whatever its zone holds: else it is InvalidInput."""

from collections.abc import Mapping
from typing import Any

from localcloud.server.route53 import values
from localcloud.server.route53.entries import POLICY_KINDS
from localcloud.server.route53.errors import InvalidInputError, in_change

_NOT_EMULATED = ("TrafficPolicyInstanceId", "CidrRoutingConfig", "GeoProximityLocation")
_CONTINENTS = ("AF", "AN", "AS", "EU", "NA", "OC", "SA")
_WITH_SUBDIVISIONS = ("US", "UA")


def check(change: Mapping[str, Any]) -> None:
    """Raises InvalidInputError."""
    asked: Mapping[str, Any] = change["ResourceRecordSet"]
    for field in _NOT_EMULATED:
        if asked.get(field) is not None:
            raise InvalidInputError(f"The local Route 53 does not emulate {field}")
    if asked["Type"] not in values.TYPES:
        raise InvalidInputError(
            f"The local Route 53 does not emulate records of type {asked['Type']}"
        )
    _check_content(change)
    _check_policy(change)
    if asked.get("GeoLocation") is not None:
        _check_place(asked["GeoLocation"])


def _check_content(change: Mapping[str, Any]) -> None:
    """Either an alias or both TTL and values.

    Both wordings: https://github.com/ansible-collections/community.aws/issues/434 (an alias with a
    TTL) and https://github.com/ministryofjustice/modernisation-platform/pull/10072 (no TTL).
    """
    asked = change["ResourceRecordSet"]
    alias = asked.get("AliasTarget") is not None
    plain = [asked.get(field) is not None for field in ("TTL", "ResourceRecords")]
    if not any(plain) if alias else all(plain):
        return
    raise InvalidInputError(
        "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and"
        " ResourceRecords], or TrafficPolicyInstanceId], but found"
        f" {'more than one' if alias else 'none'} {in_change(change)}"
    )


def _check_policy(change: Mapping[str, Any]) -> None:
    """A set identifier and one routing policy, or neither.

    A MultiValueAnswer of false wants an identifier too: https://github.com/aws/aws-sdk/issues/75.
    Wording of the rest: https://github.com/hashicorp/terraform-provider-aws/issues/1668.
    """
    asked = change["ResourceRecordSet"]
    said = [kind for kind in POLICY_KINDS if asked.get(kind) is not None]
    if said and not asked.get("SetIdentifier"):
        raise InvalidInputError(
            f"Invalid request: Missing field 'SetIdentifier' {in_change(change)}"
        )
    meant = [kind for kind in said if asked[kind] is not False]
    if len(meant) > 1 or (asked.get("SetIdentifier") and not meant):
        raise InvalidInputError(
            "Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, or"
            f" MultiValueAnswer], but found {'more than one' if meant else 'none'}"
            f" {in_change(change)}"
        )


def _check_place(place: Mapping[str, str | None]) -> None:
    """A continent, a country or a part of one; whether a country exists is not looked up.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_GeoLocation.html says what is
    InvalidInput, not in which words.
    """
    parts = ("ContinentCode", "CountryCode", "SubdivisionCode")
    continent, country, subdivision = (place.get(part) or "" for part in parts)
    if continent and (country or subdivision):
        raise InvalidInputError(
            "Invalid GeoLocation: ContinentCode with CountryCode or SubdivisionCode"
        )
    if continent and continent not in _CONTINENTS:
        raise InvalidInputError(f"Invalid GeoLocation: there is no ContinentCode '{continent}'")
    if subdivision and country not in _WITH_SUBDIVISIONS:
        raise InvalidInputError(
            f"Invalid GeoLocation: SubdivisionCode with CountryCode '{country}'"
        )
    is_country = country == "*" or (country.isascii() and country.isalpha() and country.isupper())
    if not continent and not is_country:
        raise InvalidInputError(f"Invalid GeoLocation: there is no CountryCode '{country}'")
