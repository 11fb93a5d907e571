"""Looks all the time at what a platform does while the operator command runs."""

import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field

import boto3
import dns.exception

from localcloud import names
from localcloud.state import REGION
from tests.e2e.platform.conftest import Platform
from tests.e2e.platform.writers import live_writers, writes

PAUSE = 0.05
"""Seconds between two questions about one name: twenty a second."""


@dataclass
class Seen:
    """What was seen.

    Attributes:
        answers: name → colours that it led to, in order, repeats left out; ``nothing`` for no
            address, ``unknown`` for that of no load balancer.
        asked: how many questions were answered.
        writers: name → every set of colours whose live DNS writers would write it at a moment.
    """

    answers: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    asked: int = 0
    writers: dict[str, set[frozenset[str]]] = field(default_factory=dict[str, set[frozenset[str]]])

    def led(self, name: str, *colours: str) -> None:
        """Asserts where a name led, in order, and that one colour at most wrote it at a time."""
        assert self.asked > 0
        assert self.answers[name] == list(colours), name
        allowed = {frozenset[str](), *(frozenset({colour}) for colour in colours)}
        assert self.writers[name] <= allowed, name


@contextmanager
def watching(platform: Platform, live_names: Iterable[str]) -> Generator[Seen]:
    """Asks for live names and looks for writers until the block ends."""
    seen = Seen({name: [] for name in live_names}, writers={name: set() for name in live_names})
    done = threading.Event()
    # Known before: an address that appears later belongs to no load balancer of this moment.
    places = addresses(platform)

    def ask(name: str) -> None:
        while not done.wait(PAUSE):
            try:
                answer = names.resolve(name, "A", platform.cloud.dns_port)
            except dns.exception.DNSException:
                continue  # no answer at all says nothing about the name
            seen.asked += 1
            led = places.get(answer[0], "unknown") if answer else "nothing"
            if seen.answers[name][-1:] != [led]:
                seen.answers[name].append(led)

    def look() -> None:
        while not done.wait(PAUSE):
            running = live_writers(platform)
            for name, sets in seen.writers.items():
                sets.add(frozenset(colour for colour, told in running if writes(told, name)))

    threads = [threading.Thread(target=ask, args=(name,)) for name in seen.answers]
    threads.append(threading.Thread(target=look))
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        done.set()
        for thread in threads:
            thread.join()


def addresses(platform: Platform) -> dict[str, str]:
    """Address → colour of each load balancer that exists."""
    elb = boto3.client("elbv2", region_name=REGION)
    found: dict[str, str] = {}
    for balancer in elb.describe_load_balancers()["LoadBalancers"]:
        described = elb.describe_tags(ResourceArns=[balancer["LoadBalancerArn"]])
        tags = {tag["Key"]: tag.get("Value", "") for tag in described["TagDescriptions"][0]["Tags"]}
        cluster = tags["elbv2.k8s.aws/cluster"]
        for address in names.resolve(balancer["DNSName"], "A", platform.cloud.dns_port):
            found[address] = cluster.removeprefix("eks-")
    return found
