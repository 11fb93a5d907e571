"""Makes add-ons phase by phase."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.addon_stack import order
from components.addon_stack.addon import Addon, Phase
from components.addon_stack.args import MakeArgs
from components.addon_stack.installation import Installation, InstallationArgs
from components.addon_stack.site import Site
from components.control_plane import ControlPlane


@dataclass(frozen=True, kw_only=True)
class Phases:
    """Makes add-ons phase by phase.

    Attributes:
        addons: every add-on by its name.
        opts: options of what is made.
        tags: tags of every AWS resource.
        cluster: the cluster.
        site: the cluster as add-ons see it.
        groups: names of the Auto Scaling groups, by their names in the settings.
    """

    addons: Mapping[str, Addon]
    opts: pulumi.ResourceOptions
    tags: Mapping[str, str]
    cluster: ControlPlane
    site: Site
    groups: Mapping[str, pulumi.Input[str]]

    def install(
        self, phases: Sequence[Phase], after: Sequence[pulumi.Resource]
    ) -> Mapping[str, Sequence[pulumi.Resource]]:
        """Makes the add-ons of some phases, and returns what was made of each.

        Args:
            phases: which, the first first.
            after: what the first phase waits for.
        """
        before = order.predecessors(self.addons, self.site.enabled)
        sequence = order.ordered(self.addons, self.site.enabled)
        made: dict[str, Sequence[pulumi.Resource]] = {}
        waited = after
        for phase in phases:
            here = [addon for addon in sequence if addon.phase is phase]
            for addon in here:
                first = [*waited, *(it for name in before[addon.name] for it in made[name])]
                made[addon.name] = self._make(addon, first)
            waited = [it for addon in here for it in made[addon.name]] or waited
        return made

    def _make(self, addon: Addon, after: Sequence[pulumi.Resource]) -> Sequence[pulumi.Resource]:
        if addon.make is not None:
            args = MakeArgs(
                tags=self.tags, cluster=self.cluster, site=self.site, after=after, opts=self.opts
            )
            return addon.make(args)
        args = InstallationArgs(
            tags=self.tags,
            cluster=self.cluster,
            site=self.site,
            after=after,
            addon=addon,
            groups=self.groups,
        )
        return [Installation(addon.name, args, self.opts)]
