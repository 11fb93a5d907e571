"""Runbooks, followed as they are written."""

import time

from localcloud import names
from tests.e2e.platform.conftest import COLOURS, Platform
from tests.e2e.platform.reader import follow

SWITCH, ROLL_BACK = "docs/runbooks/switch.md", "docs/runbooks/roll-back.md"
DEADLINE = 120.0
"""Seconds for live names to follow; a pass of ExternalDNS comes once a minute."""

AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"


def active(platform: Platform) -> str | None:
    return platform.outputs("shared").get("activeColour")


def wait_until_live_names_are_of(platform: Platform, colour: str) -> None:
    dns, end = platform.cloud.dns_port, time.monotonic() + DEADLINE
    own = names.ask(f"web.eks-{colour}.devinfra.fr", "A", dns)
    assert own
    while names.ask("web.devinfra.fr", "A", dns) != own:
        assert time.monotonic() < end, f"live names do not follow to {colour}"
        time.sleep(0.5)


def test_the_switch_is_taken_back_done_and_rolled_back(platform: Platform) -> None:
    follow(platform, SWITCH, "Stop blue's writers")
    assert active(platform) is None
    follow(platform, ROLL_BACK, "Take it back")
    assert active(platform) == "blue"
    assert platform.outputs("blue")["liveWriters"]["running"]

    follow(platform, SWITCH, "Stop blue's writers")
    follow(platform, SWITCH, "Start green's")
    assert active(platform) == "green"
    wait_until_live_names_are_of(platform, "green")
    follow(platform, SWITCH, "After")

    follow(platform, ROLL_BACK, "Switch to blue")
    assert active(platform) == "blue"
    wait_until_live_names_are_of(platform, "blue")
    running = [platform.outputs(colour)["liveWriters"]["running"] for colour in COLOURS]
    assert running == [True, False]


def test_a_lost_aws_auth_is_restored(platform: Platform) -> None:
    kube = platform.kube("blue")
    before = kube.get(AWS_AUTH)["data"]
    kube.delete(AWS_AUTH)
    follow(platform, "docs/runbooks/aws-auth.md", "2. Restore it")
    assert kube.get(AWS_AUTH)["data"] == before
