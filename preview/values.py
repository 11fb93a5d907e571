"""Shows values of properties: short, and never a secret."""

import base64
import binascii
import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeGuard

from preview.events import Plain

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - marks a secret, and is none
_UNKNOWN = re.compile(
    r"04da6b54-80e4-46f7-96ec-b56ff0331ba9|1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"
    r"|3eeb2bf0-c639-47a8-9e75-3b44932eb421|6a19a0b0-7e62-4c92-b797-7f8e31da9cc2"
    r"|030794c1-ac77-496b-92df-f27374a8bd58|e48ece36-62e2-4504-bad9-02848725956a"
    r"|dd056dcd-154b-4c76-9bd3-c8f88648b5ff"
)
# The engine blinds what a program has marked; this is for what nobody marked.
_SENSITIVE = re.compile(
    r"(?:password|passphrase|secret(?!s?-?arn|name)|token(?!s$)|private[_-]?key|credential"
    r"|kubeconfig|stringdata)",
    re.IGNORECASE,
)
_NOT_SENSITIVE = re.compile(
    r"(?:httptokens|secretname|secrets?arn|automountserviceaccounttoken)", re.I
)
_LONGEST = 120
_MOST_LINES = 8

Leaf = tuple[str, Plain, Plain]
"""Path of a property, its old and its new value; ABSENT where there is none."""


class _Absent:
    """There is no such property."""


ABSENT = _Absent()


def is_secret(value: Plain) -> bool:
    """Whether the engine says that a value is a secret."""
    if isinstance(value, Mapping):
        return value.get(_SIGNATURE) == _SECRET_SIGNATURE
    return value == "[secret]"


def is_unknown(value: Plain) -> bool:
    """Whether a value is known only during the update."""
    return isinstance(value, str) and _UNKNOWN.fullmatch(value) is not None


def is_sensitive(path: str) -> bool:
    """Whether a property's name says that nobody should read it in a comment."""
    plain = _NOT_SENSITIVE.sub("", path)
    return _SENSITIVE.search(plain) is not None


def differences(old: Plain, new: Plain, path: str = "") -> Iterator[Leaf]:
    """Properties that differ, down to plain values; documents in texts are opened."""
    if old == new:
        return
    if is_secret(old) or is_secret(new):
        # What was a secret, or becomes one, is none of the reader's business on either side.
        yield path, _hidden(old), _hidden(new)
        return
    old_inner, new_inner = _opened(old), _opened(new)
    if isinstance(old_inner, Mapping) and isinstance(new_inner, Mapping):
        for key in sorted({*old_inner, *new_inner}):
            inner = f"{path}.{key}" if path else str(key)
            yield from differences(old_inner.get(key, ABSENT), new_inner.get(key, ABSENT), inner)
    elif _is_list(old_inner) and _is_list(new_inner):
        yield from _of_lists(old_inner, new_inner, path)
    else:
        yield path, old, new


def _hidden(value: Plain) -> Plain:
    return value if value is ABSENT else {_SIGNATURE: _SECRET_SIGNATURE}


def _of_lists(old: Sequence[Plain], new: Sequence[Plain], path: str) -> Iterator[Leaf]:
    for name in ("key", "name"):
        before, after = _by(name, old), _by(name, new)
        if before is not None and after is not None:
            for key in sorted({*before, *after}):
                inner = f"{path}[{key}]"
                yield from differences(before.get(key, ABSENT), after.get(key, ABSENT), inner)
            return
    plain = all(isinstance(value, (str, int, float, bool)) for value in (*old, *new))
    if plain and len({*map(str, old), *map(str, new)}) > 1 and len(old) != len(new):
        # A list of words: what came and what went, not what moved.
        for value in [it for it in old if it not in new]:
            yield f"{path}[]", value, ABSENT
        for value in [it for it in new if it not in old]:
            yield f"{path}[]", ABSENT, value
        return
    for index in range(max(len(old), len(new))):
        before = old[index] if index < len(old) else ABSENT
        after = new[index] if index < len(new) else ABSENT
        yield from differences(before, after, f"{path}[{index}]")


def _by(name: str, values: Sequence[Plain]) -> dict[str, Plain] | None:
    """Objects of a list by what tells them apart, such as tags by their key; None if not so."""
    found = {str(it[name]): it for it in values if isinstance(it, Mapping) and it.get(name)}
    return found if len(found) == len(values) else None


def _is_list(value: Plain) -> TypeGuard[Sequence[Plain]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _opened(value: Plain) -> Plain:
    """The object that a text holds as JSON; the value itself otherwise."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def shown(path: str, value: Plain) -> str:
    """A value in a line of Markdown; secrets and sensitive properties hidden."""
    if isinstance(value, _Absent) or value is None:
        return "nothing"
    if is_secret(value) or is_sensitive(path):
        return "_hidden_"
    if is_unknown(value):
        return "_known only during the update_"
    if isinstance(value, str) and _UNKNOWN.search(value):
        value = _UNKNOWN.sub("…", value)
    text = value if isinstance(value, str) else json.dumps(_blinded(value), sort_keys=True)
    return code(text)


def _blinded(value: Plain, path: str = "") -> Plain:
    """A value with every secret in it hidden."""
    if is_secret(value) or is_sensitive(path):
        return "(hidden)"
    if is_unknown(value):
        return "(not known yet)"
    if isinstance(value, Mapping):
        return {key: _blinded(inner, str(key)) for key, inner in value.items()}
    if _is_list(value):
        return [_blinded(inner) for inner in value]
    return value


def code(text: str) -> str:
    """Text as Markdown code on one line, shortened; nothing in it is read as Markdown or HTML."""
    one_line = " ".join(text.split())
    if len(one_line) > _LONGEST:
        one_line = f"{one_line[:_LONGEST]}… ({len(text)} characters)"
    fence = "`" * (max(map(len, re.findall(r"`+", one_line)), default=0) + 1)
    pad = " " if "`" in one_line else ""
    return f"{fence}{pad}{one_line}{pad}{fence}" if one_line else "an empty text"


def lines_changed(path: str, old: Plain, new: Plain) -> list[str] | None:
    """Changed lines of a text of several lines, ``-`` and ``+`` in front; None for other values."""
    if not isinstance(old, str) or not isinstance(new, str) or is_sensitive(path):
        return None
    before, after = _decoded(old), _decoded(new)
    if "\n" not in before or "\n" not in after:
        return None
    found = [
        line
        for line in difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
        if not line.startswith(("---", "+++", "@@"))
    ]
    hidden = [line if not is_sensitive(line) else f"{line[:1]} (hidden)" for line in found]
    rest = len(hidden) - _MOST_LINES
    return hidden if rest <= 0 else [*hidden[:_MOST_LINES], f"… and {rest} more lines"]


def _decoded(text: str) -> str:
    """What base64 of a text holds, such as user data; the text itself otherwise."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return text
