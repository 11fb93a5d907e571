"""Time made shorter, with the windows of every controller alike."""

from collections.abc import Mapping
from dataclasses import dataclass

FACTORS = (1, 3, 5, 15)
"""Factors by which the shortest window, 15 s of an autoscaler's policy, stays whole seconds."""

_MANAGER: Mapping[str, float] = {
    # https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/
    "horizontal-pod-autoscaler-sync-period": 15,
    "horizontal-pod-autoscaler-downscale-stabilization": 300,
    "horizontal-pod-autoscaler-initial-readiness-delay": 30,
    "horizontal-pod-autoscaler-cpu-initialization-period": 300,
}
_AUTOSCALER: Mapping[str, float] = {
    # https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md
    "scan-interval": 10,
    "scale-down-unneeded-time": 600,
    "scale-down-delay-after-add": 600,
    "scale-down-delay-after-failure": 180,
    "scale-down-unready-time": 1200,
    "max-node-provision-time": 900,
    "max-pod-eviction-time": 120,
    "node-delete-delay-after-taint": 5,
    "unremovable-node-recheck-timeout": 300,
    "initial-node-group-backoff-duration": 300,
    "max-node-group-backoff-duration": 1800,
}
_KARPENTER: Mapping[str, float] = {"batchMaxDuration": 10, "batchIdleDuration": 1}

POLICY_SECONDS = 15
"""Of the policies by which an autoscaler adds pods, as Kubernetes has it."""

RESOLUTION_SECONDS = 15
"""Between two looks of a metrics server at a pod."""

NODE_START_SECONDS = 50.0
"""From the launch of an instance until its node registers: 40 to 60 s on EC2."""

WARNING_SECONDS = 120.0
"""Between EC2's word and the end of a spot instance."""


@dataclass(frozen=True)
class Pace:
    """How much shorter time is.

    Attributes:
        factor: simulated seconds in a real one.
    """

    factor: int

    def real(self, seconds: float) -> float:
        """Real seconds of simulated ones."""
        return seconds / self.factor

    def simulated(self, seconds: float) -> float:
        """Simulated seconds of real ones."""
        return seconds * self.factor

    def duration(self, seconds: float) -> str:
        """Simulated seconds as a duration of Go, such as ``667ms``."""
        return f"{round(self.real(seconds) * 1000)}ms"

    def whole_seconds(self, seconds: int) -> int:
        """Simulated seconds as real ones where only whole ones can be said; at least 1."""
        return max(1, round(self.real(seconds)))

    @property
    def controller_manager(self) -> tuple[str, ...]:
        """Options of the kube-controller-manager."""
        return tuple(f"--{name}={self.duration(it)}" for name, it in _MANAGER.items())

    @property
    def cluster_autoscaler(self) -> Mapping[str, str]:
        """Options of Cluster Autoscaler."""
        return {name: self.duration(it) for name, it in _AUTOSCALER.items()}

    @property
    def karpenter(self) -> Mapping[str, str]:
        """Settings of Karpenter's chart."""
        return {name: self.duration(it) for name, it in _KARPENTER.items()}
