"""That an update can fetch its charts: one that cannot fails, and so would the way back."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from bluegreen.finding import Finding, unseen, waivable
from bluegreen.preflight import pins
from bluegreen.preflight.looks import Look, Unseen
from bluegreen.world import downloads, stack_settings
from catalogue.entries import Chart

Charts = Sequence[tuple[Chart, str]]
"""Charts with their versions."""

_SAYS = "the charts' repositories answer: Helm's provider asks them at every update"


def charts_there(
    folder: Path,
    waived: Collection[str],
    look: Callable[[Charts], Mapping[str, Look[bool]]] = downloads.look_for_charts,
) -> Finding:
    """The rule that every chart which the stack files install can be fetched from here.

    Args:
        folder: folder of the project.
        waived: charts that need not be there, as NAME-VERSION.
        look: asks the repositories.
    """
    wanted = stack_settings.read(folder)
    if wanted.mistakes:
        return unseen("charts", _SAYS, [f"which charts are wanted: {wanted.mistakes[0]}"])
    every = ((it, it.version(minor)) for it in pins.charts(wanted) for minor in wanted.minors)
    # Most minors take the same version; a chart itself cannot be hashed.
    charts = list({(chart.name, version): (chart, version) for chart, version in every}.values())
    found = look(charts)
    broken = {
        f"{chart.name}-{version}": f"{chart.name}-{version}: {chart.repository} {_why(there)}"
        for chart, version in charts
        if (there := found[pins.chart_in_words(chart, version)]) is not True
    }
    return waivable(
        "charts",
        _SAYS,
        broken,
        waived,
        "wait until it answers: without it the switch stops halfway, and cannot be taken back",
    )


def _why(found: Look[bool]) -> str:
    return f"did not answer: {found.why}" if isinstance(found, Unseen) else "has it no more"
