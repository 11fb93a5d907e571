"""One look after the other: reads the cluster and its groups, decides, acts, says what it did."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.cluster.failures import one_line
from localcloud.cluster_autoscaler.cluster import Subject, View
from localcloud.cluster_autoscaler.expanders import (
    PRIORITIES,
    Option,
    Priorities,
    PrioritiesError,
    choose,
    read_priorities,
)
from localcloud.cluster_autoscaler.fitting import Snapshot
from localcloud.cluster_autoscaler.groups import (
    Group,
    InstanceType,
    Template,
    template_of_nodes,
    template_of_tags,
)
from localcloud.cluster_autoscaler.memory import Memory
from localcloud.cluster_autoscaler.objects import Node, Pod
from localcloud.cluster_autoscaler.options import Options
from localcloud.cluster_autoscaler.removal import Removals, RemovingCluster
from localcloud.cluster_autoscaler.scale_down import Removal, examine
from localcloud.cluster_autoscaler.scale_up import Growth, Plan, is_pending, left_over, plan
from localcloud.cluster_autoscaler.status import GroupStatus, Status

_log = logging.getLogger(__name__)

_REFUSED = (BotoCoreError, ClientError)


class Groups(Protocol):
    """What the loop needs of `localcloud.cluster_autoscaler.aws.AutoScaling`."""

    def groups(self) -> list[Group]:
        """All that it scales."""
        ...

    def set_size(self, group: str, size: int) -> None:
        """Sets the desired capacity."""
        ...

    def failed_launch(self, group: str, since: datetime | None) -> str:
        """Why AWS has started no instance of a group since then; empty for no reason."""
        ...

    def terminate(self, instance: str) -> None:
        """Ends an instance for which no other one starts."""
        ...

    def instance_type(self, name: str, /) -> InstanceType:
        """Data of an instance type."""
        ...


class LookedAt(RemovingCluster, Protocol):
    """What the loop needs of `localcloud.cluster_autoscaler.cluster.Cluster`."""

    def view(self) -> View:
        """Everything that decisions depend on."""
        ...

    def priorities(self) -> str | None:
        """What the ConfigMap of the priority expander says."""
        ...

    def write_status(self, name: str, text: str, now: datetime) -> None:
        """Writes the ConfigMap of the status."""
        ...


@dataclass(frozen=True)
class Look:
    """What one look found.

    Attributes:
        nodes: of each group, by its name.
        upcoming: nodes of each group that were asked for and are not ready.
        there: all nodes with the pods that count.
    """

    now: datetime
    view: View
    groups: Mapping[str, Group]
    nodes: Mapping[str, Sequence[Node]]
    upcoming: Mapping[str, int]
    there: Snapshot


class Autoscaler:
    """The model."""

    def __init__(
        self, options: Options, cluster: LookedAt, cloud: Groups, removals: Removals
    ) -> None:
        self._options = options
        self._cluster = cluster
        self._cloud = cloud
        self._removals = removals
        self._memory = Memory(options)
        self._status = Status()
        self._seen: dict[str, Template] = {}
        self._config = Subject("ConfigMap", options.status_config_map_name)

    def look(self, now: datetime) -> None:
        """Looks once, and does what is to be done.

        Raises:
            ApiException, ClientError: the cluster or AWS refuses what every look needs.
        """
        self._take_outcomes(now)
        look = self._read(now)
        candidates: Sequence[Node] = ()
        healthy = self._is_healthy(look)
        if self._give_up_refused(look):
            _log.info("what could not be started was given up: nothing more in this look")
        elif healthy:
            self._mend(look)
            there = self._with_upcoming(look)
            if not self._grow(look, there) and self._options.scale_down_enabled:
                candidates = self._shrink(look, there)
        else:
            _log.warning("too many nodes are not ready: nothing is scaled")
        if self._options.write_status_configmap:
            self._write_status(look, candidates, healthy=healthy)

    def _take_outcomes(self, now: datetime) -> None:
        for outcome in self._removals.ended():
            if outcome.error:
                name = outcome.removal.node.name
                _log.warning("%s was not removed: %s", name, outcome.error)
                self._memory.last_failure = now
                self._memory.kept([name], now)
            else:
                self._memory.last_removal = now

    def _read(self, now: datetime) -> Look:
        groups = {it.name: it for it in self._cloud.groups()}
        view = self._cluster.view()
        nodes = {
            name: [it for it in view.nodes if it.instance and it.instance in group.instances]
            for name, group in groups.items()
        }
        self._memory.observe(groups.values(), view.nodes, now)
        upcoming: dict[str, int] = {}
        for name, group in groups.items():
            counts = self._memory.counts(group, nodes[name], now)
            there = counts.ready + counts.unready + counts.leaving + counts.overdue
            upcoming[name] = max(0, group.target - there)
            if self._memory.settle(name, group.target - counts.ready - counts.leaving, now):
                self._report_timeout(group)
        return Look(now, view, groups, nodes, upcoming, self._snapshot(view))

    def _snapshot(self, view: View) -> Snapshot:
        """Nodes with pods that are on them or about to be; expendable ones do not count."""
        cutoff = self._options.expendable_pods_priority_cutoff
        there = Snapshot(view.nodes, (it for it in view.pods if it.priority >= cutoff))
        names = {it.name for it in view.nodes}
        for pod in view.pods:
            if self._waits_for_preemption(pod, names) and pod.priority >= cutoff:
                there.place(pod, pod.nominated)
        return there

    def _waits_for_preemption(self, pod: Pod, names: set[str]) -> bool:
        return not pod.node and not pod.finished and pod.nominated in names

    def _is_healthy(self, look: Look) -> bool:
        counts = [self._memory.counts(g, look.nodes[n], look.now) for n, g in look.groups.items()]
        unready = sum(it.unready for it in counts)
        whole = sum(it.registered for it in counts)
        share = self._options.max_total_unready_percentage / 100
        return unready <= self._options.ok_total_unready_count or unready <= whole * share

    def _give_up_refused(self, look: Look) -> bool:
        """Lets go of what AWS has no instances for, as scaling activities say; whether it did.

        The real one sees it the same way (`isNodeGroupAvailable` of its AWS provider).
        """
        gave_up = False
        for group in look.groups.values():
            missing = group.target - len(group.instances)
            said = self._failed_launch(group) if missing > 0 else ""
            if not said:
                continue
            if self._memory.is_growing(group.name):
                self._memory.refused(group.name, missing, look.now)
                told = f"Failed adding {missing} nodes to group {group.name}: {said}"
                self._cluster.report(self._config, "Warning", "ScaleUpFailed", told)
                _log.warning("%s", told)
            size = max(group.minimum, len(group.instances))
            if size < group.target:
                self._try(group, lambda it=group, to=size: self._cloud.set_size(it.name, to))
                self._memory.sized(group.name, look.now)
                gave_up = True
        return gave_up

    def _failed_launch(self, group: Group) -> str:
        try:
            return self._cloud.failed_launch(group.name, self._memory.last_sized(group.name))
        except _REFUSED as error:
            _log.warning("%s: scaling activities: %s", group.name, one_line(error))
            return ""

    def _mend(self, look: Look) -> None:
        """Gives up instances that never became nodes, and room that never became instances."""
        for group in look.groups.values():
            for instance in self._memory.overdue_instances(group, look.now):
                if group.target > group.minimum:
                    _log.warning("%s: %s never became a node, and goes", group.name, instance)
                    self._try(group, lambda it=instance: self._cloud.terminate(it))
            if self._memory.overdue_shortfall(group, look.now):
                size = max(group.minimum, len(group.instances))
                _log.warning("%s never got its instances: back to %d", group.name, size)
                self._try(group, lambda it=group, to=size: self._cloud.set_size(it.name, to))

    def _try(self, group: Group, call: Callable[[], None]) -> None:
        try:
            call()
        except _REFUSED as error:
            _log.warning("%s: %s", group.name, one_line(error))

    def _with_upcoming(self, look: Look) -> Snapshot:
        there = look.there.copy()
        for name, count in look.upcoming.items():
            if count:
                template = self._template(look, look.groups[name])
                for number in range(count):
                    node = template.numbered(f"{template.node.name}-upcoming-{number}")
                    there.add(node, template.daemon_pods)
        return there

    def _template(self, look: Look, group: Group) -> Template:
        """Like a node that it has or had; of one that never had any, as its tags say."""
        passing = self._options.starting_taints | set(self._options.status_taint)
        nodes, pods_on = look.nodes[group.name], look.there.pods_on
        seen = template_of_nodes(group, nodes, pods_on, frozenset(passing), look.now)
        if seen is not None:
            self._seen[group.name] = seen
        elif group.name not in self._seen:
            kind = self._cloud.instance_type(group.kind)
            return template_of_tags(group, kind, look.view.daemons)
        return self._seen[group.name]

    def _grow(self, look: Look, there: Snapshot) -> bool:
        """Asks for nodes where pods need some; whether it did. Pods that fit are put there."""
        options, names = self._options, {it.name for it in look.view.nodes}
        pending = [
            it
            for it in look.view.pods
            if is_pending(
                it,
                options.expendable_pods_priority_cutoff,
                look.now,
                options.new_pod_scale_up_delay,
            )
            and not self._waits_for_preemption(it, names)
        ]
        left = left_over(pending, there)
        if not left:
            return False
        _log.info("%d pods wait for a node", len(left))
        found = plan(
            left,
            {it.name: (it, self._template(look, it)) for it in look.groups.values()},
            self._memory.closed(look.groups.values(), look.now),
            there,
            self._chooser(),
            balance=options.balance_similar_node_groups,
            ignored_labels=frozenset(options.balancing_ignore_label),
            most=self._most(look),
        )
        self._report_refusals(found, left)
        grown = [it for it in found.growths if self._set_size(it, look.now)]
        if grown:
            said = ", ".join(_sizes(it) for it in grown)
            for pod in found.helped:
                self._about(pod, "TriggeredScaleUp", f"pod triggered scale-up: [{said}]")
        return bool(grown)

    def _most(self, look: Look) -> int | None:
        """How many nodes more there may be in all."""
        if not self._options.max_nodes_total:
            return None
        coming = len(look.view.nodes) + sum(look.upcoming.values())
        return max(0, self._options.max_nodes_total - coming)

    def _chooser(self) -> Callable[[Sequence[Option]], Option]:
        priorities = self._priorities() if "priority" in self._options.expander else None

        def chosen(options: Sequence[Option]) -> Option:
            return choose(options, self._options.expander, priorities)

        return chosen

    def _priorities(self) -> Priorities | None:
        text = self._cluster.priorities()
        try:
            return read_priorities(text)
        except PrioritiesError as error:
            if text is not None:
                about = Subject("ConfigMap", PRIORITIES)
                self._cluster.report(about, "Warning", "PriorityConfigMapInvalid", str(error))
            _log.warning("%s", error)
            return None

    def _set_size(self, growth: Growth, now: datetime) -> bool:
        group = growth.group
        sizes = f"{growth.to} instead of {group.target} (max: {group.maximum})"
        try:
            self._cloud.set_size(group.name, growth.to)
        except _REFUSED as error:
            self._memory.failed(group.name, now)
            said = f"Scale-up failed for group {group.name}: {one_line(error)}"
            self._cluster.report(self._config, "Warning", "FailedToScaleUpGroup", said)
            _log.warning("%s", said)
            return False
        self._memory.sized(group.name, now)
        self._memory.asked(group.name, growth.to - group.target, now)
        said = f"Scale-up: group {group.name} size set to {sizes}"
        self._cluster.report(self._config, "Normal", "ScaledUpGroup", said)
        _log.info("%s", said)
        return True

    def _shrink(self, look: Look, there: Snapshot) -> Sequence[Node]:
        """Takes nodes away that nobody needs for long; returns all that nobody needs now."""
        stays = there.copy()
        names = {it.name for it in look.view.nodes}
        for node in stays.nodes:
            if node.name not in names:
                stays.remove(node.name)
        leaving = {it.node.name: it for it in self._removals.under_way}
        if not _moves_out(stays, leaving):
            return ()
        verdict = examine(
            (it for nodes in look.nodes.values() for it in nodes if it.name not in leaving),
            stays,
            look.view.budgets,
            self._options,
            self._memory.recently_kept(look.now),
        )
        self._memory.kept(verdict.tried, look.now)
        unneeded = [it.node for it in verdict.removable]
        since = self._memory.unneeded((it.name for it in unneeded), look.now)
        if not self._memory.rests(look.now):
            for removal in self._due(look, verdict.removable, since, leaving):
                self._removals.begin(removal)
        return unneeded

    def _due(
        self,
        look: Look,
        removable: Sequence[Removal],
        since: Mapping[str, datetime],
        leaving: Mapping[str, Removal],
    ) -> list[Removal]:
        """Those whose time is over, as many as groups and the program may lose at a time."""
        free, draining = self._removals.room
        sizes = {
            name: group.target - sum(it.name in leaving for it in look.nodes[name])
            for name, group in look.groups.items()
        }
        chosen: list[Removal] = []
        for removal in sorted(removable, key=lambda it: bool(it.moving)):
            group = next(it for it in look.groups.values() if removal.node.instance in it.instances)
            ready = removal.node.ready
            needed = (
                self._options.scale_down_unneeded_time
                if ready
                else self._options.scale_down_unready_time
            )
            if (
                look.now - since[removal.node.name] >= needed
                and sizes[group.name] > group.minimum
                and (draining if removal.moving else free) > 0
            ):
                chosen.append(removal)
                sizes[group.name] -= 1
                free -= 1
                draining = min(free, draining - bool(removal.moving))
        return chosen

    def _report_refusals(self, found: Plan, pods: Sequence[Pod]) -> None:
        for pod in pods:
            reasons = found.refusals.get(pod.uid)
            if reasons:
                counted = Counter(reasons.values())
                said = ", ".join(f"{number} {reason}" for reason, number in counted.items())
                self._about(pod, "NotTriggerScaleUp", f"pod didn't trigger scale-up: {said}")

    def _report_timeout(self, group: Group) -> None:
        minutes = self._options.max_node_provision_time
        said = f"Nodes added to group {group.name} failed to register within {minutes}"
        self._cluster.report(self._config, "Warning", "ScaleUpTimedOut", said)
        _log.warning("%s", said)

    def _about(self, pod: Pod, reason: str, message: str) -> None:
        subject = Subject("Pod", pod.name, pod.namespace, pod.uid)
        self._cluster.report(subject, "Normal", reason, message)

    def _write_status(self, look: Look, candidates: Sequence[Node], *, healthy: bool) -> None:
        groups = [
            GroupStatus(
                group,
                self._memory.counts(group, look.nodes[name], look.now),
                self._memory.is_growing(name),
                self._memory.backoff(name, look.now) is not None,
                sum(it.instance in group.instances for it in candidates),
            )
            for name, group in look.groups.items()
        ]
        text = self._status.text(groups, healthy=healthy, now=look.now)
        self._cluster.write_status(self._options.status_config_map_name, text, look.now)


def _moves_out(stays: Snapshot, leaving: Mapping[str, Removal]) -> bool:
    """Puts pods of nodes that go onto those that stay, in thought; whether all fit."""
    for removal in leaving.values():
        if removal.node.name in {it.name for it in stays.nodes}:
            stays.remove(removal.node.name)
    moving = (it for removal in leaving.values() for it in removal.moving)
    return not left_over(moving, stays)


def _sizes(growth: Growth) -> str:
    group = growth.group
    return f"{group.name} {group.target}->{growth.to} (max: {group.maximum})"
