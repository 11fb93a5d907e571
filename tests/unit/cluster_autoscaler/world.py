"""A cluster and its groups that change as a look asks, and nothing else does."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ParamSpec, TypeVar

import yaml
from botocore.exceptions import ClientError

from localcloud.cluster_autoscaler.cluster import Subject, View
from localcloud.cluster_autoscaler.groups import TO_BE_DELETED, Group, InstanceType
from localcloud.cluster_autoscaler.loop import Autoscaler
from localcloud.cluster_autoscaler.objects import Budget, Node, Pod, Taint
from localcloud.cluster_autoscaler.options import Options
from localcloud.cluster_autoscaler.removal import Removals
from tests.unit.cluster_autoscaler.making import NOW, group, instance_type, node, options

P = ParamSpec("P")
T = TypeVar("T")


class AtOnce(Executor):
    """Does what it is given before it answers."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as the real one does
            future.set_exception(error)
        return future


@dataclass
class World:
    """Both, and the autoscaler between them.

    Attributes:
        starts: whether instances that a group is told to have become nodes.
        refuses: whether AWS refuses to change groups.
        has: how many instances of a group EC2 has; all that are asked for of others.
        stuck: pods that no eviction ends.
        said: what was reported, as reason → message.
    """

    told: Options = field(default_factory=options)
    pods: list[Pod] = field(default_factory=list[Pod])
    budgets: tuple[Budget, ...] = ()
    starts: bool = True
    refuses: bool = False
    has: dict[str, int] = field(default_factory=dict[str, int])
    stuck: frozenset[str] = frozenset()
    priorities_text: str | None = None
    all_nodes: dict[str, Node] = field(default_factory=dict[str, Node])
    all_groups: dict[str, Group] = field(default_factory=dict[str, Group])
    said: dict[str, str] = field(default_factory=dict[str, str])
    asked: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    status_text: str = ""
    failures: dict[str, datetime] = field(default_factory=dict[str, datetime])
    clock: float = 0.0
    now: datetime = NOW

    def __post_init__(self) -> None:
        removals = Removals(
            self,
            self.terminate,
            self.told,
            executor=AtOnce(),
            wait=self._wait,
            seconds=lambda: self.clock,
        )
        self.autoscaler = Autoscaler(self.told, self, self, removals)

    def _wait(self, seconds: float) -> None:
        self.clock += seconds

    def look(self, now: datetime) -> None:
        self.now = now
        self.autoscaler.look(now)

    def add_group(self, name: str, *names: str, maximum: int = 10, minimum: int = 0) -> None:
        """A group with nodes of these names."""
        nodes = [node(it) for it in names]
        self.all_nodes |= {it.name: it for it in nodes}
        self.all_groups[name] = group(
            name,
            target=len(names),
            minimum=minimum,
            maximum=maximum,
            instances=frozenset(it.instance for it in nodes),
        )

    def document(self) -> dict[str, object]:
        """The status that was written last."""
        return yaml.safe_load(self.status_text)

    # What the autoscaler sees of AWS.

    def groups(self) -> list[Group]:
        return list(self.all_groups.values())

    def instance_type(self, name: str, /) -> InstanceType:
        return instance_type(name)

    def set_size(self, group: str, size: int) -> None:
        self._refuse()
        self.asked.append((group, size))
        old = self.all_groups[group]
        instances = set(old.instances)
        most = min(size, self.has.get(group, size))
        if most < size:
            self.failures[group] = self.now
        while self.starts and len(instances) < most:
            name = f"{group}-{len(self.asked)}-{len(instances)}"
            made = replace(node(name), created=self.now, ready_since=self.now)
            self.all_nodes[made.name] = made
            instances.add(made.instance)
        self.all_groups[group] = replace(old, target=size, instances=frozenset(instances))

    def failed_launch(self, group: str, since: datetime | None) -> str:
        failed = self.failures.get(group)
        late = failed is None or (since is not None and failed < since)
        return "" if late else "We currently do not have sufficient capacity"

    def terminate(self, instance: str) -> None:
        self._refuse()
        (old,) = [it for it in self.all_groups.values() if instance in it.instances]
        self.all_groups[old.name] = replace(
            old, target=old.target - 1, instances=old.instances - {instance}
        )
        self.all_nodes = {k: v for k, v in self.all_nodes.items() if v.instance != instance}

    def _refuse(self) -> None:
        if self.refuses:
            answer = {"Error": {"Code": "AccessDenied", "Message": "not authorized"}}
            raise ClientError(answer, "SetDesiredCapacity")  # pyright: ignore[reportArgumentType]

    # What it sees of the cluster.

    def view(self) -> View:
        return View(tuple(self.all_nodes.values()), tuple(self.pods), self.budgets, ())

    def priorities(self) -> str | None:
        return self.priorities_text

    def mark(self, node: str, now: datetime) -> None:
        taint = Taint(TO_BE_DELETED, str(now), "NoSchedule")
        old = self.all_nodes[node]
        self.all_nodes[node] = replace(old, taints=(*old.taints, taint))

    def unmark(self, node: str) -> None:
        old = self.all_nodes[node]
        left = tuple(it for it in old.taints if it.key != TO_BE_DELETED)
        self.all_nodes[node] = replace(old, taints=left)

    def evict(self, pod: Pod) -> bool:
        if pod.uid in self.stuck:
            return False
        self.pods = [it for it in self.pods if it.uid != pod.uid]
        return True

    def is_there(self, pod: Pod) -> bool:
        return any(it.uid == pod.uid for it in self.pods)

    def report(self, subject: Subject, kind: str, reason: str, message: str) -> None:
        assert kind in ("Normal", "Warning")
        assert subject.name
        self.said[reason] = message

    def write_status(self, name: str, text: str, now: datetime) -> None:
        assert name == self.told.status_config_map_name
        assert now
        self.status_text = text
