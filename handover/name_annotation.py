"""What an application may ask for: the two annotations and the names in them.

An annotation holds relative names, parted by commas; each is completed with a writer's domain.
docs/names.md tells application teams so, a ValidatingAdmissionPolicy refuses anything else, and
the writers' filters let nothing else through, as objects may be older than the policy.
"""

import re
from typing import Literal

Visibility = Literal["private", "public"]

ANNOTATIONS: dict[Visibility, str] = {"private": "PrivateDNSName", "public": "PublicDNSName"}
"""Annotation of Ingresses and of Services of type LoadBalancer, by kind of zone."""

PREFIX = "external-dns.alpha.kubernetes.io/"
"""Of the annotations that ExternalDNS reads besides these. Later releases have another one, so the
writers are told which."""

TXT_PREFIX = "cname-"
"""Longest that ExternalDNS puts before the first label, for the record that says whose it is."""

MAX_LABEL = 63
MAX_FIRST_LABEL = MAX_LABEL - len(TXT_PREFIX)
"""Characters of the first label: with its prefix it must still be a label."""

MAX_NAME = 253
"""Characters of a full name, without its final dot: 255 octets on the wire.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html"""


def _label(longest: int) -> str:
    return rf"[a-z0-9_]([a-z0-9_-]{{0,{longest - 2}}}[a-z0-9_])?"


RELATIVE_NAME = rf"(\*|{_label(MAX_FIRST_LABEL)})(\.{_label(MAX_LABEL)})*"
"""Regular expression of a relative name, for RE2 (ExternalDNS, CEL) and for Python.

Lower case, as DNS knows no other; an asterisk only as the whole first label, where it is a
wildcard. Lengths of whole names are not in it, nor that no label may begin with ``xn--``:
ExternalDNS compares decoded names, so encoded ones would be other names to it.
"""

PARTED = re.compile(r",[ \t\r\n]*")
"""What parts two names; the DNS writers drop the spaces likewise."""

_WHOLE = re.compile(RELATIVE_NAME)


def longest_relative(zone: str, infix: str = "") -> int:
    """How many characters a relative name may have, its wildcard included.

    Args:
        zone: DNS name, without a final dot.
        infix: what a writer puts between, such as ``eks-green``.
    """
    below = f".{infix}.{zone}" if infix else f".{zone}"
    return MAX_NAME - len(TXT_PREFIX) - len(below)


def is_relative_name(text: str) -> bool:
    """Whether a text is a name that can be asked for, its length aside."""
    return bool(_WHOLE.fullmatch(text)) and not any(
        label.startswith("xn--") for label in text.split(".")
    )


def names_in(value: str) -> list[str]:
    """The texts between the commas of an annotation, right or wrong."""
    return PARTED.split(value)
