"""What patterns of resources reach, told by the forms of all ARNs of AWS."""

import re
import string
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from guardrails.wildcards import compiled, is_wild, most

_LIST = Path(__file__).parent / "reference" / "arns.txt"
_FIRST = string.ascii_letters + string.digits
_HEX = string.hexdigits[:16]
_PREFIXED = (
    "ami-",
    "eni-",
    "i-",
    "lt-",
    "rtb-",
    "sg-",
    "snap-",
    "subnet-",
    "vol-",
    "vpc-",
)
_BETWEEN_COLONS = re.compile(r":[^:]+:.*")
_ELSEWHERE = ("aws", "xx-nowhere-9", "210987654321")
_FIELDS = 5
_UNNAMED = "arn:{partition}:$:{region}:{account}:$"


def _families() -> Iterator[tuple[str, ...]]:
    """Names that nobody here has chosen: words, and ids as AWS gives them.

    One for each first character, as an alphabet of patterns is everything too.
    """
    yield tuple(f"{first}x7/q-{first}.w_k" for first in _FIRST)
    yield tuple(f"{first}7d0c1e4-2b9a-4f63-8e15-90ab{first}2c6d7f3" for first in _HEX)
    yield tuple(f"Z{first}7Q0X4W1{first}" for first in string.ascii_uppercase + string.digits)
    for prefix in _PREFIXED:
        yield tuple(f"{prefix}0{first}7d0c1e42b9a4f63" for first in _HEX)


_STRANGERS = tuple(_families())


@cache
def _forms() -> Mapping[str, tuple[str, ...]]:
    """Forms of ARNs by service; ``$`` is a name."""
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    return {service: tuple(forms) for service, *forms in map(str.split, lines)}


@cache
def reach_everything(service: str, patterns: tuple[str, ...]) -> bool:
    """Whether patterns together reach resources of a service that have nothing to do with them.

    Everything is also everything of a kind, in one account and region: ``secret:*``.

    Args:
        service: such as ``secretsmanager``.
        patterns: ARNs with wildcards, or ``*``.
    """
    wild = tuple(it for it in patterns if is_wild(it))
    if not wild:
        return False
    matched = compiled(wild)
    places = {_place(it) for it in wild}
    return any(
        most(matched, arns)
        for form in (_UNNAMED, *_forms().get(service.lower(), ()))
        for place in places
        for arns in _of_strangers(form, place, wild)
    )


def _place(pattern: str) -> tuple[str, str, str]:
    """Partition, region and account that a pattern names; some others where it leaves them open."""
    parts = pattern.split(":", _FIELDS)
    if len(parts) <= _FIELDS:
        return _ELSEWHERE
    partition, region, account = (
        other if is_wild(part) else part
        for part, other in zip((parts[1], parts[3], parts[4]), _ELSEWHERE, strict=True)
    )
    return partition, region, account


def _of_strangers(
    form: str, place: tuple[str, str, str], wild: Sequence[str]
) -> Iterator[Sequence[str]]:
    """ARNs of strangers' resources of one kind, a family at a time."""
    partition, region, account = place
    filled = form.format(partition=partition, region=region, account=account)
    if any(_may_match(pattern, filled) for pattern in wild):
        for family in _STRANGERS:
            yield [filled.replace("$", name) for name in family]


def _may_match(pattern: str, filled: str) -> bool:
    """Whether a pattern may match ARNs of a form with some names, so that trying is worth it.

    It must begin as they do, and what it has between colons must be there: names have no colons.
    """
    fixed, *rest = _chunks(pattern)
    head = filled.partition("$")[0]
    if not (head.startswith(fixed) or fixed.startswith(head)):
        return False
    return all(chunk in filled for chunk in rest if _BETWEEN_COLONS.fullmatch(chunk))


@cache
def _chunks(pattern: str) -> tuple[str, ...]:
    """The parts of a pattern between its wildcards; the first may be empty."""
    return tuple(re.split(r"[*?$]", pattern))
