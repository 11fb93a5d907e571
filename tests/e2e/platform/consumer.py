"""Another team's project on the platform."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pulumi import automation

from localcloud import backend, workspace
from localcloud.state import PROJECT_ROOT, REGION
from tests.e2e.platform.running import Outcome, Platform, recorder
from tests.waiting import wait_until

PROGRAM = PROJECT_ROOT / "examples" / "consumer"
PROJECT, STACK = "shop", "prod"
INGRESSES = "/apis/networking.k8s.io/v1/namespaces/shop/ingresses"
PATIENCE = 180.0
"""Seconds for load balancers, ExternalDNS and pods."""


@dataclass
class Consumer:
    """The consumer's stack.

    Attributes:
        platform: what it is on.
        stack: the stack.
        first: what its first update did, by the last part of the URN.
    """

    platform: Platform
    stack: automation.Stack
    first: Mapping[str, str] = field(default_factory=dict[str, str])

    def up(self) -> Mapping[str, str]:
        """One plain ``pulumi up``: what it did, by the last part of the URN."""
        outcome = Outcome()
        self.stack.up(on_event=recorder(outcome), color="never")
        return outcome.named()

    def outputs(self) -> dict[str, Any]:
        return backend.outputs(self.platform.state, STACK, PROJECT)


def start(platform: Platform, folder: Path) -> Consumer:
    """Brings the program up as it is shipped, with a stack file outside the checkout."""
    project = yaml.safe_load((PROGRAM / "Pulumi.yaml").read_text())
    project["main"] = str(PROGRAM)
    project["runtime"]["options"]["virtualenv"] = str(PROJECT_ROOT / ".venv")
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    workspace.make_stack(platform.state, platform.cloud, STACK, folder)
    stack = workspace.select(platform.state, platform.cloud, STACK, folder)
    stack.set_config("aws:region", automation.ConfigValue(REGION))
    consumer = Consumer(platform, stack)
    consumer.first = consumer.up()
    return consumer


def load_balancers(platform: Platform, colour: str) -> set[str]:
    """Host names of the application's load balancers on a colour."""
    items = platform.kube(colour).get(INGRESSES)["items"]
    return {
        it["hostname"].lower() for item in items for it in item["status"]["loadBalancer"]["ingress"]
    }


def live_names(platform: Platform) -> list[str]:
    zones = platform.outputs("shared")["zones"]
    return [f"shop.{zones[kind]['name']}" for kind in ("public", "private")]


def pointed_at(platform: Platform) -> set[str]:
    """Load balancers that the live names lead to."""
    found: set[str] = set()
    for name in live_names(platform):
        zone = name.split(".", 1)[1]
        record = platform.records(zone).get((name, "A"))
        if record is not None:
            host = record["AliasTarget"]["DNSName"].lower().rstrip(".")
            found.add(host.removeprefix("dualstack."))
    return found


def wait_for(condition: Callable[[], bool], what: str) -> None:
    wait_until(what, condition, PATIENCE, pause=0.5)
