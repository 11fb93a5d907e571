"""That an update can get its charts: one that cannot fails, and so would the way back."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from bluegreen.finding import Finding, judged, unseen, waivable
from bluegreen.preflight import pins
from bluegreen.preflight.looks import Look, Unseen
from bluegreen.preflight.wanted import Wanted
from bluegreen.world import downloads, stack_settings
from catalogue.chart_archives import COMMAND, Flaw, Pin, flaws
from catalogue.entries import Chart
from settings.charts import PUBLIC_REPOSITORIES
from settings.names import Colour

Charts = Sequence[tuple[Chart, str]]
"""Charts with their versions."""

RULE = "charts"
_SAYS = "the charts' repositories answer: Helm's provider asks them at every update"
_SAYS_KEPT = "every chart is in the project's folder, as charts.lock has it"
_MEND = f"run `{COMMAND}`, and commit what it writes"


def charts_there(
    folder: Path,
    waived: Collection[str],
    look: Callable[[Charts], Mapping[str, Look[bool]]] = downloads.look_for_charts,
    *,
    colours: Collection[Colour] | None = None,
) -> Finding:
    """The rule that every chart which the stack files install can be had.

    What is kept in the project is verified, and nobody is asked; public repositories are asked.

    Args:
        folder: folder of the project.
        waived: charts that need not be there, as NAME-VERSION; of public ones alone, as others can
            be had without anybody.
        look: asks the repositories.
        colours: whose charts; None: those of all that have a stack file.
    """
    wanted = stack_settings.read(folder, colours)
    if wanted.mistakes:
        return unseen(RULE, _SAYS, [f"which charts are wanted: {wanted.mistakes[0]}"])
    broken = kept_flaws(folder, wanted)
    if broken:
        return judged(RULE, _SAYS_KEPT, list(map(str, broken)), _MEND)
    public = public_charts(wanted)
    if not public:
        return judged(RULE, _SAYS_KEPT, (), "")
    found = look([(it.chart, it.version) for it in public])
    lacking = {
        f"{it.chart.name}-{it.version}": f"{it.chart.name}-{it.version}:"
        f" {it.chart.repository} {_why(there)}"
        for it in public
        if (there := found[pins.chart_in_words(it.chart, it.version)]) is not True
    }
    return waivable(
        RULE,
        _SAYS,
        lacking,
        waived,
        "wait until it answers: without it the switch stops halfway, and cannot be taken back. To"
        f" need it no more, let eks-platform:charts be ./charts, and run `{COMMAND}`",
    )


def charts_can_be_had(kept: Sequence[Flaw], public: Mapping[str, Look[bool]]) -> Finding:
    """The same rule for an account in which nothing stands yet.

    Args:
        kept: what is wrong with the charts that the project keeps.
        public: whether each of the others is there, by name.
    """
    if kept or not public:
        return judged(RULE, _SAYS_KEPT, list(map(str, kept)), _MEND)
    return pins.downloads(
        RULE,
        "the charts' repositories have the pinned versions",
        public,
        "take a version that is there, in catalogue/addons.py",
    )


def kept_charts(folder: Path, wanted: Wanted) -> Mapping[str, bool]:
    """Whether each chart that the project keeps is there, by name; asks nobody.

    Args:
        folder: folder of the project.
        wanted: what the stack files want.
    """
    return {
        pins.chart_in_words(it.chart, it.version): not flaws(folder, place, [it])
        for place, charts in _by_place(wanted)
        if place != PUBLIC_REPOSITORIES
        for it in charts
    }


def kept_flaws(folder: Path, wanted: Wanted) -> list[Flaw]:
    """What is wrong with the charts that the project keeps, each thing once; asks nobody.

    Args:
        folder: folder of the project.
        wanted: what the stack files want.
    """
    found: dict[str, Flaw] = {}
    for place, charts in _by_place(wanted):
        if place != PUBLIC_REPOSITORIES:
            found |= {str(it): it for it in flaws(folder, place, charts)}
    return list(found.values())


def public_charts(wanted: Wanted) -> list[Pin]:
    """Charts that are taken from public repositories, each version once.

    Args:
        wanted: what the stack files want.
    """
    found = {
        it.file: it
        for place, charts in _by_place(wanted)
        if place == PUBLIC_REPOSITORIES
        for it in charts
    }
    return list(found.values())


def _by_place(wanted: Wanted) -> Iterator[tuple[str, list[Pin]]]:
    for it in wanted.colours.values():
        yield it.charts, pins.charts_of(it)


def _why(there: Look[bool]) -> str:
    return f"did not answer: {there.why}" if isinstance(there, Unseen) else "has it no more"
