"""A switch and its way back of two colours that both have Karpenter and KEDA; then one is retired.

Karpenter is the real one. The tests run in their order and each goes on from where the last ended.
"""

import threading
from collections.abc import Generator, Mapping, Set
from dataclasses import dataclass

import pytest
import yaml

from development.chaos import platform as small
from development.chaos.retirements import account
from development.chaos.retirements.platform import bring_up, with_karpenter
from development.chaos.watching import kube
from localcloud.extras import KARPENTER
from localcloud.server_settings import ServerSettings
from localcloud.traffic import NO_ADDRESS, NO_ANSWER, Traffic
from settings.names import COLOURS, Colour
from tests.e2e.extras import live_work
from tests.e2e.platform.running import Platform, empty_cloud
from tests.e2e.platform.writers import writing
from tests.e2e.switch.operator_command import bluegreen, deploy_sample
from tests.e2e.switch.watch import watching
from tests.waiting import wait_until

LIVE = ("web.devinfra.fr", "web.devinfra.local")
POOL_LABEL = "karpenter.sh/nodepool"
NODES = 3
PATIENCE = 300.0


@dataclass(frozen=True)
class Pair:
    """Two colours, and what stood in the account before green came."""

    platform: Platform
    small: small.Platform
    before: Mapping[str, Set[str]]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Generator[Pair]:
    """Both colours with Karpenter, its nodes, KEDA, live work and live names; blue is active."""
    settings = ServerSettings(extras=(KARPENTER.name,))
    with empty_cloud(tmp_path_factory.mktemp("cloud"), settings=settings) as empty:
        platform = small.Platform(empty.state, empty.cloud)
        for colour in COLOURS:
            file = empty.state.project / f"Pulumi.{colour}.yaml"
            content = with_karpenter(yaml.safe_load(file.read_text()))
            config = content["config"]
            config["eks-platform:addons"].pop("keda", None)
            config["eks-platform:keda"] = {}
            # Room for all of the system's pods: Karpenter launches nodes for applications alone.
            config["eks-platform:nodeGroups"]["on-demand"] |= {"min": NODES, "max": NODES}
            file.write_text(yaml.safe_dump(content, sort_keys=False))
        before: Mapping[str, Set[str]] = {}
        with live_work.jobs(platform):
            for colour in COLOURS:
                before = account.standing(platform)
                bring_up(platform, colour)
                deploy_sample(empty, colour)
                live_work.deploy_live_work(platform, colour)
            yield Pair(empty, platform, before)


@pytest.fixture(scope="module")
def visitors(pair: Pair) -> Generator[Traffic]:
    """Clients that ask for the live names from now on, and keep what DNS told them."""
    cloud = pair.platform.cloud
    ports = {"dns_port": cloud.dns_port, "balancer_port": cloud.balancer_port}
    traffic = Traffic(LIVE, **ports, clients=10)
    done = threading.Event()
    thread = threading.Thread(target=traffic.run, args=(5.0, 4 * 3600.0, done))
    thread.start()
    yield traffic
    done.set()
    thread.join()


def launched(platform: Platform, colour: Colour) -> set[str]:
    """Nodes that Karpenter launched."""
    nodes = platform.kube(colour).get("/api/v1/nodes")["items"]
    return {it["metadata"]["name"] for it in nodes if POOL_LABEL in it["metadata"]["labels"]}


def works_on(pair: Pair, colour: Colour) -> bool:
    """Whether live work runs on a colour, and on no other: it is paused there."""
    here, other = (kube(pair.small, it) for it in sorted(COLOURS, key=colour.__ne__))
    return (
        len(live_work.running(here)) == 1
        and not live_work.is_paused(here)
        and live_work.is_paused(other)
        and not live_work.running(other)
    )


def test_both_colours_have_pods_on_nodes_of_karpenter(pair: Pair) -> None:
    for colour in COLOURS:
        nodes = launched(pair.platform, colour)
        pods = pair.platform.kube(colour).get("/api/v1/namespaces/scaled/pods")["items"]
        assert len(pods) == 4
        assert {it["spec"]["nodeName"] for it in pods} <= nodes


def test_live_work_runs_on_the_active_colour_alone(pair: Pair) -> None:
    wait_until("live work of blue", lambda: works_on(pair, "blue"), PATIENCE)


def test_a_plan_lets_the_switch_through(pair: Pair) -> None:
    code, document = bluegreen(pair.platform, "plan", "--to", "green")
    broken = [it for it in document["findings"] if it["verdict"] in ("fail", "unseen")]
    assert (code, broken) == (0, [])


@pytest.mark.parametrize(("old", "new"), [("blue", "green"), ("green", "blue")])
def test_names_move_without_an_unanswered_request_and_live_work_with_them(
    pair: Pair, visitors: Traffic, old: Colour, new: Colour
) -> None:
    platform = pair.platform
    nodes = {colour: launched(platform, colour) for colour in COLOURS}
    with watching(platform, LIVE) as seen, live_work.looking(pair.small) as both:
        code, document = bluegreen(platform, "switch", "--yes", "--to", new)
    assert code == 0, document
    for name in LIVE:
        seen.led(name, old, new)
    assert writing(platform) == {new}
    wait_until(f"live work of {new}", lambda: works_on(pair, new), PATIENCE)
    assert both == []
    assert all(nodes[colour] <= launched(platform, colour) for colour in COLOURS)
    answered = {colour for _, colour in dict(visitors.counts)}
    assert old in answered
    assert not answered & {NO_ADDRESS, NO_ANSWER}


def test_the_old_colour_is_retired_and_nothing_of_it_is_left(pair: Pair, visitors: Traffic) -> None:
    platform = pair.platform
    nodes = launched(platform, "blue")
    code, document = bluegreen(platform, "drain", "--colour", "green", "--window", "1m")
    assert code == 0, document
    code, document = bluegreen(platform, "retire", "--colour", "green", "--window", "1m", "--yes")
    assert code == 0, document
    assert list(account.compare(pair.before, account.standing(pair.small))) == []
    assert list(account.check_stack(pair.small)) == []
    assert launched(platform, "blue") == nodes
    assert len(live_work.running(kube(pair.small, "blue"))) == 1
    assert not {colour for _, colour in dict(visitors.counts)} & {NO_ADDRESS, NO_ANSWER}
