"""The recorded experiments, as a table and as pictures; and the policies that they compare."""

from development.docsite.drawing import PALETTES, Palette
from development.experiments import report, results, switch_report, switch_results
from development.experiments.policies import POLICIES, Policy

_PICTURES = (
    ("Bars: what each policy costs, and for how long it lacks room", "experiments-costs"),
    (
        "Curves: the load, and what the ready pods of each policy have room for",
        "experiments-courses",
    ),
)


def render() -> str:
    """The results, their pictures and what follows from them, as Markdown."""
    found = results.read()
    parts = [report.table(found), report.verdict(found)]
    if found:
        parts += [_picture(words, name) for words, name in _PICTURES]
    return "\n".join(parts)


def _picture(words: str, name: str) -> str:
    """In both palettes, of which the page shows one."""
    lines = [f"![{words}](pictures/{name}-{it.name}.svg#only-{it.name})" for it in PALETTES]
    return "\n".join((*lines, ""))


def render_switches() -> str:
    """Switches under load, as Markdown."""
    return switch_report.table(switch_results.read())


def render_policies() -> str:
    """The policies, as Markdown."""
    lines = [
        "| Policy | What | Pods | Nodes | Spot first | Pause pods |",
        "| --- | --- | --- | --- | --- | --- |",
        *map(_row, POLICIES.values()),
    ]
    return "\n".join((*lines, ""))


def _row(it: Policy) -> str:
    pods = {"cpu": "HorizontalPodAutoscaler on CPU", "requests": "KEDA on requests and cron"}
    nodes = {"groups": "Cluster Autoscaler (model)", "karpenter": "Karpenter"}
    kept = it.reserve
    reserve = f"at least {kept.least} of {kept.cpus} CPU" if kept else "none"
    cells = (it.key, it.title, pods[it.pods], nodes[it.nodes], "yes" if it.spot else "no", reserve)
    return f"| {' | '.join(cells)} |"


def draw_costs(palette: Palette) -> str:
    """Costs and lack of room, as SVG."""
    return report.draw_costs(results.read(), palette)


def draw_courses(palette: Palette) -> str:
    """Load and room, as SVG."""
    return report.draw_courses(results.read(), palette)
