"""Makes add-ons phase by phase."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pulumi

from components.addons import catalogue, order
from components.addons.addon import AddonArgs
from components.addons.installation import Installation, install
from components.addons.spec import Addon, Phase, Site, Values
from components.control_plane import ControlPlane

BuiltIn: TypeAlias = Callable[[Sequence[pulumi.Resource]], Sequence[pulumi.Resource]]
"""Makes an add-on that has components of its own, after the resources given."""


@dataclass(frozen=True, kw_only=True)
class AddonChoice:
    """What the stack file says of add-ons.

    Attributes:
        disabled: names of those that are not installed.
        overrides: values of charts by the add-on's name.
    """

    disabled: frozenset[str]
    overrides: Mapping[str, Values]

    @property
    def enabled(self) -> frozenset[str]:
        """Names of those that are installed."""
        return frozenset(catalogue.LINES) - self.disabled


@dataclass(frozen=True)
class Phases:
    """Makes add-ons phase by phase."""

    opts: pulumi.ResourceOptions
    tags: Mapping[str, str]
    cluster: ControlPlane
    site: Site
    choice: AddonChoice
    groups: Mapping[str, pulumi.Input[str]]

    def install(
        self,
        phases: Sequence[Phase],
        built_in: Mapping[str, BuiltIn],
        after: Sequence[pulumi.Resource],
    ) -> Sequence[pulumi.Resource]:
        """Makes the add-ons of some phases, and returns all that was made.

        Args:
            phases: which, the first first.
            built_in: makes those that have components of their own.
            after: what the first phase waits for.
        """
        addons = order.load()
        before = order.predecessors(addons, catalogue.LINES, self.choice.enabled)
        sequence = order.ordered(addons, catalogue.LINES, self.choice.enabled)
        made: dict[str, Sequence[pulumi.Resource]] = {}
        waited = after
        for phase in phases:
            here = [addon for addon in sequence if addon.phase is phase]
            for addon in here:
                first = [*waited, *(it for name in before[addon.name] for it in made[name])]
                if addon.built_in:
                    made[addon.name] = built_in[addon.name](first)
                else:
                    made[addon.name] = [self._install(addon, first)]
            waited = [it for addon in here for it in made[addon.name]] or waited
        return [it for resources in made.values() for it in resources]

    def _install(self, addon: Addon, after: Sequence[pulumi.Resource]) -> Installation:
        return install(
            addon,
            args=AddonArgs(tags=self.tags, cluster=self.cluster, after=after),
            site=self.site,
            groups=self.groups,
            overrides=self.choice.overrides.get(addon.name, {}),
            opts=self.opts,
        )
