"""Tags that every resource carries."""

import re
from typing import Annotated

from pydantic import AfterValidator

from settings.model import expected

MAX_TAGS = 40
"""AWS allows 50 a resource; the rest is for tags of this program and of Kubernetes."""

CREATOR = "eks-platform/creator"
"""Tag of a cluster: the IAM role that made it."""

RESERVED_KEYS = ("Name", "Project", "Stack", "ManagedBy", CREATOR)
"""Keys that the program sets itself."""

_RESERVED_PREFIXES = ("aws:", "kubernetes.io/", "k8s.io/", "eks:")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules
_RESERVED_VALUE = "aws:"
_TEXT = re.compile(r"[\w .:/=+\-@]*")
_SIGNS = "letters, digits, spaces and . : / = + - @ _"
_KEY_LENGTH, _VALUE_LENGTH = 128, 256


def _check_key(key: str) -> str:
    if not 1 <= len(key) <= _KEY_LENGTH or not _TEXT.fullmatch(key):
        raise expected(f"1 to {_KEY_LENGTH} {_SIGNS}")
    if key.lower().startswith(_RESERVED_PREFIXES):
        raise expected("another key: AWS or Kubernetes reserves this one")
    if key.lower() in map(str.lower, RESERVED_KEYS):
        raise expected("another key: the program sets this tag itself")
    return key


def _check_value(value: str) -> str:
    if len(value) > _VALUE_LENGTH or not _TEXT.fullmatch(value):
        raise expected(f"at most {_VALUE_LENGTH} {_SIGNS}")
    if value.lower().startswith(_RESERVED_VALUE):
        raise expected("another value: IAM keeps those for itself that begin with aws:")
    return value


def _check_tags(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > MAX_TAGS:
        raise expected(f"at most {MAX_TAGS} tags")
    lower = [key.lower() for key in tags]
    alike = [key for key in tags if lower.count(key.lower()) > 1]
    if alike:  # IAM does not tell Team from team
        raise expected("keys that differ in more than case", ", ".join(alike))
    return tags


Tags = Annotated[
    dict[Annotated[str, AfterValidator(_check_key)], Annotated[str, AfterValidator(_check_value)]],
    AfterValidator(_check_tags),
]
"""Extra tags; limits of https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html."""
