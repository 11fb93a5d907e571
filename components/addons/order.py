"""In which order add-ons are made, from what each says of itself; and its drawing.

``python -m components.addons.order`` writes ``docs/addons/order.md``.
"""

import graphlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path

from components.addons import catalogue
from components.addons.catalogue import Line
from components.addons.spec import Addon, Phase

PAGE = Path(__file__).parents[2] / "docs" / "addons" / "order.md"
"""Where the drawing is kept."""


class OrderError(ValueError):
    """Add-ons wait for each other in a circle, or for one of a later phase or of no catalogue."""


def load(lines: Iterable[Line] | None = None) -> dict[str, Addon]:
    """What add-ons say of themselves, by name, in the order of their lines.

    The add-on of the line ``some-name`` is `ADDON` of the module ``components.addons.some_name``.

    Args:
        lines: lines of a catalogue; those of `catalogue.CATALOGUE` by default.

    Raises:
        OrderError: a module's add-on has another name than its line.
    """
    addons: dict[str, Addon] = {}
    for line in catalogue.CATALOGUE if lines is None else lines:
        module = import_module(f"components.addons.{line.module or line.name.replace('-', '_')}")
        addon: Addon = module.ADDON
        if addon.name != line.name:
            raise OrderError(f"the module of {line.name} calls its add-on {addon.name}")
        addons[line.name] = addon
    return addons


def predecessors(
    addons: Mapping[str, Addon], lines: Mapping[str, Line], enabled: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """For each add-on that is enabled, those of its own phase that are made before it.

    Whole phases come one after the other besides.

    Raises:
        OrderError: an add-on waits for one of a later phase, or of no catalogue.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name, addon in addons.items():
        if name not in enabled:
            continue
        wanted = dict.fromkeys((*lines[name].needs, *addon.after))
        for other in wanted:
            if other not in addons:
                raise OrderError(f"{name} waits for {other}, which no catalogue has")
            if addons[other].phase > addon.phase:
                raise OrderError(
                    f"{name} ({addon.phase.name.lower()}) waits for {other}"
                    f" ({addons[other].phase.name.lower()}), which comes later"
                )
        found[name] = tuple(
            other for other in wanted if other in enabled and addons[other].phase == addon.phase
        )
    return found


def ordered(
    addons: Mapping[str, Addon], lines: Mapping[str, Line], enabled: Collection[str]
) -> list[Addon]:
    """The enabled add-ons, each after all that it waits for.

    Raises:
        OrderError: some wait for each other, or as `predecessors` says.
    """
    before = predecessors(addons, lines, enabled)
    try:
        names = list(graphlib.TopologicalSorter(before).static_order())
    except graphlib.CycleError as error:
        circle = " → ".join(map(str, error.args[1]))
        raise OrderError(f"add-ons wait for each other: {circle}") from None
    return sorted((addons[name] for name in names), key=lambda addon: addon.phase)


_TITLES: Mapping[Phase, str] = {
    Phase.NETWORK: "network: before nodes, not waited for",
    Phase.BASE: "base: names and volumes",
    Phase.EDGE: "edge: load balancers and records; gone last",
    Phase.SERVICES: "services",
}


_PREFACE = """\
Each phase waits for all of the one before, each add-on for those that it names. `pulumi destroy`
goes the other way round: first the teardown marker, whose hook empties the cluster, then the
services, then the load balancer controller and the DNS writers, and Cilium after the nodes.
"""


def mermaid(addons: Mapping[str, Addon], lines: Mapping[str, Line]) -> str:
    """The order as a Mermaid flowchart: arrows go from what is made to what waits for it."""
    before = predecessors(addons, lines, addons)
    drawn = ["flowchart LR"]
    for phase in Phase:
        drawn.append(f'    subgraph {phase.name.lower()}["{_TITLES[phase]}"]')
        drawn += [f"        {name}" for name, addon in addons.items() if addon.phase == phase]
        drawn.append("    end")
    drawn.append('    nodes(["nodes"])')
    drawn += ["    network --> nodes", "    nodes --> base", "    base --> edge"]
    drawn += ["    edge --> services", '    services --> teardown(["teardown marker"])']
    drawn += [f"    {other} --> {name}" for name, others in before.items() for other in others]
    return "\n".join(drawn)


def render(addons: Mapping[str, Addon], lines: Mapping[str, Line]) -> str:
    """The page of the order."""
    rows = [
        f"| [{addon.name}]({addon.name}.md) | {addon.phase.name.lower()} |"
        f" {_listed(lines[addon.name].needs)} | {_listed(addon.after)} | {addon.why} |"
        for addon in ordered(addons, lines, addons)
    ]
    return "\n".join(
        (
            "# The order of the add-ons",
            "",
            "<!-- Written by `make generate` from components/addons; do not edit. -->",
            "",
            _PREFACE,
            "```mermaid",
            mermaid(addons, lines),
            "```",
            "",
            "| add-on | phase | needs | comes after | what for |",
            "|---|---|---|---|---|",
            *rows,
            "",
        )
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(render(load(), catalogue.LINES), encoding="utf-8")
