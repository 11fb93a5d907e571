"""Emptying a colour: what is deleted, in which order, and what it says."""

import itertools

import pytest

from teardown import Deadline, OwnZone, Target, TeardownError, tear_down
from teardown.cluster import Item, Volume
from tests.unit.teardown.fakes import CLAIM, INGRESS, SERVICE, STATEFUL, FakeAws, FakeCluster
from tests.unit.teardown.test_records import LIVE, proof, record

DOMAIN = "eks-blue.devinfra.fr"
TARGET = Target(
    colour="blue",
    cluster_name="eks-blue",
    region="eu-west-1",
    kubeconfig={},
    zones=(OwnZone(zone_id="Z1", domain=DOMAIN, owner_id=f"ingress-{DOMAIN}"),),
)


def deadline(seconds: float = 60) -> Deadline:
    """A deadline whose clock moves one second at each look."""
    ticks = itertools.count()
    return Deadline(seconds, clock=lambda: float(next(ticks)), pause=lambda: None)


def run(cluster: FakeCluster, aws: FakeAws | None = None, *, seconds: float = 60) -> list[str]:
    said: list[str] = []
    account = aws or FakeAws(zones={"Z1": []})
    tear_down(
        TARGET,
        log=said.append,
        deadline=deadline(seconds),
        cluster=lambda _: cluster,
        aws=lambda _: account,
    )
    return said


def test_load_balancers_go_before_claims_and_their_users_before_them() -> None:
    cluster = FakeCluster(CLAIM, STATEFUL, SERVICE, INGRESS)
    run(cluster)
    assert cluster.items == []
    order = [cluster.deleted.index(it) for it in (SERVICE, STATEFUL, CLAIM)]
    assert order == sorted(order)
    assert cluster.deleted.index(INGRESS) < cluster.deleted.index(STATEFUL)


def test_workloads_stay_when_nothing_mounts_claims() -> None:
    cluster = FakeCluster(STATEFUL)
    run(cluster)
    assert cluster.deleted == []


def test_it_waits_for_aws_and_says_for_what() -> None:
    aws = FakeAws(
        balancers=["k8s-web"], groups=["sg-1"], volumes=["vol-1", "vol-2"], zones={"Z1": []}
    )
    cluster = FakeCluster(CLAIM, volumes=[Volume("pv-1", "vol-1"), Volume("pv-2", "")])
    said = run(cluster, aws)
    assert any("load balancer k8s-web" in it and "security group sg-1" in it for it in said)
    assert aws.asked_volumes == ["vol-1"]
    assert any("PersistentVolume pv-1" in it for it in said)


def test_its_own_records_go_and_no_others() -> None:
    live = [record("web.devinfra.fr"), proof("cname-web.devinfra.fr", LIVE)]
    own = [record(f"web.{DOMAIN}"), proof(f"cname-web.{DOMAIN}")]
    aws = FakeAws(zones={"Z1": [*live, *own]})
    said = run(FakeCluster(), aws)
    assert aws.zones["Z1"] == live
    assert f"deleting 2 records of {DOMAIN}" in said


def test_records_stay_until_load_balancers_are_gone() -> None:
    aws = FakeAws(zones={"Z1": [record(f"web.{DOMAIN}"), proof(f"cname-web.{DOMAIN}")]})
    cluster = FakeCluster(INGRESS)
    cluster.stuck.add(INGRESS)
    with pytest.raises(TeardownError):
        run(cluster, aws, seconds=5)
    assert len(aws.zones["Z1"]) == 2


def test_at_the_deadline_it_names_what_is_left() -> None:
    cluster = FakeCluster(INGRESS, SERVICE)
    cluster.stuck.add(INGRESS)
    with pytest.raises(TeardownError, match=r"not gone within 5 s: Ingress shop/web\. .*again"):
        run(cluster, seconds=5)


def test_it_deletes_what_turns_up_meanwhile() -> None:
    late = Item("Ingress", "shop", "late")

    class Growing(FakeCluster):
        def delete(self, item: Item) -> None:
            if item == INGRESS and late not in self.items and late not in self.deleted:
                self.items.append(late)
            super().delete(item)

    cluster = Growing(INGRESS)
    run(cluster)
    assert late in cluster.deleted
    assert cluster.items == []


def test_running_it_again_is_harmless() -> None:
    cluster, aws = FakeCluster(INGRESS, CLAIM), FakeAws(zones={"Z1": []})
    run(cluster, aws)
    said = run(cluster, aws)
    assert said == ["emptying eks-blue", "eks-blue holds no load balancer, volume or record"]


def test_what_stays_is_said_again_after_a_while_and_not_at_each_look() -> None:
    cluster = FakeCluster(INGRESS, looks=70)
    said = [it for it in run(cluster, seconds=900) if it.startswith("waiting")]
    assert 2 <= len(said) <= 4


def test_a_target_goes_to_json_and_back() -> None:
    assert Target.model_validate_json(TARGET.model_dump_json()) == TARGET


def test_a_target_is_the_same_text_in_whatever_order_its_kubeconfig_comes() -> None:
    one = {"kind": "Config", "users": [{"a": 1, "b": 2}]}
    other = {"users": [{"b": 2, "a": 1}], "kind": "Config"}
    texts = {TARGET.model_copy(update={"kubeconfig": given}).to_json() for given in (one, other)}
    assert len(texts) == 1
