"""A switch from blue to green, told by the program's own rules for live DNS writers.

Nothing here knows the rules: each step asks `handover.live_writer` what the stack becomes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from handover.assignment import assign
from handover.live_writer import LiveWriter, LiveWriterError, WriterReport, name_writer, next_report
from settings.names import COLOURS, SHARED, Colour

OLD: Colour = "blue"
NEW: Colour = "green"
_FIRST_TERM = 3


@dataclass(frozen=True)
class Moment:
    """How things stand after a command.

    Attributes:
        command: the update that has just ended; empty at the start.
        settings: what was changed in the shared stack's file before it.
        named: output `liveWriter` of the shared stack.
        reports: output `liveWriters` of each colour.
        ended: colours whose writers ended during this command.
    """

    command: str
    settings: Sequence[str]
    named: LiveWriter
    reports: Mapping[Colour, WriterReport]
    ended: Sequence[Colour] = ()


def moments() -> Sequence[Moment]:
    """The documented switch: start, and a moment after each of its four updates."""
    start = Moment(
        command="",
        settings=(),
        named=LiveWriter(colour=OLD, term=_FIRST_TERM),
        reports={
            OLD: WriterReport(running=True, term=_FIRST_TERM),
            NEW: WriterReport(running=False, term=_FIRST_TERM),
        },
    )
    nobody = up_shared(start, None, "pulumi config rm activeColour -s shared")
    stopped = up_colour(nobody, OLD)
    named = up_shared(stopped, NEW, f"pulumi config set activeColour {NEW} -s shared")
    return (start, nobody, stopped, named, up_colour(named, NEW))


def decide(
    wanted: Colour | None,
    previous: LiveWriter | None,
    reports: Mapping[Colour, WriterReport | None],
    *,
    listed: Collection[Colour] = COLOURS,
    forgotten: Collection[Colour] = (),
) -> LiveWriter:
    """What the shared stack comes to name. Raises LiveWriterError."""
    return name_writer(
        wanted=assign(wanted, None, ()),
        listed=listed,
        forgotten=forgotten,
        previous=previous,
        reports=reports,
    )


def up_shared(before: Moment, wanted: Colour | None, *changes: str) -> Moment:
    """`pulumi up -s shared` with an active colour in its file. Raises LiveWriterError."""
    named = decide(wanted, before.named, before.reports)
    return replace(
        before, command=f"pulumi up -s {SHARED}", settings=changes, named=named, ended=()
    )


def up_colour(before: Moment, colour: Colour) -> Moment:
    """`pulumi up -s COLOUR`. Raises LiveWriterError."""
    report = next_report(colour, named=before.named, previous=before.reports[colour])
    ended = before.reports[colour].running and not report.running
    return replace(
        before,
        command=f"pulumi up -s {colour}",
        settings=(),
        reports={**before.reports, colour: report},
        ended=(colour,) if ended else (),
    )


def refusals() -> Sequence[tuple[str, str]]:
    """What a hasty operator tries at each moment, and what the shared stack then says."""
    start, nobody, *_ = moments()
    tried = (
        ("name green while blue is still named", start),
        ("name green before blue has said that its writers are gone", nobody),
    )
    return [(what, _refusal(moment)) for what, moment in tried]


def _refusal(moment: Moment) -> str:
    try:
        up_shared(moment, NEW)
    except LiveWriterError as error:
        return str(error)
    raise AssertionError(f"{NEW} may be named at {moment}")
