"""Finds overrides of chart values that Kubernetes would refuse, before anything is made."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components import addons
from components.addon_stack.addon import Addon, Prerequisites
from components.addon_stack.chart_values import chart_keys_of, values_of
from components.addon_stack.conflicts import Conflict, conflicts
from components.addon_stack.site import Site
from components.certificates import Issued


@dataclass(frozen=True)
class RefusedOverride:
    """An override that Kubernetes would refuse.

    Attributes:
        addon: name of the add-on.
        conflict: what is wrong with its chart's values.
    """

    addon: str
    conflict: Conflict


def refused_overrides(site: Site) -> Sequence[RefusedOverride]:
    """Every override of the stack file that Kubernetes would refuse.

    Args:
        site: the cluster, which need not be there yet: its Outputs are not looked at.
    """
    return [
        RefusedOverride(name, conflict)
        for name, addon in addons.load().items()
        if name in site.enabled and site.overrides(name).values
        for conflict in _conflicts(addon, site)
    ]


def _conflicts(addon: Addon, site: Site) -> Sequence[Conflict]:
    # Not secret, so that they can be looked at; what is found says no value of them.
    values = values_of(addon, site, planned_prerequisites(addon), secret=False)
    return conflicts(addon.name, chart_keys_of(addon, site), values)


def planned_prerequisites(addon: Addon) -> Prerequisites:
    """What an add-on asks for, before it is made: of its values only the shape matters."""
    nothing = pulumi.Output.from_input("")
    issued = Issued(nothing, nothing, nothing, nothing)
    return Prerequisites(certificates={it.name: issued for it in addon.certificates})
