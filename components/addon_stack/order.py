"""In which order add-ons are made, from what each says of itself."""

import graphlib
from collections.abc import Collection, Mapping

from components.addon_stack.addon import Addon


class OrderError(ValueError):
    """Add-ons wait for each other in a circle, or for one of a later phase or of no catalogue."""


def predecessors(
    addons: Mapping[str, Addon], enabled: Collection[str]
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
        wanted = dict.fromkeys((*addon.line.needs, *addon.after))
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


def ordered(addons: Mapping[str, Addon], enabled: Collection[str]) -> list[Addon]:
    """The enabled add-ons, each after all that it waits for.

    Raises:
        OrderError: some wait for each other, or as `predecessors` says.
    """
    before = predecessors(addons, enabled)
    try:
        names = list(graphlib.TopologicalSorter(before).static_order())
    except graphlib.CycleError as error:
        circle = " → ".join(map(str, error.args[1]))
        raise OrderError(f"add-ons wait for each other: {circle}") from None
    return sorted((addons[name] for name in names), key=lambda addon: addon.phase)
