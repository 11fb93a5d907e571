"""Look by look: what it asks for, what it takes back, and when."""

from dataclasses import replace

import pytest
import yaml

from localcloud.cluster_autoscaler.objects import Node, Taint
from tests.unit.cluster_autoscaler.making import NOW, after, node, options, pod, running
from tests.unit.cluster_autoscaler.world import World

AGENT = Taint("node.cilium.io/agent-not-ready", "", "NoSchedule")


def of_group(status: object, name: str, what: str) -> str:
    assert isinstance(status, dict)
    (found,) = [it for it in status["nodeGroups"] if it["name"] == name]
    return str(found[what]["status"])


def test_pods_that_wait_raise_a_group_once() -> None:
    world = World(pods=[pod("3"), pod("3")], starts=False)
    world.add_group("spot")
    world.look(NOW)
    assert world.asked == [("spot", 2)]
    assert world.said["TriggeredScaleUp"] == "pod triggered scale-up: [spot 0->2 (max: 10)]"
    assert world.said["ScaledUpGroup"].endswith("size set to 2 instead of 0 (max: 10)")
    # What was asked for is waited for.
    world.look(after(seconds=10))
    world.look(after(seconds=20))
    assert world.asked == [("spot", 2)]
    assert of_group(world.document(), "spot", "scaleUp") == "InProgress"
    # One more asks for one more.
    world.pods.append(pod("3"))
    world.look(after(seconds=30))
    assert world.asked[1:] == [("spot", 3)]


def test_nodes_that_start_count_as_on_their_way_until_they_are_ready_for_pods() -> None:
    told = options(f"--startup-taint={AGENT.key}")
    world = World(told=told, pods=[pod("3")])
    world.add_group("spot")
    world.look(NOW)
    (made,) = world.all_nodes.values()
    world.all_nodes[made.name] = replace(made, taints=(AGENT,), created=NOW)
    world.look(after(seconds=10))
    assert world.asked == [("spot", 1)]
    assert of_group(world.document(), "spot", "scaleUp") == "InProgress"
    world.all_nodes[made.name] = made
    world.look(after(seconds=20))
    assert of_group(world.document(), "spot", "scaleUp") == "NoActivity"
    # Without the flag it counts as a node where no pod fits, and a second one is made.
    other = World(pods=[pod("3")])
    other.add_group("spot")
    other.look(NOW)
    (name,) = other.all_nodes
    other.all_nodes[name] = replace(other.all_nodes[name], taints=(AGENT,))
    other.look(after(seconds=10))
    assert other.asked == [("spot", 1), ("spot", 2)]


def test_the_priority_of_groups_is_that_of_the_config_map() -> None:
    text = yaml.safe_dump({10: [".*"], 50: ["^spot$"]})
    world = World(
        told=options("--expander=priority,least-waste"), pods=[pod()], priorities_text=text
    )
    world.add_group("on-demand")
    world.add_group("spot")
    world.look(NOW)
    assert world.asked == [("spot", 1)]


def test_a_bad_config_map_is_told_and_something_is_chosen_all_the_same() -> None:
    world = World(told=options("--expander=priority"), pods=[pod()], priorities_text="spot: 1")
    world.add_group("spot")
    world.look(NOW)
    assert "PriorityConfigMapInvalid" in world.said
    assert world.asked == [("spot", 1)]


def test_expendable_pods_neither_ask_for_nodes_nor_take_room() -> None:
    low = replace(running("n1", "4"), priority=-11)
    world = World(pods=[pod(priority=-11), pod("4"), low])
    world.add_group("spot", "n1")
    world.look(NOW)
    assert world.asked == []


def test_a_pod_that_waits_for_others_to_give_way_asks_for_nothing() -> None:
    world = World(pods=[running("n1", "4"), pod("4", nominated="n1")])
    world.add_group("spot", "n1")
    world.look(NOW)
    assert world.asked == []


def test_the_room_that_a_pod_waits_for_is_nobody_elses() -> None:
    world = World(pods=[pod("4", nominated="n1"), pod("4")])
    world.add_group("spot", "n1")
    world.look(NOW)
    assert world.asked == [("spot", 2)]


def test_a_group_that_may_not_grow_is_left_alone_longer_each_time() -> None:
    world = World(pods=[pod()], refuses=True)
    world.add_group("spot")
    world.look(NOW)
    assert "Scale-up failed for group spot" in world.said["FailedToScaleUpGroup"]
    assert "not authorized" in world.said["FailedToScaleUpGroup"]
    assert of_group(world.document(), "spot", "scaleUp") == "Backoff"
    world.refuses = False
    world.look(after(minutes=4))
    assert world.asked == []
    assert "in backoff after failed scale-up" in world.said["NotTriggerScaleUp"]
    world.refuses = True
    world.look(after(minutes=5))
    world.refuses = False
    world.look(after(minutes=14))
    assert world.asked == []
    world.look(after(minutes=15))
    assert world.asked == [("spot", 1)]


def test_nodes_that_never_come_are_given_up_and_another_group_is_asked() -> None:
    world = World(pods=[pod()], starts=False)
    world.add_group("a")
    world.add_group("b", maximum=0)
    world.look(NOW)
    world.all_groups["b"] = replace(world.all_groups["b"], maximum=5)
    world.look(after(seconds=10))
    world.look(after(minutes=14))
    assert world.asked == [("a", 1)]
    world.look(after(minutes=15, seconds=10))
    assert "failed to register" in world.said["ScaleUpTimedOut"]
    # The room that a never filled is given back.
    assert world.asked[1:] == [("a", 0), ("b", 1)]


def test_a_group_without_capacity_is_left_alone_at_the_next_look_and_another_is_asked() -> None:
    world = World(pods=[pod()], has={"a": 0})
    world.add_group("a")
    world.add_group("b", maximum=0)
    world.look(NOW)
    assert world.asked == [("a", 1)]
    world.all_groups["b"] = replace(world.all_groups["b"], maximum=5)
    # What cannot be had is let go, and nothing else is done in that look.
    world.look(after(seconds=10))
    assert "do not have sufficient capacity" in world.said["ScaleUpFailed"]
    assert "Failed adding 1 nodes to group a" in world.said["ScaleUpFailed"]
    assert world.asked[1:] == [("a", 0)]
    assert of_group(world.document(), "a", "scaleUp") == "Backoff"
    world.look(after(seconds=20))
    assert world.asked[2:] == [("b", 1)]


def test_a_group_without_capacity_is_asked_again_after_its_time() -> None:
    world = World(pods=[pod()], has={"a": 0})
    world.add_group("a")
    world.look(NOW)
    world.look(after(seconds=10))
    world.look(after(seconds=20))
    assert "in backoff after failed scale-up" in world.said["NotTriggerScaleUp"]
    world.has.clear()
    world.look(after(minutes=5))
    assert world.asked == [("a", 1), ("a", 0)]
    world.look(after(minutes=5, seconds=10))
    assert world.asked[2:] == [("a", 1)]
    # An old failure is none of what was asked for since.
    world.look(after(minutes=5, seconds=20))
    assert world.asked[3:] == []
    assert of_group(world.document(), "a", "scaleUp") == "NoActivity"


def test_what_a_group_got_of_what_it_asked_for_stays() -> None:
    world = World(pods=[pod("3"), pod("3")], has={"a": 1})
    world.add_group("a")
    world.look(NOW)
    world.look(after(seconds=10))
    assert world.asked == [("a", 2), ("a", 1)]
    assert len(world.all_nodes) == 1
    assert "Failed adding 1 nodes" in world.said["ScaleUpFailed"]


def test_a_group_without_capacity_is_not_set_below_its_least() -> None:
    world = World(has={"a": 0})
    world.add_group("a", minimum=1)
    world.all_groups["a"] = replace(world.all_groups["a"], target=1)
    world.failures["a"] = NOW
    world.pods = [pod("3"), pod("3")]
    world.look(after(seconds=10))
    # Looks go on: the pods ask for what is missing beside what is on its way.
    assert world.asked == [("a", 2)]
    world.look(after(seconds=20))
    assert world.asked[1:] == [("a", 1)]


def test_an_instance_that_never_becomes_a_node_is_ended() -> None:
    world = World()
    world.add_group("spot", "n1")
    world.all_nodes.clear()
    world.look(NOW)
    world.look(after(minutes=14))
    assert world.all_groups["spot"].target == 1
    world.look(after(minutes=15))
    assert world.all_groups["spot"].target == 0


def test_a_node_goes_after_its_time_and_not_soon_after_another_came() -> None:
    world = World(pods=[running("n1", "3")])
    world.add_group("spot", "n1", "n2")
    world.look(NOW)
    assert of_group(world.document(), "spot", "scaleDown") == "CandidatesPresent"
    world.look(after(minutes=9))
    assert set(world.all_nodes) == {"n1", "n2"}
    # What was needed in between begins anew.
    world.pods.append(running("n2", "3"))
    world.look(after(minutes=10))
    world.pods.pop()
    world.look(after(minutes=11))
    world.look(after(minutes=20))
    assert set(world.all_nodes) == {"n1", "n2"}
    world.look(after(minutes=21))
    assert set(world.all_nodes) == {"n1"}
    assert "n2" in world.said["ScaleDownEmpty"]


def test_after_growing_nothing_shrinks_for_a_while() -> None:
    world = World()
    world.add_group("spot", "n1")
    world.look(NOW)
    world.pods.append(pod("5", selector=()))
    world.pods[0] = pod("4")
    world.pods.append(pod("4"))
    world.look(after(minutes=9))
    assert world.asked
    world.pods.clear()
    world.look(after(minutes=10))
    world.look(after(minutes=18))
    assert len(world.all_nodes) == 2
    world.look(after(minutes=20))
    assert world.all_nodes == {}


def test_a_node_is_drained_before_it_goes() -> None:
    world = World(pods=[running("n1", "1"), running("n2", "3")])
    world.add_group("spot", "n1", "n2")
    world.look(NOW)
    world.look(after(minutes=10))
    assert set(world.all_nodes) == {"n2"}
    assert [it.node for it in world.pods] == ["n2"]
    assert (
        "pods to reschedule" in world.said["ScaleDown"] or "node removed" in world.said["ScaleDown"]
    )


def test_one_node_at_a_time_is_drained_and_empty_ones_go_together() -> None:
    names = ("n1", "n2", "n3", "n4", "n5")
    world = World(pods=[running("n1", "0.5"), running("n2", "0.5"), running("n5", "2")])
    world.add_group("spot", *names)
    world.look(NOW)
    world.look(after(minutes=10))
    assert len(world.all_nodes) == 2


def test_a_pod_that_may_not_be_evicted_keeps_its_node_which_is_usable_again() -> None:
    stuck = running("n1", "1")
    world = World(pods=[stuck, running("n2", "3")], stuck=frozenset({stuck.uid}))
    world.add_group("spot", "n1", "n2")
    world.look(NOW)
    world.look(after(minutes=10))
    assert set(world.all_nodes) == {"n1", "n2"}
    assert "may not be evicted" in world.said["ScaleDownFailed"]
    assert world.all_nodes["n1"].taints == ()
    # It is tried again, not at once.
    world.said.clear()
    world.look(after(minutes=11))
    world.look(after(minutes=14))
    assert "ScaleDownFailed" not in world.said


def test_a_group_keeps_its_least() -> None:
    world = World()
    world.add_group("spot", "n1", "n2", minimum=1)
    world.look(NOW)
    world.look(after(minutes=10))
    world.look(after(minutes=20))
    assert len(world.all_nodes) == 1


@pytest.mark.parametrize(("unready", "acts"), [(3, True), (4, False)])
def test_nothing_is_scaled_while_too_many_nodes_are_down(unready: int, *, acts: bool) -> None:
    def down(it: Node) -> Node:
        return replace(it, ready=False, allocatable={})

    world = World(pods=[pod("4")])
    world.add_group("spot", *(f"n{it}" for it in range(8)))
    world.all_nodes = {
        name: down(it) if number < unready else replace(it, cordoned=True)
        for number, (name, it) in enumerate(world.all_nodes.items())
    }
    world.look(NOW)
    assert bool(world.asked) == acts


def test_nodes_of_nobody_are_left_alone() -> None:
    world = World()
    world.all_nodes["mine"] = node("mine")
    world.look(NOW)
    world.look(after(minutes=30))
    assert set(world.all_nodes) == {"mine"}


def test_it_shrinks_nothing_where_that_is_off() -> None:
    world = World(told=options("--scale-down-enabled=false"))
    world.add_group("spot", "n1")
    world.look(NOW)
    world.look(after(minutes=30))
    assert set(world.all_nodes) == {"n1"}


def test_a_node_that_is_down_goes_after_a_longer_time() -> None:
    world = World()
    world.add_group("spot", "n1")
    world.all_nodes["n1"] = replace(world.all_nodes["n1"], ready=False)
    world.look(NOW)
    world.look(after(minutes=19))
    assert set(world.all_nodes) == {"n1"}
    world.look(after(minutes=20))
    assert world.all_nodes == {}
