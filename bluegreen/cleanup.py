"""Shows and removes leftover records: those of the platform's owner ids, and nothing else."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.errors import OperatorError, RefusedError
from bluegreen.leftovers import Leftover, leftovers, unseen_clusters
from bluegreen.registry import plain_host
from bluegreen.report import Report
from bluegreen.snapshot import JsonModel, Snapshot
from bluegreen.world import cloudtrail, route53
from bluegreen.world.aws import Aws
from bluegreen.world.observe import Observer

if TYPE_CHECKING:
    from mypy_boto3_route53.type_defs import ChangeTypeDef


class Removed(JsonModel):
    """What was removed.

    Attributes:
        names: names.
        records: record sets, ownership records included.
    """

    names: tuple[str, ...]
    records: int


@dataclass(frozen=True)
class FoundLeftovers:
    """Leftover records, and what is known of them.

    Attributes:
        leftovers: names that no object asks for.
        unseen: why the age of these is not known; empty where it is.
        blind: clusters that could not be asked, in words.
    """

    leftovers: tuple[Leftover, ...]
    unseen: str
    blind: tuple[str, ...]


class Cleanup:
    """Looks for leftover records.

    Args:
        observer: takes snapshots.
        aws: clients.
        report: tells of progress.
    """

    def __init__(self, observer: Observer, aws: Aws, report: Report) -> None:
        self._observer = observer
        self._aws = aws
        self._report = report

    def find(self, snapshot: Snapshot | None = None) -> FoundLeftovers:
        """Leftover records with their age.

        Args:
            snapshot: the platform, where it has been looked at already.

        Raises:
            OperatorError: the platform cannot be seen.
        """
        if snapshot is None:
            with self._report.step("look at stacks, clusters and records"):
                snapshot = self._observer.everything()
        found = leftovers(snapshot)
        written, unseen = {}, ""
        if found:
            try:
                written = cloudtrail.last_written(self._aws.cloudtrail, {it.name for it in found})
            except (BotoCoreError, ClientError) as error:
                unseen = f"CloudTrail could not be asked: {error}"
        dated = (it.model_copy(update={"written": written.get(it.name)}) for it in found)
        return FoundLeftovers(tuple(dated), unseen, _unseen_clusters(snapshot))

    def choose(self, names: Collection[str], *, every: bool) -> Sequence[Leftover]:
        """What `remove` would remove, by a look of now. Arguments and errors as of that."""
        return self._chosen(self._look(), names, every=every)

    def remove(self, names: Collection[str], *, every: bool) -> Removed:
        """Removes leftover names; looks anew before, so that what is asked for by now stays.

        Args:
            names: full names.
            every: all that there are.

        Raises:
            RefusedError: a name is no leftover, or it is not known whether; nothing was changed.
            OperatorError: Route 53 refused.
        """
        snapshot = self._look()
        chosen = self._chosen(snapshot, names, every=every)
        zones = snapshot.shared.zones
        for zone, zone_id in route53.zone_ids(zones).items() if zones else ():
            self._remove(zone_id, [it for it in chosen if it.zone == zone])
        return Removed(
            names=tuple(it.name for it in chosen), records=sum(len(it.records) for it in chosen)
        )

    def _look(self) -> Snapshot:
        with self._report.step("look at stacks, clusters and records"):
            return self._observer.everything()

    def _chosen(
        self, snapshot: Snapshot, names: Collection[str], *, every: bool
    ) -> Sequence[Leftover]:
        found, blind = leftovers(snapshot), _unseen_clusters(snapshot)
        if blind and every:
            raise RefusedError(_describe_unseen(blind))
        strange = sorted(set(names) - {it.name for it in found})
        if strange:
            near = get_close_matches(strange[0], [it.name for it in found], n=1)
            raise RefusedError(
                f"no leftover of the platform's: {', '.join(strange)}."
                + (f" Did you mean {near[0]}?" if near else "")
                + " `bluegreen leftovers` lists them"
                + (f"; {_describe_unseen(blind)}" if blind else "")
            )
        return [it for it in found if every or it.name in names]

    def _remove(self, zone_id: str, chosen: Sequence[Leftover]) -> None:
        """Deletes names of a zone, each as it was seen: one that changed is left as it is."""
        standing = list(route53.list_record_sets(self._aws.route53, zone_id)) if chosen else ()
        for leftover in chosen:
            with self._report.step(f"remove {leftover.name}"):
                wanted = {(it.name, it.type, it.set_identifier): it for it in leftover.records}
                changes: list[ChangeTypeDef] = []
                for entry in standing:
                    found = route53.to_record_set(entry)
                    seen = wanted.get((found.name, found.type, found.set_identifier))
                    if seen is not None:
                        if tuple(map(plain_host, found.values)) != tuple(
                            map(plain_host, seen.targets)
                        ):
                            raise OperatorError(f"{leftover.name} has just changed: look again")
                        changes.append({"Action": "DELETE", "ResourceRecordSet": entry})  # pyright: ignore[reportArgumentType]
                self._delete(zone_id, leftover.name, changes)

    def _delete(self, zone_id: str, name: str, changes: "Sequence[ChangeTypeDef]") -> None:
        if not changes:
            return
        try:
            self._aws.route53.change_resource_record_sets(
                HostedZoneId=zone_id, ChangeBatch={"Changes": changes}
            )
        except ClientError as error:
            raise OperatorError(f"{name} could not be removed: {error}") from error


def _unseen_clusters(snapshot: Snapshot) -> tuple[str, ...]:
    return tuple(f"{colour}: {why}" for colour, why in unseen_clusters(snapshot).items())


def _describe_unseen(blind: Sequence[str]) -> str:
    return f"what is left over is not known, as these clusters cannot be asked: {', '.join(blind)}"
