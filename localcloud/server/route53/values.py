"""Values of record sets, by type.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html
"""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from localcloud.server.route53 import names
from localcloud.server.route53.entries import Entry
from localcloud.server.route53.errors import DomainNameError, fatal

MOST_VALUES = 400
"""Values of one record set:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html"""

_LONGEST_STRING = 255  # octets of one quoted string
_UINT16, _UINT32 = 2**16 - 1, 2**32 - 1
_SINGLE = ("CNAME", "SOA")
_STRINGS = re.compile(r'(?:"(?:[^"\\]|\\.)*"\s*)+', re.DOTALL)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:[0-3][0-7]{2}|.)", re.DOTALL)
_UNSUPPORTED = re.compile(r"[^ -~]")


def mistakes(entry: Entry) -> Iterator[str]:
    """What is wrong with the values of a record set that is no alias.

    Wording: https://github.com/kubernetes-sigs/external-dns/issues/4026 and .../1929. That of too
    many values is ours.
    """
    seen: set[str] = set()
    for value in entry.values:
        if value in seen:
            yield f"Duplicate Resource Record: '{value}'"
        seen.add(value)
        wrong = _RULES[entry.type](value)
        if wrong:
            yield f"Invalid Resource Record: '{wrong}'"
    most = 1 if entry.type in _SINGLE else MOST_VALUES
    if len(entry.values) > most:
        yield f"{entry.title} has {len(entry.values)} resource records; the most are {most}"


def _address(value: str) -> str | None:
    if len(value.split()) > 1:
        return fatal("ARRDATANotSingleField", "Value contains spaces", value)
    with suppress(ValueError):
        ipaddress.IPv4Address(value)
        return None
    return fatal("ARRDATAIllegalIPv4Address", "Value is not a valid IPv4 address", value)


def _long_address(value: str) -> str | None:
    with suppress(ValueError):
        if ipaddress.IPv6Address(value).scope_id is None:
            return None
    return fatal("AAAARRDATAIllegalIPv6Address", "Value is not a valid IPv6 address", value)


def _name(value: str) -> str | None:
    try:
        names.absolute(value)
    except DomainNameError as error:
        return str(error)
    return None


def _fields(value: str, before: int, between: int, after: int = 0) -> str | None:
    """So many small numbers, names between them and large numbers: MX, SRV and SOA. Our words."""
    fields = value.split()
    if len(fields) != before + between + after:
        return fatal("InvalidRData", "Value has not as many fields as its type", value)
    numbers = [(field, _UINT16) for field in fields[:before]]
    numbers += [(field, _UINT32) for field in fields[before + between :]]
    for field, most in numbers:
        if not (field.isascii() and field.isdigit() and int(field) <= most):
            return fatal("InvalidRData", f"Value is not a number up to {most}", field)
    found = (_name(field) for field in fields[before : before + between])
    return next((wrong for wrong in found if wrong), None)


def _text(value: str) -> str | None:
    """Quoted strings, one after the other."""
    if not _STRINGS.fullmatch(value):
        meaning = "Value should be enclosed in quotation marks"
        return fatal("InvalidCharacterString", meaning, value)
    unsupported = _UNSUPPORTED.search(value)
    if unsupported:
        meaning = "Value contains unsupported characters"
        return fatal("UnsupportedCharacter", meaning, unsupported[0])
    if any(len(_ESCAPE.sub("x", part)) > _LONGEST_STRING for part in _STRING.findall(value)):
        return fatal("CharacterStringTooLong", "Value is too long", value)
    return None


_RULES: Mapping[str, Callable[[str], str | None]] = {
    "A": _address,
    "AAAA": _long_address,
    "CNAME": _name,
    "MX": lambda value: _fields(value, 1, 1),
    "NS": _name,
    "PTR": _name,
    "SOA": lambda value: _fields(value, 0, 2, 5),
    "SPF": _text,
    "SRV": lambda value: _fields(value, 3, 1),
    "TXT": _text,
}

TYPES = tuple(_RULES)
"""Types that are judged; all others are refused."""
