"""Flags are the real program's; one that the model does not follow is an error."""

from datetime import timedelta

import pytest

from localcloud.cluster_autoscaler.options import OptionError, read
from tests.unit.cluster_autoscaler.making import DISCOVERY


def test_defaults_are_those_of_the_real_one() -> None:
    told = read([DISCOVERY])
    assert told.scan_interval == timedelta(seconds=10)
    assert told.scale_down_unneeded_time == timedelta(minutes=10)
    assert told.scale_down_utilization_threshold == 0.5
    assert told.expendable_pods_priority_cutoff == -10
    assert told.max_node_provision_time == timedelta(minutes=15)
    assert told.delay_after_delete == told.scan_interval
    assert told.expander == ("random",)
    assert told.skip_nodes_with_system_pods


def test_a_command_line_is_read_as_go_reads_it() -> None:
    told = read(
        [
            "--node-group-auto-discovery=asg:tag=a,b=c",
            "-scan-interval",
            "1m30s",
            "--expander=priority,least-waste",
            "--balance-similar-node-groups",
            "--skip-nodes-with-system-pods=false",
            "--startup-taint=one",
            "--startup-taint=two",
            "--ignore-taint=three",
            "--v=4",
            "--leader-elect=true",
            "--scan-interval=500ms",
        ]
    )
    assert told.node_group_auto_discovery == (("a", "b=c"),)
    assert told.scan_interval == timedelta(seconds=0.5)
    assert told.expander == ("priority", "least-waste")
    assert told.balance_similar_node_groups
    assert not told.skip_nodes_with_system_pods
    assert told.starting_taints == {"one", "two", "three"}


def test_all_mistakes_are_told_at_once_with_what_there_is() -> None:
    with pytest.raises(OptionError) as raised:
        read(
            [
                "--node-autoprovisioning-enabled=true",
                "--scan-interval=soon",
                "--expander=price",
                "--cloud-provider=gce",
                "--node-group-auto-discovery=mig:namePrefix=a",
                "--max-nodes-total=-1",
                "--scale-down-enabled=perhaps",
            ]
        )
    said = str(raised.value).splitlines()
    flags = {line.partition(":")[0] for line in said[:-1]}
    assert flags == {
        "--node-autoprovisioning-enabled",
        "--scan-interval",
        "--expander",
        "--cloud-provider",
        "--node-group-auto-discovery",
        "--max-nodes-total",
        "--scale-down-enabled",
    }
    assert "does not follow it" in said[0]
    assert said[-1].startswith("It follows: ")
    assert "scale-down-unneeded-time" in said[-1]


@pytest.mark.parametrize("words", [["scan-interval=1s"], ["--"], []])
def test_what_is_no_flag_and_what_is_lacking_is_told(words: list[str]) -> None:
    with pytest.raises(OptionError):
        read(words)
