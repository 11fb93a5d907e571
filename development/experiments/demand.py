"""What requests ask of pods: processors, and what is left over where there are too few."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """A service whose pods share the requests alike.

    Attributes:
        millicores: what a pod requests, and may use at most.
        requests: requests a second that fill a pod.
        least: fewest pods.
        most: most pods.
        target: part of a pod that is to be used.
    """

    millicores: int = 900
    requests: float = 100.0
    least: int = 2
    most: int = 80
    target: float = 0.6

    @property
    def requests_wanted(self) -> float:
        """Requests a second of each pod, as it is to be."""
        return self.requests * self.target

    def pods(self, load: float) -> int:
        """Pods that a load asks for, at the target."""
        return min(self.most, max(self.least, -int(-load // self.requests_wanted)))

    def usage(self, load: float, ready: int) -> int:
        """Millicores that each ready pod uses: its share, and never more than it may."""
        if ready == 0:
            return 0
        return min(self.millicores, round(load / ready / self.requests * self.millicores))

    def unserved(self, load: float, ready: int) -> float:
        """Requests a second that ready pods have no room for."""
        return max(0.0, load - ready * self.requests)
