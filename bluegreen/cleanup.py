"""Shows and removes leftover records: those of the platform's owner ids, and nothing else."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.errors import OperatorError, RefusedError
from bluegreen.leftovers import Leftover, leftovers, unknown
from bluegreen.registry import unescaped
from bluegreen.report import Report
from bluegreen.snapshot import Seen, Snapshot
from bluegreen.world import route53, trail
from bluegreen.world.aws import Aws
from bluegreen.world.observe import Observer

if TYPE_CHECKING:
    from mypy_boto3_route53.type_defs import ChangeTypeDef


class Removed(Seen):
    """What was removed.

    Attributes:
        names: names.
        records: record sets, ownership records included.
    """

    names: tuple[str, ...]
    records: int


@dataclass(frozen=True)
class Found:
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

    def look(self, snapshot: Snapshot | None = None) -> Found:
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
        blind = tuple(f"{colour}: {why}" for colour, why in unknown(snapshot).items())
        written, unseen = {}, ""
        if found:
            try:
                written = trail.last_written(self._aws.cloudtrail, {it.name for it in found})
            except (BotoCoreError, ClientError) as error:
                unseen = f"CloudTrail could not be asked: {error}"
        dated = (it.model_copy(update={"written": written.get(it.name)}) for it in found)
        return Found(tuple(dated), unseen, blind)

    def remove(self, names: Collection[str], *, every: bool) -> Removed:
        """Removes leftover names; looks anew before, so that what is asked for by now stays.

        Args:
            names: full names.
            every: all that there are.

        Raises:
            RefusedError: a name is no leftover, or it is not known whether; nothing was changed.
            OperatorError: Route 53 refused.
        """
        found = self.look()
        if found.blind and every:
            raise RefusedError(_say_blind(found.blind))
        known = {it.name for it in found.leftovers}
        strange = sorted(set(names) - known)
        if strange:
            raise RefusedError(
                f"no leftover of the platform's: {', '.join(strange)}. `bluegreen leftovers` lists"
                f" them{'; ' + _say_blind(found.blind) if found.blind else ''}"
            )
        chosen = [it for it in found.leftovers if every or it.name in names]
        for it in chosen:
            with self._report.step(f"remove {it.name}"):
                self._remove(it)
        return Removed(
            names=tuple(it.name for it in chosen), records=sum(len(it.records) for it in chosen)
        )

    def _remove(self, leftover: Leftover) -> None:
        """Deletes the record sets of a name as they were seen; a changed one is refused whole."""
        zones = self._observer.stacks().shared.zones
        if zones is None:
            raise OperatorError("stack shared says no zones any more")
        zone_id = route53.zone_ids(zones)[leftover.zone]
        wanted = {(it.name, it.type, it.set_identifier) for it in leftover.records}
        changes: list[ChangeTypeDef] = [
            {"Action": "DELETE", "ResourceRecordSet": entry}  # pyright: ignore[reportAssignmentType]
            for entry in route53.listed(self._aws.route53, zone_id)
            if (unescaped(entry["Name"]), entry["Type"], entry.get("SetIdentifier", "")) in wanted
        ]
        if not changes:
            return
        try:
            self._aws.route53.change_resource_record_sets(
                HostedZoneId=zone_id, ChangeBatch={"Changes": changes}
            )
        except ClientError as error:
            raise OperatorError(f"{leftover.name} could not be removed: {error}") from error


def _say_blind(blind: Sequence[str]) -> str:
    return f"what is left over is not known, as these clusters cannot be asked: {', '.join(blind)}"
