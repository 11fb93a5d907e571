"""What AWS and Kubernetes take, told from their own models and rules, not from our settings."""

import ipaddress
import re
import unicodedata
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

_ASTRAL = (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
"""Signs that Java takes for two each, and how Python has them."""

_CLASSES = {r"\p{L}": "L", r"\p{Z}": "Z", r"\p{N}": "N"}


@cache
def shape(service: str, name: str) -> dict[str, Any]:
    """Limits of a kind of text: of min, max, pattern and enum those that botocore knows."""
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    return dict(model.shape_for(name).metadata)


def aws_takes(service: str, name: str, value: str) -> bool:
    """Whether a text keeps to the limits of a shape, where botocore itself checks the least one."""
    limits = shape(service, name)
    assert limits, f"{service} says nothing of {name}"
    fits = limits.get("min", 0) <= len(value) <= limits.get("max", len(value))
    known = value in limits.get("enum", (value,))
    return fits and known and _matches(limits.get("pattern", ".*"), value)


def _matches(pattern: str, value: str) -> bool:
    """Whether the whole text follows a pattern of Java, whose classes Python does not know."""
    pattern = pattern.replace(*_ASTRAL)
    for java, category in _CLASSES.items():
        if java in pattern:
            own = {it for it in value if unicodedata.category(it).startswith(category)}
            pattern = pattern.replace(java, "".join(map(re.escape, sorted(own))))
    return re.fullmatch(pattern, value, re.DOTALL) is not None


def is_subdomain(text: str) -> bool:
    """`IsDNS1123Subdomain` of k8s.io/apimachinery/pkg/util/validation."""
    return len(text) <= 253 and all(_is_part(part) for part in text.split("."))


def is_dns_label(text: str) -> bool:
    """`IsDNS1123Label` of it."""
    return len(text) <= 63 and _is_part(text)


def is_qualified_name(text: str) -> bool:
    """`IsQualifiedName` of it: a key of a label or a taint."""
    domain, slash, name = text.rpartition("/")
    return is_label_value(name) and name != "" and (not slash or is_subdomain(domain))


def is_label_value(text: str) -> bool:
    """`IsValidLabelValue` of it."""
    signs = set(text) - set("-_.")
    ends = text[:1] + text[-1:]
    return len(text) <= 63 and _is_ascii(signs) and _is_ascii(set(ends))


def _is_part(text: str) -> bool:
    ends = text[:1] + text[-1:]
    signs = set(text) - {"-"}
    return text != "" and _is_ascii(signs | set(ends)) and text == text.lower()


def _is_ascii(signs: set[str]) -> bool:
    return all(it.isascii() and it.isalnum() for it in signs)


def is_dns_name(text: str) -> bool:
    """Whether Route 53 takes a name without a wildcard: of at most 253, in labels of 1 to 63.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
    """
    return len(text) <= 253 and all(1 <= len(label) <= 63 for label in text.split("."))


def is_bucket(text: str) -> bool:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html."""
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        is_address = False
    else:
        is_address = True
    kept = text.startswith(("xn--", "sthree-", "amzn-s3-demo-")) or text.endswith(
        ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
    )
    ends = text[:1] + text[-1:]
    signs = set(text) - set(".-")
    right = _is_ascii(signs | set(ends)) and text == text.lower() and ".." not in text
    return 3 <= len(text) <= 63 and right and not is_address and not kept


def is_parameter(text: str) -> bool:
    """https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html."""
    first, *others = text.removeprefix("/").split("/")
    kept = first.lower().startswith(("aws", "ssm"))
    return not kept and len(others) < 15 and all((first, *others)) and len(text) <= 1011
