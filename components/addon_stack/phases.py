"""Makes add-ons phase by phase."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pulumi

from components.addon_stack import order
from components.addon_stack.addon import Addon, Phase
from components.addon_stack.args import MakeArgs
from components.addon_stack.installation import Installation, InstallationArgs


def install_phases(
    phases: Sequence[Phase],
    addons: Mapping[str, Addon],
    args: MakeArgs,
    groups: Mapping[str, pulumi.Input[str]],
) -> Mapping[str, Sequence[pulumi.Resource]]:
    """Makes the add-ons of some phases, and returns what was made of each.

    Args:
        phases: which, the first first.
        addons: every add-on by its name.
        args: what each is given; the first phase waits for its `after`.
        groups: names of the Auto Scaling groups, by their names in the settings.
    """
    before = order.predecessors(addons, args.site.enabled)
    sequence = order.ordered(addons, args.site.enabled)
    made: dict[str, Sequence[pulumi.Resource]] = {}
    waited = args.after
    for phase in phases:
        here = [addon for addon in sequence if addon.phase is phase]
        for addon in here:
            first = [*waited, *(it for name in before[addon.name] for it in made[name])]
            beside = [it for it in sequence if it.namespace == addon.namespace]
            made[addon.name] = _make(addon, beside, replace(args, after=first), groups)
        waited = [it for addon in here for it in made[addon.name]] or waited
    return made


def _make(
    addon: Addon,
    neighbours: Sequence[Addon],
    args: MakeArgs,
    groups: Mapping[str, pulumi.Input[str]],
) -> Sequence[pulumi.Resource]:
    if addon.make is not None:
        return addon.make(args)
    wanted = InstallationArgs(
        tags=args.tags,
        cluster=args.cluster,
        site=args.site,
        after=args.after,
        addon=addon,
        neighbours=neighbours,
        groups=groups,
    )
    return [Installation(addon.name, wanted, args.opts)]
