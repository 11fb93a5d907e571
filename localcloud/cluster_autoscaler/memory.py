"""What outlasts one look at the cluster: what was asked for, what failed, what nobody needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from localcloud.cluster_autoscaler.groups import TO_BE_DELETED, Group
from localcloud.cluster_autoscaler.objects import Node
from localcloud.cluster_autoscaler.options import Options

BACKOFF = "in backoff after failed scale-up"
"""Why a group that failed may not grow."""


@dataclass(frozen=True)
class Backoff:
    """How long a group is left alone after it failed."""

    until: datetime
    length: timedelta
    failed: datetime


@dataclass(frozen=True)
class Counts:
    """Nodes of a group.

    Attributes:
        ready: ready for pods.
        starting: registered, and not ready yet.
        unready: not ready, and not new.
        leaving: about to be deleted.
        unregistered: instances without a node.
        overdue: of the latter and of those that never came, the ones that should be there.
    """

    ready: int = 0
    starting: int = 0
    unready: int = 0
    leaving: int = 0
    unregistered: int = 0
    overdue: int = 0

    @property
    def registered(self) -> int:
        """All that have a node."""
        return self.ready + self.starting + self.unready + self.leaving


@dataclass(frozen=True)
class Asked:
    """What a group was told to grow by.

    Attributes:
        time: when, the last time.
        increase: instances that are waited for, as far as AWS does not refuse them.
    """

    time: datetime
    increase: int


class Memory:
    """Keeps it, in one process; a new one begins anew, as the real program does."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._asked: dict[str, Asked] = {}
        self._sized: dict[str, datetime] = {}
        self._backoffs: dict[str, Backoff] = {}
        self._without_node: dict[str, datetime] = {}
        self._missing: dict[str, datetime] = {}
        self._unneeded: dict[str, datetime] = {}
        self._unremovable: dict[str, datetime] = {}
        self.last_growth: datetime | None = None
        self.last_removal: datetime | None = None
        self.last_failure: datetime | None = None

    def observe(self, groups: Iterable[Group], nodes: Iterable[Node], now: datetime) -> None:
        """Takes note of which instances have become nodes."""
        groups = list(groups)
        registered = {it.instance for it in nodes}
        lacking = {it for group in groups for it in group.instances} - registered
        self._without_node = {it: self._without_node.get(it, now) for it in lacking}
        short = {it.name for it in groups if it.target > len(it.instances)}
        self._missing = {it: self._missing.get(it, now) for it in short}

    def counts(self, group: Group, nodes: Iterable[Node], now: datetime) -> Counts:
        """Nodes of a group by how they are."""
        starting_time = self._options.max_node_provision_time
        ready = starting = unready = leaving = 0
        for node in nodes:
            keys = {it.key for it in node.taints}
            if TO_BE_DELETED in keys:
                leaving += 1
            elif node.ready and not keys & self._options.starting_taints:
                ready += 1
            elif node.created is None or now - node.created < starting_time:
                starting += 1
            else:
                unready += 1
        unregistered = [it for it in group.instances if it in self._without_node]
        return Counts(
            ready,
            starting,
            unready,
            leaving,
            len(unregistered),
            len(self.overdue_instances(group, now)) + self.overdue_shortfall(group, now),
        )

    def overdue_instances(self, group: Group, now: datetime) -> list[str]:
        """Instances that should have become nodes by now."""
        return sorted(
            it
            for it in group.instances
            if it in self._without_node
            and now - self._without_node[it] >= self._options.max_node_provision_time
        )

    def overdue_shortfall(self, group: Group, now: datetime) -> int:
        """Instances that a group should have started by now."""
        since = self._missing.get(group.name)
        late = since is not None and now - since >= self._options.max_node_provision_time
        return max(0, group.target - len(group.instances)) if late else 0

    def asked(self, group: str, increase: int, now: datetime) -> None:
        """A group was told to grow."""
        before = self._asked.get(group)
        self._asked[group] = Asked(now, increase + (before.increase if before else 0))
        self.last_growth = now

    def sized(self, group: str, now: datetime) -> None:
        """The size of a group was set: what AWS refused before says nothing of what comes."""
        self._sized[group] = now

    def last_sized(self, group: str) -> datetime | None:
        """When the size of a group was set last; None for never."""
        return self._sized.get(group)

    def refused(self, group: str, number: int, now: datetime) -> None:
        """AWS has no instances of so many that a group was told to have: it is left alone."""
        asked = self._asked.pop(group)
        if asked.increase > number:
            self._asked[group] = Asked(asked.time, asked.increase - number)
        self.failed(group, now)

    def is_growing(self, group: str) -> bool:
        """Whether nodes of a group are waited for."""
        return group in self._asked

    def settle(self, group: str, upcoming: int, now: datetime) -> bool:
        """Looks whether a group has what it was asked for.

        Returns:
            Whether it failed just now: its time is over, and it is left alone.
        """
        asked = self._asked.get(group)
        if asked is None:
            return False
        if upcoming <= 0:
            del self._asked[group]
            self._backoffs.pop(group, None)
        elif now - asked.time >= self._options.max_node_provision_time:
            del self._asked[group]
            self.failed(group, now)
            return True
        return False

    def failed(self, group: str, now: datetime) -> None:
        """A group could not grow: it is left alone, longer each time."""
        options, old = self._options, self._backoffs.get(group)
        length = options.initial_node_group_backoff_duration
        if old is not None and now - old.failed < options.node_group_backoff_reset_timeout:
            length = min(old.length * 2, options.max_node_group_backoff_duration)
        self._backoffs[group] = Backoff(now + length, length, now)

    def backoff(self, group: str, now: datetime) -> Backoff | None:
        """How long a group is left alone, if it is."""
        found = self._backoffs.get(group)
        return found if found is not None and now < found.until else None

    def closed(self, groups: Iterable[Group], now: datetime) -> Mapping[str, str]:
        """Groups that may not grow now, and why."""
        return {it.name: BACKOFF for it in groups if self.backoff(it.name, now) is not None}

    def unneeded(self, names: Iterable[str], now: datetime) -> Mapping[str, datetime]:
        """Since when nodes are unneeded, of those that are so now; forgets the others."""
        self._unneeded = {it: self._unneeded.get(it, now) for it in names}
        return self._unneeded

    def kept(self, names: Iterable[str], now: datetime) -> None:
        """Nodes that cannot go, and are not tried again for a while."""
        until = now + self._options.unremovable_node_recheck_timeout
        self._unremovable |= dict.fromkeys(names, until)

    def recently_kept(self, now: datetime) -> frozenset[str]:
        """Those of which that while is not over."""
        self._unremovable = {it: until for it, until in self._unremovable.items() if now < until}
        return frozenset(self._unremovable)

    def rests(self, now: datetime) -> bool:
        """Whether nothing is scaled down after what was done a short time ago."""
        options = self._options
        delays = (
            (self.last_growth, options.scale_down_delay_after_add),
            (self.last_removal, options.delay_after_delete),
            (self.last_failure, options.scale_down_delay_after_failure),
        )
        return any(last is not None and now - last < delay for last, delay in delays)
