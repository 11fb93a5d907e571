"""What the ConfigMap of the autoscaler's status says, in the form of the real one (1.30 and later).

Source of the form: clusterstate/api/types.go of kubernetes/autoscaler.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import yaml

from localcloud.cluster_autoscaler.groups import Group
from localcloud.cluster_autoscaler.memory import Counts


@dataclass(frozen=True)
class GroupStatus:
    """How one group is.

    Attributes:
        growing: whether nodes are waited for.
        held_back: whether it is left alone after a failure.
        candidates: nodes of it that nobody needs.
    """

    group: Group
    counts: Counts
    growing: bool
    held_back: bool
    candidates: int


class Status:
    """Writes statuses; remembers since when each of their conditions is as it is."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[str, datetime]] = {}

    def text(self, groups: Sequence[GroupStatus], *, healthy: bool, now: datetime) -> str:
        """The document.

        Args:
            groups: all of them.
            healthy: whether enough nodes are ready.
            now: the time.
        """
        candidates = sum(it.candidates for it in groups)
        growing = any(it.growing for it in groups)
        whole = {
            "health": {
                **self._condition("health", "Healthy" if healthy else "Unhealthy", now),
                "nodeCounts": _counts([it.counts for it in groups]),
            },
            "scaleUp": self._condition("up", "InProgress" if growing else "NoActivity", now),
            "scaleDown": {
                **self._condition(
                    "down", "CandidatesPresent" if candidates else "NoCandidates", now
                ),
                **({"candidates": candidates} if candidates else {}),
            },
        }
        document = {
            "time": str(now),
            "autoscalerStatus": "Running",
            "clusterWide": whole,
            "nodeGroups": [self._group(it, now) for it in groups],
        }
        return yaml.safe_dump(document, sort_keys=False)

    def _group(self, status: GroupStatus, now: datetime) -> Mapping[str, object]:
        group, name = status.group, status.group.name
        up = "Backoff" if status.held_back else "InProgress" if status.growing else "NoActivity"
        down = "CandidatesPresent" if status.candidates else "NoCandidates"
        healthy = status.counts.unready == 0 and status.counts.overdue == 0
        return {
            "name": name,
            "health": {
                **self._condition(f"{name}/health", "Healthy" if healthy else "Unhealthy", now),
                "nodeCounts": _counts([status.counts]),
                "cloudProviderTarget": group.target,
                "minSize": group.minimum,
                "maxSize": group.maximum,
            },
            "scaleUp": self._condition(f"{name}/up", up, now),
            "scaleDown": {
                **self._condition(f"{name}/down", down, now),
                **({"candidates": status.candidates} if status.candidates else {}),
            },
        }

    def _condition(self, key: str, status: str, now: datetime) -> Mapping[str, str]:
        before, since = self._since.get(key, ("", now))
        if before != status:
            since = now
        self._since[key] = (status, since)
        return {
            "status": status,
            "lastProbeTime": now.isoformat(),
            "lastTransitionTime": since.isoformat(),
        }


def _counts(counts: Sequence[Counts]) -> Mapping[str, object]:
    return {
        "registered": {
            "total": sum(it.registered for it in counts),
            "ready": sum(it.ready for it in counts),
            "notStarted": sum(it.starting for it in counts),
            "beingDeleted": sum(it.leaving for it in counts),
            "unready": {"total": sum(it.unready for it in counts), "resourceUnready": 0},
        },
        "longUnregistered": sum(it.overdue for it in counts),
        "unregistered": sum(it.unregistered for it in counts),
    }
