"""Tags that every resource carries."""

import re
from typing import Annotated

from pydantic import AfterValidator

from settings.model import expected

MAX_TAGS = 40
"""AWS allows 50 a resource; the rest is for tags of this program and of Kubernetes."""

RESERVED_KEYS = ("Name", "Project", "Stack", "ManagedBy")
"""Keys that the program sets itself."""

_RESERVED_PREFIXES = ("aws:", "kubernetes.io/", "k8s.io/", "eks:")
_TEXT = re.compile(r"[\w .:/=+\-@]*")
_KEY_LENGTH, _VALUE_LENGTH = 128, 256


def _check_key(key: str) -> None:
    if not 1 <= len(key) <= _KEY_LENGTH or not _TEXT.fullmatch(key):
        raise expected(
            f'keys of 1 to {_KEY_LENGTH} letters, digits, spaces and . : / = + - @ _ (not "{key}")'
        )
    if key.lower().startswith(_RESERVED_PREFIXES):
        raise expected(f'no key that AWS or Kubernetes reserves (not "{key}")')
    if key in RESERVED_KEYS:
        raise expected(f'no key that the program sets itself (not "{key}")')


def _check_tags(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > MAX_TAGS:
        raise expected(f"at most {MAX_TAGS} tags")
    for key, value in tags.items():
        _check_key(key)
        if len(value) > _VALUE_LENGTH or not _TEXT.fullmatch(value):
            raise expected(
                f"values of at most {_VALUE_LENGTH} letters, digits, spaces"
                f' and . : / = + - @ _ (not that of "{key}")'
            )
    return tags


Tags = Annotated[dict[str, str], AfterValidator(_check_tags)]
"""Extra tags; limits of https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html."""
