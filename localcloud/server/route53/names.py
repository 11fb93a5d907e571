"""Domain names as Route 53 takes and keeps them.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
"""

import re
import string

from localcloud.server.route53.errors import DomainNameError, fatal

LONGEST_LABEL = 63
"""Octets of one label, escapes resolved."""

LONGEST_NAME = 255
"""Octets of a name: those of its labels, one more for each of them, and one for the root.

The page above says "255 bytes, including the dots". Where the final dot belongs it does not say;
this is how RFC 1035 (2.3.4, 3.1) counts, so nothing is taken that no DNS message can carry."""

_WILDCARD = "\\052."
_SHOWN = LONGEST_LABEL + 1
"""How much of a label that is too long Route 53 repeats, seen in
https://github.com/ministryofjustice/cloud-platform/issues/4294"""

_KEPT = re.compile(rf"(?:[a-z0-9_-]{{1,{LONGEST_LABEL}}}\.)+")
_BARE = frozenset(f"{string.ascii_lowercase}{string.digits}-_".encode())
_TOKEN = re.compile(r"\\(?P<octal>[0-3][0-7]{2})|(?P<dot>\.)|[!-\[\]-~]")


def absolute(name: str) -> str:
    r"""A name as Route 53 keeps it: lower case, with a final dot, all but a-z 0-9 - _ as ``\ooo``.

    Raises:
        DomainNameError: it is none.
    """
    if _KEPT.fullmatch(name) and len(name) < LONGEST_NAME:
        return name
    labels = _labels(name)
    for label in labels:
        if not label:
            raise DomainNameError(fatal("DomainLabelEmpty", "Domain label is empty", name))
        if len(label) > LONGEST_LABEL:
            shown = _written(label)[:_SHOWN]
            raise DomainNameError(fatal("DomainLabelTooLong", "Domain label is too long", shown))
    if sum(len(label) + 1 for label in labels) + 1 > LONGEST_NAME:
        raise DomainNameError(fatal("DomainNameTooLong", "Domain name is too long", name))
    return "".join(f"{_written(label)}." for label in labels)


def is_wildcard(name: str) -> bool:
    """Whether a name, as it is kept, stands for others: its leftmost label is a star alone."""
    return name.startswith(_WILDCARD)


def lies_in(name: str, zone: str) -> bool:
    """Whether a name is a zone's apex or below it; both as they are kept."""
    return name == zone or name.endswith(f".{zone}")


def _labels(name: str) -> list[bytes]:
    text = name.removesuffix(".")
    if not text:
        raise DomainNameError(fatal("DomainNameEmpty", "Domain name is empty", name))
    labels = [bytearray()]
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            meaning = "Value contains unsupported characters"
            raise DomainNameError(fatal("UnsupportedCharacter", meaning, text[at]))
        if token["dot"]:
            labels.append(bytearray())
        else:
            labels[-1].append(int(token["octal"], 8) if token["octal"] else ord(token[0]))
        at = token.end()
    return [bytes(label.lower()) for label in labels]


def _written(label: bytes) -> str:
    return "".join(chr(octet) if octet in _BARE else f"\\{octet:03o}" for octet in label)
