"""What Kubernetes would refuse in the values of a chart, though each value alone is right.

Maps are merged, so a value of the stack file can stand beside one of the platform or of the chart
that excludes it. Rules: pkg/apis/{core,apps,policy,autoscaling}/validation of Kubernetes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias, cast

from catalogue.chart_keys import Keys
from components.addon_stack.addon import Values
from components.addon_stack.quantity import parse_quantity

Path: TypeAlias = tuple[str, ...]

_STRATEGIES = ("deploymentStrategy", "strategy", "updateStrategy")
_HANDLERS = ("exec", "grpc", "httpGet", "tcpSocket")
_RECREATE, _ON_DELETE, _ROLLING = "Recreate", "OnDelete", "RollingUpdate"
_NO_KEYS = Keys("any")

DAEMON_SETS: Mapping[str, frozenset[Path]] = {
    "cilium": frozenset({("updateStrategy",), ("envoy", "updateStrategy")}),
    "fluentd": frozenset({("updateStrategy",)}),
}
"""Update strategies of DaemonSets, by add-on; all others are of Deployments."""


@dataclass(frozen=True)
class Conflict:
    """Values of one map that Kubernetes would refuse together.

    Attributes:
        path: keys from the top of the values to the map.
        found: what stands there, without values that could be secret.
        expected: what would be right.
    """

    path: Path
    found: str
    expected: str


def conflicts(addon: str, keys: Keys, values: Values) -> list[Conflict]:
    """Everything that Kubernetes would refuse.

    Args:
        addon: name of the add-on.
        keys: what its chart knows; a key whose kind is not ``any`` has a default.
        values: the platform's and the stack file's, merged; Outputs may stand in them.
    """
    return list(_below(addon, (), keys, values))


def _below(addon: str, at: Path, keys: Keys, values: Values) -> Iterator[Conflict]:
    here = _Map(at, keys, values)
    if at:
        yield from _strategy(here, is_daemon_set=at in DAEMON_SETS.get(addon, ()))
    yield from _budget(here)
    yield from _probe(here)
    yield from _resources(here)
    yield from _security(here)
    yield from _replicas(here)
    for key, inner in values.items():
        if isinstance(inner, Mapping):
            below = keys.inside.get(key, _NO_KEYS)
            yield from _below(addon, (*at, key), below, cast("Values", inner))


@dataclass(frozen=True)
class _Map:
    """A map of the values, and what the chart has there by default."""

    path: Path
    keys: Keys
    values: Values

    def has(self, key: str) -> bool:
        """Whether something stands at a key once Helm has merged all."""
        if key in self.values:
            return self.values[key] is not None
        default = self.keys.inside.get(key)
        if default is None or default.kind == "any":
            return False
        return bool(default.inside) or default.kind not in ("map", "open", "string", "list")

    def conflict(self, found: str, expected: str) -> Conflict:
        return Conflict(self.path, found, expected)


def _strategy(here: _Map, *, is_daemon_set: bool) -> Iterator[Conflict]:
    if here.path[-1] not in _STRATEGIES:
        return
    kind = here.values.get("type")
    known = (_ROLLING, _ON_DELETE if is_daemon_set else _RECREATE)
    if isinstance(kind, str) and kind not in known:
        workload = "a DaemonSet" if is_daemon_set else "a Deployment"
        yield here.conflict("another type", f"type: {' or '.join(known)}, for {workload}")
    if kind == _RECREATE and not is_daemon_set and here.has("rollingUpdate"):
        yield here.conflict(
            "type: Recreate beside rollingUpdate",
            "rollingUpdate: null beside it: Kubernetes refuses both together",
        )
    rolling = here.values.get("rollingUpdate")
    if isinstance(rolling, Mapping):
        below = here.keys.inside.get("rollingUpdate", _NO_KEYS)
        path = (*here.path, "rollingUpdate")
        yield from _rolling(_Map(path, below, cast("Values", rolling)), is_daemon_set=is_daemon_set)


def _rolling(here: _Map, *, is_daemon_set: bool) -> Iterator[Conflict]:
    surge, unavailable = here.values.get("maxSurge"), here.values.get("maxUnavailable")
    if _is_zero(surge) and _is_zero(unavailable):
        yield here.conflict(
            "maxSurge and maxUnavailable both 0",
            "one of them above 0: else no pod could be updated",
        )
    # Of a DaemonSet, what is not said is 0 for maxSurge, and 1 for maxUnavailable.
    goes_first = surge is not None and not _is_zero(surge)
    if is_daemon_set and goes_first and not _is_zero(unavailable):
        yield here.conflict(
            "maxSurge beside maxUnavailable",
            "maxUnavailable: 0 beside it: of a DaemonSet only one may be above 0",
        )


def _is_zero(value: object) -> bool:
    return not isinstance(value, bool) and value in (0, "0", "0%")


def _budget(here: _Map) -> Iterator[Conflict]:
    if here.has("minAvailable") and here.has("maxUnavailable"):
        yield here.conflict(
            "minAvailable beside maxUnavailable",
            "minAvailable: null or maxUnavailable: null: Kubernetes refuses both together",
        )


def _probe(here: _Map) -> Iterator[Conflict]:
    handlers = [key for key in _HANDLERS if here.has(key)]
    is_probe = any(part.endswith("Probe") for part in here.path[-2:])
    if is_probe and len(handlers) > 1:
        yield here.conflict(
            " beside ".join(handlers),
            "only one of them, and null for the others: a probe takes one",
        )


def _resources(here: _Map) -> Iterator[Conflict]:
    requests, limits = here.values.get("requests"), here.values.get("limits")
    if not isinstance(requests, Mapping) or not isinstance(limits, Mapping):
        return
    for name, wanted in cast("Values", requests).items():
        least, most = _quantity(wanted), _quantity(cast("Values", limits).get(name))
        if least is not None and most is not None and least > most:
            yield here.conflict(
                f"a request of {name} above its limit",
                f"limits.{name} of at least the request, or null for no limit",
            )


def _quantity(value: object) -> Decimal | None:
    if not isinstance(value, (int, float, str)) or isinstance(value, bool):
        return None
    try:
        return parse_quantity(str(value))
    except ValueError:
        return None


def _security(here: _Map) -> Iterator[Conflict]:
    values = here.values
    if values.get("allowPrivilegeEscalation") is False and values.get("privileged") is True:
        yield here.conflict(
            "privileged: true beside allowPrivilegeEscalation: false",
            "allowPrivilegeEscalation: null beside it: Kubernetes refuses both together",
        )
    if values.get("runAsNonRoot") is True and _is_root(values.get("runAsUser")):
        yield here.conflict(
            "runAsUser: 0 beside runAsNonRoot: true",
            "another user, or runAsNonRoot: false: else no container starts",
        )


def _is_root(value: object) -> bool:
    return value == 0 and not isinstance(value, bool)


def _replicas(here: _Map) -> Iterator[Conflict]:
    least, most = here.values.get("minReplicas"), here.values.get("maxReplicas")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield here.conflict("minReplicas above maxReplicas", "maxReplicas of at least minReplicas")
