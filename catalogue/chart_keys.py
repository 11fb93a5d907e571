"""Which values a chart knows, and what is wrong with values that it does not.

Helm takes unknown values without a word, so a misspelt one does nothing. The lists are in
``charts/CHART-VERSION.txt``, one path and its kind a line, from the chart's own ``values.yaml``
and from what its templates read beside it. To write the list of a new version::

    helm show values CHART --version VERSION |
        python -m catalogue.chart_keys > catalogue/charts/CHART-VERSION.txt

and add by hand what only the templates know.
"""

import difflib
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import yaml

FOLDER = Path(__file__).parent / "charts"
"""Where the lists are kept."""

Path_: TypeAlias = tuple[str, ...]

KINDS: Mapping[str, str] = {
    "amount": "a number, or a percentage in quotes",
    "any": "any value",
    "bool": "true or false",
    "int": "a whole number",
    "list": "a list",
    "map": "a map",
    "number": "a number",
    "open": "a map",
    "string": "text, in quotes",
}
"""Each kind of value and how it is said. An ``open`` map takes keys that nobody listed; what is
``any`` has no default."""

_OPEN = frozenset(
    {
        "affinity", "annotations", "cmdOptions", "containerSecurityContext",
        "deploymentAnnotations", "deploymentStrategy", "dnsConfig", "extraArgs", "extraEnv",
        "fileConfigs", "labels",
        "lifecycle", "limits", "namespaceSelector", "nodeSelector", "objectSelector",
        "podAnnotations", "podDisruptionBudget", "podLabels", "podSecurityContext", "requests",
        "resources", "securityContext", "strategy", "updateStrategy",
    }
)  # fmt: skip
"""Maps that charts hand on to Kubernetes or to a program as they are."""

_AMOUNTS = ("maxSurge", "maxUnavailable", "minAvailable")  # 1 or 25%
_TEXT_MAPS = re.compile(r"(?:.*A|a)nnotations|(?:.*L|l)abels|nodeSelector")
"""Maps of which Kubernetes takes text alone; without quotes 1.10 would come as 1.1."""

_TEXTS = ("digest", "tag")  # of images
_SEGMENT = re.compile(r'"([^"]*)"|([^."]+)')
_CLOSE = 0.6  # difflib: how alike two paths must be to be offered
_OFFERED = 3


@dataclass(frozen=True)
class Problem:
    """A value that the chart would not take as it is meant.

    Attributes:
        path: keys from the top of the values.
        found: the value there; None for an unknown key.
        unknown: whether it is the key that is wrong.
        expected: what would be right.
    """

    path: Path_
    found: object
    unknown: bool
    expected: str


@dataclass
class Keys:
    """What may stand at one place of a chart's values.

    Attributes:
        kind: one of `KINDS`.
        inside: of a map, what may stand at each key.
    """

    kind: str
    inside: dict[str, "Keys"] = field(default_factory=dict[str, "Keys"])

    def paths(self, prefix: Path_ = ()) -> Iterator[Path_]:
        """Every path below."""
        for key, keys in self.inside.items():
            yield (*prefix, key)
            yield from keys.paths((*prefix, key))


@lru_cache
def keys_of(chart: str, version: str) -> Keys:
    """The list of a chart's version.

    Raises:
        FileNotFoundError: there is none.
    """
    return parse((FOLDER / f"{chart}-{version}.txt").read_text(encoding="utf-8"))


def parse(text: str) -> Keys:
    """A list from its text.

    Raises:
        ValueError: a line's kind is none of `KINDS`, or its parent is not there.
    """
    top = Keys("map")
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        path, _, kind = line.rpartition(" ")
        if kind not in KINDS:
            raise ValueError(f"{line}: {kind} is no kind of value")
        *outer, last = parts(path)
        place = top
        for key in outer:
            if key not in place.inside:
                raise ValueError(f"{line}: no line for {key}")
            place = place.inside[key]
        place.inside[last] = Keys(kind)
    return top


def problems(keys: Keys, values: Mapping[str, object]) -> list[Problem]:
    """Everything in `values` that the chart does not know or that is of another kind.

    Nothing (``null``) is right in place of every value: it takes the chart's default away.
    """
    return list(_problems(keys, keys, (), values))


def dotted(path: Sequence[str]) -> str:
    """A path as Helm's documentation writes it."""
    return ".".join(f'"{key}"' if "." in key else key for key in path)


def parts(path: str) -> Path_:
    """The keys of a path as Helm's documentation writes it."""
    return tuple(quoted or plain for quoted, plain in _SEGMENT.findall(path))


def value_at(values: Mapping[str, object], path: str) -> object:
    """The value at a path; None if there is none."""
    return value_inside(values, parts(path))


def value_inside(values: Mapping[str, object], keys: Path_) -> object:
    """The value below these keys, all of them where there are none; None if there is none."""
    found: object = values
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _problems(top: Keys, keys: Keys, at: Path_, value: object) -> Iterator[Problem]:
    if value is None:
        return
    if not _is(keys.kind, value):
        yield Problem(at, value, unknown=False, expected=KINDS[keys.kind])
    elif at and at[-1] in _TEXTS and isinstance(value, (bool, int, float)):
        yield Problem(at, value, unknown=False, expected=KINDS["string"])
    elif at and _TEXT_MAPS.fullmatch(at[-1]) and isinstance(value, Mapping):
        yield from _not_text(at, value)
    elif keys.kind in ("map", "open") and isinstance(value, Mapping):
        for key, inner in value.items():
            path = (*at, str(key))
            if str(key) in keys.inside:
                yield from _problems(top, keys.inside[str(key)], path, inner)
            elif keys.kind == "map":
                yield Problem(path, None, unknown=True, expected=_nearest(top, path))


def _not_text(at: Path_, value: Mapping[str, object]) -> Iterator[Problem]:
    for key, inner in value.items():
        if isinstance(inner, (bool, int, float)):
            yield Problem((*at, key), inner, unknown=False, expected=KINDS["string"])


def _is(kind: str, value: object) -> bool:
    if kind == "any":
        return True
    if kind == "amount":
        return isinstance(value, (int, str)) and not isinstance(value, bool)
    if kind in ("bool", "int", "number"):
        types = {"bool": (bool,), "int": (int,), "number": (int, float)}[kind]
        return isinstance(value, types) and (kind == "bool" or not isinstance(value, bool))
    if kind == "string":
        return isinstance(value, str)
    if kind == "list":
        return isinstance(value, Sequence) and not isinstance(value, str)
    return isinstance(value, Mapping)


def _nearest(top: Keys, path: Path_) -> str:
    """The paths that were likely meant: alike as a whole, or with the same end elsewhere."""
    known = {dotted(it): it for it in top.paths()}
    alike = difflib.get_close_matches(dotted(path), known, n=_OFFERED, cutoff=_CLOSE)
    ends = [text for text, it in known.items() if it[-1] == path[-1] and text not in alike]
    siblings = [text for text, it in known.items() if it[:-1] == path[:-1]]
    offered = [*alike, *ends][:_OFFERED] or siblings[:_OFFERED]
    return f"a value that the chart knows; the nearest: {', '.join(offered)}"


def render(values: Mapping[str, object]) -> str:
    """The list for a chart's default values."""
    return "".join(f"{dotted(path)} {kind}\n" for path, kind in _list((), values))


def _list(at: Path_, values: Mapping[str, object]) -> Iterator[tuple[Path_, str]]:
    for key, value in values.items():
        path = (*at, str(key))
        yield path, _kind(str(key), value)
        if isinstance(value, Mapping):
            yield from _list(path, value)


def _kind(key: str, value: object) -> str:
    if isinstance(value, Mapping):
        return "open" if not value or key in _OPEN else "map"
    if key in _AMOUNTS:
        return "any" if value is None else "amount"
    kinds: dict[type, str] = {
        bool: "bool",
        int: "int",
        float: "number",
        str: "string",
        list: "list",
    }
    return kinds.get(type(value), "any")


if __name__ == "__main__":
    sys.stdout.write(render(yaml.safe_load(sys.stdin)))
