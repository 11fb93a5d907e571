"""Load on a Deployment's simulated pods: all of them together use so much, each its share.

What a pod uses stands in its annotations, which KWOK serves as its kubelet's metrics. Someone has
to divide the load among pods that come and go: here that is done for as long as the load lasts.
"""

import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from pathlib import Path
from typing import Any, TypeAlias, cast

from kubernetes.utils.quantity import parse_quantity

USAGE = "kwok.x-k8s.io/usage-"
"""Annotations of a pod: how much ``cpu`` and ``memory`` its containers use."""

_PAUSE = 2.0

Kubectl: TypeAlias = Callable[[Sequence[str]], str]
"""Output of kubectl with these arguments; raises LoadError."""


class LoadError(Exception):
    """The load cannot be put on; the message says why."""


def millicores(quantity: str) -> int:
    """A CPU quantity such as ``2`` or ``1500m`` in thousandths.

    Raises:
        ValueError: it is none, or not more than 0.
    """
    found = Decimal(parse_quantity(quantity)) * 1000
    if found <= 0:
        raise ValueError(f"{quantity!r} is not more than 0")
    return int(found.to_integral_value(ROUND_UP))


def kubectl_of(program: Path, environment: Mapping[str, str], options: Sequence[str]) -> Kubectl:
    """The kubectl of a local cloud, with some options always."""

    def run(arguments: Sequence[str]) -> str:
        done = subprocess.run(
            [str(program), *options, *arguments],
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise LoadError(done.stderr.strip())
        return done.stdout

    return run


@dataclass(frozen=True)
class Shares:
    """How the load is divided at one moment.

    Attributes:
        pods: ready pods, which carry it.
        each: thousandths of a CPU that each of them uses; 0 without pods.
    """

    pods: int
    each: int


class Load:
    """One Deployment's load."""

    def __init__(self, kubectl: Kubectl, deployment: str, total: int) -> None:
        """Asks for the Deployment; `total` is in thousandths of a CPU. Raises LoadError."""
        self._kubectl = kubectl
        self._total = total
        found = json.loads(kubectl(["get", "deployment", deployment, "-o", "json"]))
        self._selector = _selector(found["spec"]["selector"])

    def divide(self) -> Shares:
        """Gives every ready pod its share, once. Raises LoadError."""
        pods = [pod for pod in self._pods() if _is_ready(pod)]
        each = -(-self._total // len(pods)) if pods else 0
        wanted = f"{each}m"
        late = [
            pod["metadata"]["name"]
            for pod in pods
            if (pod["metadata"].get("annotations") or {}).get(f"{USAGE}cpu") != wanted
        ]
        self._annotate(late, f"{USAGE}cpu={wanted}")
        return Shares(len(pods), each)

    def end(self) -> None:
        """Takes the load off every pod. Raises LoadError."""
        self._annotate([pod["metadata"]["name"] for pod in self._pods()], f"{USAGE}cpu-")

    def run(self, seconds: float, say: Callable[[Shares], None]) -> None:
        """Keeps it up for so long; `say` is told whenever it is divided otherwise."""
        deadline, before = time.monotonic() + seconds, None
        try:
            while time.monotonic() < deadline:
                shares = self.divide()
                if shares != before:
                    say(shares)
                    before = shares
                time.sleep(_PAUSE)
        finally:
            self.end()

    def _pods(self) -> list[dict[str, Any]]:
        listed = json.loads(self._kubectl(["get", "pods", "-l", self._selector, "-o", "json"]))
        return cast("list[dict[str, Any]]", listed["items"])

    def _annotate(self, pods: Sequence[str], annotation: str) -> None:
        if pods:
            self._kubectl(["annotate", "pods", "--overwrite", *pods, annotation])


def _selector(selector: Mapping[str, Any]) -> str:
    """A Deployment's selector as kubectl takes it; an empty one would be every pod."""
    labels: Mapping[str, str] = selector.get("matchLabels") or {}
    found = [f"{key}={value}" for key, value in labels.items()]
    for it in selector.get("matchExpressions") or ():
        key, values = it["key"], ",".join(it.get("values") or ())
        match it["operator"]:
            case "Exists":
                found.append(key)
            case "DoesNotExist":
                found.append(f"!{key}")
            case operator:
                found.append(f"{key} {operator.lower()} ({values})")
    return ",".join(found)


def _is_ready(pod: Mapping[str, Any]) -> bool:
    if pod["metadata"].get("deletionTimestamp"):
        return False
    conditions = pod.get("status", {}).get("conditions") or []
    return any(it["type"] == "Ready" and it["status"] == "True" for it in conditions)
