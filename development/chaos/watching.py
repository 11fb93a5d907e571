"""Looks all the time at live names and at the pods that write them, whatever is killed meanwhile.

It asks the API servers and the DNS server directly, past the proxy: faults do not reach it.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import dns.exception
import yaml

from development.chaos.platform import Platform
from localcloud import names
from localcloud.authority import KeyPair
from localcloud.aws import AwsClients
from localcloud.cluster.kube import FAILURES, Connection, Kube
from localcloud.fair_clock import FairClock
from localcloud.state import REGION
from settings.names import COLOURS

_ASK_PAUSE = 0.2
_LEFT_PAUSE = 0.5
_WRITERS = (
    "/api/v1/namespaces/kube-system/pods?labelSelector="
    "app%20in%20(live-external-dns-private,live-external-dns-public)"
)
_CLUSTER_TAG = "elbv2.k8s.aws/cluster"


@dataclass
class Names:
    """Asks for every live name, five times a second.

    Attributes:
        broken: what was wrong, each thing once, since the last `take_broken`.
        asked: questions that were answered.
    """

    platform: Platform
    broken: list[str] = field(default_factory=list[str])
    asked: int = 0
    places: Mapping[str, str] = field(default_factory=dict[str, str])

    def ask_all(self) -> None:
        """Asks once for every name."""
        for name in self.platform.live_names:
            try:
                answer = names.resolve(name, "A", self.platform.cloud.dns_port)
            except (OSError, dns.exception.DNSException):
                continue  # no answer at all says nothing about the name
            self.asked += 1
            if not answer:
                self._add_broken(f"{name} had no address")
            for address in answer:
                if address not in self.places:
                    self._add_broken(f"{name} led to {address}, of no load balancer")

    def take_broken(self) -> list[str]:
        """What was wrong since the last time."""
        broken, self.broken = self.broken, []
        return broken

    def _add_broken(self, text: str) -> None:
        if text not in self.broken:
            self.broken.append(text)


class Pods:
    """Watches the live DNS writers' pods of both API servers.

    A pod is there from when the API server stores it until it has deleted it.
    """

    def __init__(self, kubes: Mapping[str, Kube]) -> None:
        self._kubes = kubes
        self._lock = threading.Lock()
        self._pods: dict[str, set[str]] = {colour: set() for colour in kubes}
        self._broken: list[str] = []
        self._ended = threading.Event()

    def start(self) -> None:
        """Begins to watch."""
        for colour in self._kubes:
            threading.Thread(target=self._follow, args=(colour,), daemon=True).start()

    def stop(self) -> None:
        """Ends; the threads go with their connections."""
        self._ended.set()

    def by_colour(self) -> dict[str, set[str]]:
        """Names of the pods by colour, as last seen."""
        with self._lock:
            return {colour: set(found) for colour, found in self._pods.items()}

    def take_broken(self) -> list[str]:
        """Moments at which both colours had such a pod, since the last time."""
        with self._lock:
            broken, self._broken = self._broken, []
            return broken

    def _follow(self, colour: str) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(*FAILURES):
                items, version = self._kubes[colour].listing(_WRITERS)
                self._set_pods(colour, {item["metadata"]["name"] for item in items})
                for kind, item in self._kubes[colour].watch(_WRITERS, version):
                    if self._ended.is_set() or kind == "ERROR":
                        break
                    if kind != "BOOKMARK":
                        self._apply_event(colour, kind, item["metadata"]["name"])
            self._ended.wait(0.2)

    def _apply_event(self, colour: str, kind: str, name: str) -> None:
        with self._lock:
            found = set(self._pods[colour])
        self._set_pods(colour, found - {name} if kind == "DELETED" else found | {name})

    def _set_pods(self, colour: str, found: set[str]) -> None:
        with self._lock:
            self._pods[colour] = found
            if all(self._pods.values()):
                both = {c: sorted(pods) for c, pods in self._pods.items()}
                text = f"pods of live writers on both colours: {both}"
                if text not in self._broken:
                    self._broken.append(text)


class Watch:
    """Both, from the beginning of a run to its end."""

    def __init__(self, platform: Platform) -> None:
        self.names = Names(platform)
        self.pods = Pods({colour: kube(platform, colour) for colour in COLOURS})
        self._platform = platform
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._ask_until_stopped, daemon=True)

    def start(self) -> None:
        """Begins to look."""
        self.names.places = balancer_addresses(self._platform)
        self.pods.start()
        self._thread.start()

    def stop(self) -> None:
        """Ends."""
        self._ended.set()
        self._thread.join()
        self.pods.stop()

    def take_broken(self) -> list[str]:
        """What was wrong since the last time."""
        return [*self.names.take_broken(), *self.pods.take_broken()]

    def _ask_until_stopped(self) -> None:
        while not self._ended.wait(_ASK_PAUSE):
            self.names.ask_all()


def balancer_addresses(platform: Platform) -> dict[str, str]:
    """Address → colour of each load balancer that exists."""
    elb = AwsClients(platform.cloud.aws_url, REGION).elbv2
    found: dict[str, str] = {}
    for balancer in elb.describe_load_balancers()["LoadBalancers"]:
        described = elb.describe_tags(ResourceArns=[balancer["LoadBalancerArn"]])
        tags = {tag["Key"]: tag.get("Value", "") for tag in described["TagDescriptions"][0]["Tags"]}
        for address in names.resolve(balancer["DNSName"], "A", platform.cloud.dns_port):
            found[address] = tags[_CLUSTER_TAG].removeprefix("eks-")
    return found


def read_colours_of_names(platform: Platform, places: Mapping[str, str]) -> dict[str, str]:
    """Live name → colour that it leads to now; ``nothing`` for no address."""
    found: dict[str, str] = {}
    for name in platform.live_names:
        answer = names.resolve(name, "A", platform.cloud.dns_port)
        colours = {places.get(address, "unknown") for address in answer}
        found[name] = ", ".join(sorted(colours)) or "nothing"
    return found


def wait_until_names_lead_to(
    platform: Platform, places: Mapping[str, str], colour: str, seconds: float
) -> dict[str, str]:
    """Waits until every live name leads to a colour.

    Args:
        platform: the platform.
        places: address → colour of each load balancer.
        colour: the colour.
        seconds: of a `FairClock`, in which no name moves: then waiting ends.

    Returns:
        Where those lead that do not lead there.
    """
    return wait_until_none_is_left(
        lambda: {n: c for n, c in read_colours_of_names(platform, places).items() if c != colour},
        FairClock(),
        seconds,
    )


def wait_until_none_is_left(
    read: Callable[[], dict[str, str]], clock: FairClock, seconds: float
) -> dict[str, str]:
    """What `read` gives once that is nothing, or has not changed for so many seconds of `clock`."""
    left = read()
    while left and clock.seconds <= seconds:
        time.sleep(_LEFT_PAUSE)
        now = read()
        if now != left:
            clock.restart()
        left = now
    return left


def kube(platform: Platform, colour: str) -> Kube:
    """A colour's API server, as its administrator, as the local cloud's own programs reach it."""
    path = platform.state.clusters / f"eks-{colour}" / "kwok.kubeconfig"
    config = yaml.safe_load(path.read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    identity = KeyPair(Path(user["client-certificate"]), Path(user["client-key"]))
    port = urlsplit(cluster["server"]).port or 0
    return Kube(Connection(port, Path(cluster["certificate-authority"]), identity))
