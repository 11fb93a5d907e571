"""KEDA's ScaledObjects: what they let a workload have, and how a switch raises their floor.

KEDA makes a HorizontalPodAutoscaler of each and writes back what anybody changes there, so the
ScaledObject itself is raised. Facts: https://keda.sh/docs/2.21/reference/scaledobject-spec/ and
https://keda.sh/docs/2.21/concepts/scaling-deployments/#pausing-autoscaling.
"""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias, cast

from bluegreen.field_managers import manager_of
from bluegreen.scalable import RAISED, RAISED_TO, Scalable, autoscaler_path, number_in
from handover.live_work import KEDA_API, PAUSES

Object: TypeAlias = Mapping[str, Any]

PATH = f"/apis/{'/'.join(KEDA_API)}/scaledobjects"
"""Of all of them at the API server."""

FLOOR = "minReplicaCount"
"""Field of its `spec` that a switch raises."""

_IDLE = "idleReplicaCount"
_MOST = 100
"""What KEDA takes where nothing is said."""

_PAUSED_AT, _ = PAUSES["scaledobjects"]
_PAUSED, _ = PAUSES["scaledjobs"]
_NO_GROWTH = "autoscaling.keda.sh/paused-scale-out"
_FALSE = ("0", "f", "false")
"""How Go's strconv writes no; KEDA takes anything else for yes."""


def target_of(item: Object) -> str:
    """The workload that it scales, ``KIND/NAMESPACE/NAME``."""
    target = item["spec"]["scaleTargetRef"]
    kind = str(target.get("kind") or "Deployment").lower()
    return f"{kind}/{item['metadata']['namespace']}/{target['name']}"


def is_its_own(autoscaler: Object) -> bool:
    """Whether a HorizontalPodAutoscaler is one that KEDA made, and writes back."""
    owners = autoscaler["metadata"].get("ownerReferences") or ()
    return any(it["kind"] == "ScaledObject" for it in owners)


def path_of_its_own(item: Object) -> str:
    """Of the HorizontalPodAutoscaler that KEDA keeps for it, at the API server."""
    meta = item["metadata"]
    name = item.get("status", {}).get("hpaName") or f"keda-hpa-{meta['name']}"
    return autoscaler_path(meta["namespace"], name)


def leaves_alone(item: Object) -> bool:
    """Whether it is paused as it is: then nothing scales the workload but its own replicas."""
    said = _annotations(item)
    return _PAUSED_AT not in said and _is_true(said, _PAUSED)


def scalable_of(item: Object) -> Scalable:
    """What of it can be raised.

    While no trigger is active KEDA keeps ``idleReplicaCount`` pods where that is set, whatever the
    floor is: raised, it is taken away.
    """
    meta, spec = item["metadata"], item["spec"]
    record = _record(item)
    found = record or {it: spec.get(it) for it in (FLOOR, *((_IDLE,) if _IDLE in spec else ()))}
    limit, held = _limit(item)
    return Scalable(
        name=f"scaledobject/{meta['namespace']}/{meta['name']}",
        path=f"/apis/{'/'.join(KEDA_API)}/namespaces/{meta['namespace']}/scaledobjects"
        f"/{meta['name']}",
        field=FLOOR,
        # One that is held asks for what it is held at, whatever its floor is.
        number=limit if held else _floor(spec),
        raised_from=None if record is None else _floor(record),
        most=limit,
        held=held,
        found=found,
        now={it: spec.get(it) for it in found},
        set_to=None if record is None else number_in(item, RAISED_TO),
        set_by=manager_of(item, FLOOR),
    )


def _floor(spec: Mapping[str, Any]) -> int:
    """Pods that it keeps while no trigger is active."""
    idle = spec.get(_IDLE)
    return int((spec.get(FLOOR) or 0) if idle is None else idle)


def _limit(item: Object) -> tuple[int, str]:
    """Pods that it lets the workload have, and why no more where it is not its own most."""
    said, spec = _annotations(item), item["spec"]
    if _PAUSED_AT in said:
        at = said[_PAUSED_AT]
        return int(at) if at.isdecimal() else 0, f"it is paused by {_PAUSED_AT}={at}"
    if _is_true(said, _NO_GROWTH):
        return _floor(spec), f"it may not grow, by {_NO_GROWTH}"
    most = spec.get("maxReplicaCount")
    return (_MOST if most is None else int(most)), ""


def _is_true(annotations: Mapping[str, str], name: str) -> bool:
    return name in annotations and annotations[name].lower() not in _FALSE


def _annotations(item: Object) -> Mapping[str, str]:
    return item["metadata"].get("annotations") or {}


def _record(item: Object) -> Mapping[str, int | None] | None:
    """The fields as they were before a switch raised them; None where none has."""
    try:
        said: object = json.loads(_annotations(item).get(RAISED, ""))
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    read = cast("dict[str, object]", said)
    if not {FLOOR} <= read.keys() <= {FLOOR, _IDLE}:
        return None
    if not all(it is None or type(it) is int for it in read.values()):
        return None
    return cast("dict[str, int | None]", read)
