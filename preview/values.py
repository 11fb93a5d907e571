"""Shows values of properties: short, and never a secret, whether or not one is marked as such."""

import base64
import binascii
import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeGuard

from preview.events import Plain
from preview.secrets import (
    HIDDEN,
    hides_value,
    is_flag_of_secret,
    is_secret_object,
    is_sensitive,
    masked,
)

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - marks a secret, and is none
_UNKNOWN = re.compile(
    r"04da6b54-80e4-46f7-96ec-b56ff0331ba9|1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"
    r"|3eeb2bf0-c639-47a8-9e75-3b44932eb421|6a19a0b0-7e62-4c92-b797-7f8e31da9cc2"
    r"|030794c1-ac77-496b-92df-f27374a8bd58|e48ece36-62e2-4504-bad9-02848725956a"
    r"|dd056dcd-154b-4c76-9bd3-c8f88648b5ff"
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


def differences(old: Plain, new: Plain, path: str = "") -> Iterator[Leaf]:
    """Properties that differ, down to plain values; documents in texts are opened."""
    if old == new:
        return
    if is_secret(old) or is_secret(new):
        # What was a secret, or becomes one, is none of the reader's business on either side.
        yield path, hidden(old), hidden(new)
        return
    old_inner, new_inner = opened(old), opened(new)
    if isinstance(old_inner, Mapping) and isinstance(new_inner, Mapping):
        yield from _of_objects(old_inner, new_inner, path)
    elif _is_list(old_inner) and _is_list(new_inner):
        yield from _of_lists(old_inner, new_inner, path)
    else:
        yield path, old, new


def hidden(value: Plain) -> Plain:
    """A value as if the engine said that it is a secret; that there is none is no secret."""
    return value if value is ABSENT else {_SIGNATURE: _SECRET_SIGNATURE}


def _of_objects(old: Mapping[str, Plain], new: Mapping[str, Plain], path: str) -> Iterator[Leaf]:
    secret = _secret_members(old) | _secret_members(new)
    for key in sorted({*old, *new}):
        inner = f"{path}.{key}" if path else str(key)
        for where, before, after in differences(old.get(key, ABSENT), new.get(key, ABSENT), inner):
            is_shown = key not in secret
            yield (
                where,
                before if is_shown else hidden(before),
                after if is_shown else hidden(after),
            )


def _secret_members(value: Mapping[str, Plain]) -> frozenset[str]:
    """Members of an object that its other members say are secret."""
    if is_secret_object(value):
        return frozenset({"data", "stringData"})
    return frozenset({"value"} if hides_value(value) else ())


def _without_told(words: Sequence[Plain]) -> Sequence[Plain]:
    """Words of a command line, but for those that the flag before them says are secret."""
    return [
        hidden(word) if index and is_flag_of_secret(words[index - 1]) else word
        for index, word in enumerate(words)
    ]


def _of_lists(old: Sequence[Plain], new: Sequence[Plain], path: str) -> Iterator[Leaf]:
    for name in ("key", "name"):
        before, after = _by(name, old), _by(name, new)
        if before is not None and after is not None:
            for key in sorted({*before, *after}):
                inner = f"{path}[{key}]"
                yield from differences(before.get(key, ABSENT), after.get(key, ABSENT), inner)
            return
    old_words, new_words = _without_told(old), _without_told(new)
    if old_words == new_words:  # only what is hidden differs
        yield f"{path}[]", hidden(old), hidden(new)
    else:
        yield from _of_words(old_words, new_words, path)


def _of_words(old: Sequence[Plain], new: Sequence[Plain], path: str) -> Iterator[Leaf]:
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


def opened(value: Plain) -> Plain:
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
    inner = opened(value)
    if isinstance(inner, str):
        text = masked(_UNKNOWN.sub("…", inner))
        return "_hidden_" if text == HIDDEN else code_span(text)
    blinded = _blinded(inner)
    # As it is written, if nothing in it was to be hidden.
    return code_span(value if blinded == inner and isinstance(value, str) else _as_json(blinded))


def in_full(path: str, value: Plain) -> str:
    """A value in full, as one text that is the same for the same value; secrets hidden."""
    if isinstance(value, _Absent) or value is None:
        return "nothing"
    return _as_json(_blinded(value, path))


def _as_json(value: Plain) -> str:
    return json.dumps(value, sort_keys=True)


def _blinded(value: Plain, path: str = "") -> Plain:
    """A value with every secret in it hidden."""
    if is_secret(value) or is_sensitive(path):
        return HIDDEN
    if is_unknown(value):
        return "(not known yet)"
    inner = opened(value)
    if isinstance(inner, Mapping):
        secret = _secret_members(inner)
        blinded = {
            key: HIDDEN if key in secret else _blinded(it, str(key)) for key, it in inner.items()
        }
    elif _is_list(inner):
        blinded = [_blinded(it) for it in _without_told(inner)]
    else:
        return masked(inner) if isinstance(inner, str) else inner
    return value if blinded == inner else blinded


def code_span(text: str) -> str:
    """Text as Markdown code on one line, shortened; nothing in it is read as Markdown or HTML.

    Characters that cannot be seen, or that turn the direction of the line around, are replaced.
    """
    one_line = " ".join(text.split())
    if len(one_line) > _LONGEST:
        one_line = f"{one_line[:_LONGEST]}… ({len(text)} characters)"
    one_line = "".join(it if it.isprintable() else "\N{REPLACEMENT CHARACTER}" for it in one_line)
    fence = "`" * (max(map(len, re.findall(r"`+", one_line)), default=0) + 1)
    pad = " " if "`" in one_line else ""
    return f"{fence}{pad}{one_line}{pad}{fence}" if one_line else "an empty text"


def lines_changed(path: str, old: Plain, new: Plain) -> list[str] | None:
    """Changed lines of a text of several lines, ``-`` and ``+`` in front; None for other values."""
    if not isinstance(old, str) or not isinstance(new, str) or is_sensitive(path):
        return None
    before, after = masked(_decoded(old)), masked(_decoded(new))
    if "\n" not in before or "\n" not in after:
        return None
    diff = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    # Two lines name the files. A changed line may begin as they do: `--flag` as `---flag`.
    changed = [line for line in list(diff)[2:] if not line.startswith("@@")]
    found = [
        f"{line[:1]} {HIDDEN}" if is_sensitive(line) and HIDDEN not in line else line
        for line in changed
    ]
    rest = len(found) - _MOST_LINES
    told = found if rest <= 0 else [*found[:_MOST_LINES], f"… and {rest} more lines"]
    return told or [HIDDEN]


def _decoded(text: str) -> str:
    """What base64 of a text holds, such as user data; the text itself otherwise."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return text
