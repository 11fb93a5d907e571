"""Fields that a kind's schema does not have: the API server drops them from a new object.

Pulumi's provider creates by a plain POST, so such a field is accepted, and nothing of it is told
but a warning in the provider's own log. An update is a server-side apply, which refuses it.
"""

from collections.abc import Iterator, Sequence

from localcloud.plugins.kubernetes.values import Json, Object, is_list, is_map

_NOT_STORED = ("stringData", "status")
"""What is stored elsewhere, or is not the writer's to say."""


def without(wanted: Object, stored: Json) -> tuple[Object, list[str]]:
    """A manifest without the fields that are not stored, and their paths.

    Args:
        wanted: the manifest.
        stored: what the API server would store of it.
    """
    dropped: list[str] = []
    known = dict(_kept_of_map(wanted, stored, "", dropped))
    return (known if dropped else wanted), dropped


def notes(dropped: Sequence[str]) -> tuple[str, ...]:
    """What is told of them."""
    if not dropped:
        return ()
    said = (
        f"unknown: {', '.join(sorted(dropped))}. The API server drops it from a new object, of "
        "which the real provider tells nothing, and refuses it at the next update."
    )
    return (said,)


def _kept(wanted: Json, stored: Json, path: str, dropped: list[str]) -> Json:
    if is_map(wanted):
        return dict(_kept_of_map(wanted, stored, path, dropped)) if is_map(stored) else wanted
    if is_list(wanted) and is_list(stored) and len(wanted) == len(stored):
        return [
            _kept(item, other, f"{path}[{index}]", dropped)
            for index, (item, other) in enumerate(zip(wanted, stored, strict=True))
        ]
    return wanted


def _kept_of_map(
    wanted: Json, stored: Json, path: str, dropped: list[str]
) -> Iterator[tuple[str, Json]]:
    if not is_map(wanted) or not is_map(stored):
        return
    for key, value in wanted.items():
        below = f"{path}.{key}" if path else key
        if key in stored:
            yield key, _kept(value, stored[key], below, dropped)
        elif below in _NOT_STORED:
            yield key, value
        elif not _is_nothing(value):
            dropped.append(below)


def _is_nothing(value: Json) -> bool:
    """Whether it is what a field has that is not written: such a one is not stored either."""
    if is_map(value):
        return all(_is_nothing(it) for it in value.values())
    if is_list(value):
        return not value
    return value is None or value is False or value in ("", 0)
