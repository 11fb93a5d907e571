"""Who wrote which record when, and who could have: the evidence for "never two live writers".

Two sources, both written by the local cloud itself: the log of AWS calls, in which every change
of a record has its caller and the pod behind it, and the log of ExternalDNS processes, which
tells when each one started and when it was gone.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict

from settings.names import COLOURS

_LIVE = "live-"
_CLUSTER = re.compile(rf"\beks-({'|'.join(COLOURS)})\b")
_OWNER = re.compile(r"^--txt-owner-id=ingress\.(?!eks-)")
_TXT_PREFIX = re.compile(r"^(?:a|aaaa|cname)-")


Apart: TypeAlias = Callable[[Sequence[str], Sequence[str]], bool]
"""Whether two writers' arguments keep them from ever writing the same name."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Write(_Value):
    """One change of one record set that Route 53 made.

    Attributes:
        time: when it was asked for, UTC.
        zone: id of the hosted zone.
        name: of the record, without a final dot.
        type: of the record.
        action: CREATE, UPSERT or DELETE.
        value: addresses, texts or the alias's target.
        caller: ARN.
        user_agent: of the caller's SDK.
        colour: of the cluster whose pod or role wrote it; empty for anybody else.
        writer: name of the pod that wrote it, or the caller.
        live: whether a live writer wrote it.
    """

    time: datetime
    zone: str
    name: str
    type: str
    action: str
    value: str
    caller: str
    user_agent: str
    colour: str
    writer: str
    live: bool


class Term(_Value):
    """The life of one ExternalDNS process.

    Attributes:
        cluster: its EKS cluster.
        pod: name of its pod.
        pod_uid: of its pod.
        pid: process id.
        arguments: of its command line.
        started: UTC.
        ended: UTC; None while it runs.
    """

    cluster: str
    pod: str
    pod_uid: str
    pid: int
    arguments: tuple[str, ...]
    started: datetime
    ended: datetime | None

    @property
    def live(self) -> bool:
        """Whether it writes live names: only their owner id names no colour."""
        return any(_OWNER.match(argument) for argument in self.arguments)

    @property
    def zone(self) -> str:
        """Id of its hosted zone."""
        return _value_of(self.arguments, "--zone-id-filter")

    @property
    def colour(self) -> str:
        """Of its cluster."""
        return colour_of(self.cluster)


def colour_of(text: str) -> str:
    """The colour whose cluster a text names, such as a role's ARN; empty when it names none."""
    found = _CLUSTER.search(text)
    return found.group(1) if found else ""


def read_writes(aws_calls: Path, start: int = 0) -> list[Write]:
    """All changes of records, oldest first, those included whose answer was lost.

    Args:
        aws_calls: the log of AWS calls.
        start: how many bytes of it to leave out.
    """
    writes: list[Write] = []
    for entry in _lines(aws_calls, start):
        if entry["action"] == "ChangeResourceRecordSets" and entry["happened"]:
            writes += [_write(entry, change) for change in entry["changes"]]
    return writes


def _write(entry: Mapping[str, Any], change: Mapping[str, str]) -> Write:
    workload: Mapping[str, str] = entry.get("workload") or {}
    caller = str(entry["caller"])
    account = workload.get("service_account", caller.rpartition("/")[0])
    return Write(
        time=entry["time"],
        zone=entry["zone"],
        name=change["name"].rstrip(".").lower(),
        type=change["type"],
        action=change["action"],
        value=change["value"],
        caller=caller,
        user_agent=entry["user_agent"],
        colour=colour_of(workload.get("cluster", caller)),
        writer=workload.get("pod") or caller,
        live=_LIVE in account,
    )


def read_terms(writer_processes: Path) -> list[Term]:
    """The life of every ExternalDNS process, in the order of their starts."""
    started: dict[tuple[str, int], Term] = {}
    for entry in _lines(writer_processes):
        key = (entry["pod_uid"], entry["pid"])
        if entry["event"] == "started":
            fields = {k: v for k, v in entry.items() if k not in ("event", "time")}
            started[key] = Term(**fields, started=entry["time"], ended=None)
        else:
            ended = Term.model_validate({**started[key].model_dump(), "ended": entry["time"]})
            started[key] = ended
    return list(started.values())


def by_name(writes: Iterable[Write]) -> dict[tuple[str, str], list[Write]]:
    """Writes of live writers by zone and name, oldest first.

    A record's TXT counts as the record: ``cname-web.ZONE`` is part of ``web.ZONE``.
    """
    found: dict[tuple[str, str], list[Write]] = {}
    for write in writes:
        if write.live:
            name = _TXT_PREFIX.sub("", write.name) if write.type == "TXT" else write.name
            found.setdefault((write.zone, name), []).append(write)
    return found


def two_at_once(writes: Iterable[Write]) -> list[str]:
    """Every name of which two live writers of different colours wrote by turns, in words.

    A writer writes from its first to its last write of a name. Where that of one colour lies
    within that of the other, both wrote the name at that time.
    """
    mistakes: list[str] = []
    for (zone, name), sequence in by_name(writes).items():
        spans: dict[tuple[str, str], list[datetime]] = {}
        for write in sequence:
            spans.setdefault((write.colour, write.writer), []).append(write.time)
        for (one, times), (other, other_times) in combinations(spans.items(), 2):
            apart = max(times) < min(other_times) or max(other_times) < min(times)
            if one[0] != other[0] and not apart:
                mistakes.append(
                    f"{name} of {zone}: {one[0]} ({one[1]}) and {other[0]} ({other[1]}) both wrote"
                    f" it between {min(*times, *other_times)} and {max(*times, *other_times)}"
                )
    return mistakes


def two_alive(terms: Sequence[Term], *, apart: Apart | None = None) -> list[str]:
    """Every pair of live writers' processes of different colours that lived at once, in words.

    Args:
        terms: of all processes.
        apart: says of two processes' arguments that no name is written by both, as in a canary;
            None when only one colour may write.
    """
    mistakes: list[str] = []
    for one, other in combinations([term for term in terms if term.live], 2):
        if one.colour == other.colour or one.zone != other.zone:
            continue
        first, second = sorted((one, other), key=lambda term: term.started)
        over = first.ended is not None and first.ended <= second.started
        if over or (apart is not None and apart(one.arguments, other.arguments)):
            continue
        mistakes.append(
            f"{first.pod} of {first.cluster} (from {first.started} to {first.ended or 'now'}) and"
            f" {second.pod} of {second.cluster} (from {second.started}) in zone {one.zone}"
        )
    return mistakes


def by_canary(one: Sequence[str], other: Sequence[str]) -> bool:
    """The `Apart` of a canary: one writer has chosen names alone, the other all but these."""
    return any(
        chosen and (left == chosen or left.startswith(f"{chosen}|"))
        for mine, others in ((one, other), (other, one))
        for chosen in [_value_of(mine, "--regex-domain-filter")]
        for left in [_value_of(others, "--regex-domain-exclusion")]
    )


def _value_of(arguments: Sequence[str], option: str) -> str:
    found = (a.partition("=")[2] for a in arguments if a.startswith(f"{option}="))
    return next(found, "")


def _lines(path: Path, start: int = 0) -> Iterable[dict[str, Any]]:
    if not path.exists():
        return
    with path.open() as file:
        file.seek(start)
        for line in file:
            if line.endswith("\n"):  # the last one may still be on its way
                yield json.loads(line)
