"""The four DNS writers, as an add-on."""

from collections.abc import Sequence
from dataclasses import replace

import pulumi

from catalogue import addons
from components.addon_stack.addon import Addon, Phase
from components.addon_stack.args import MakeArgs
from components.addon_stack.site import Site
from components.addons.external_dns.deployment import NAMESPACE, ExternalDns, ExternalDnsArgs
from components.addons.external_dns.name_policy.component import NamePolicy
from components.addons.external_dns.rbac import ExternalDnsRbac, ExternalDnsRbacArgs
from handover.writers import Writer, writers


def own_writers(site: Site) -> tuple[Writer, Writer]:
    """The writers of the cluster's own names, which always run."""
    return writers(site.settings.colour, site.zones, live=False)


def live_writers(site: Site) -> tuple[Writer, Writer]:
    """The writers of live names; with none to write they do not run."""
    return writers(site.settings.colour, site.zones, live=True, names=site.live_names)


def _make(args: MakeArgs) -> Sequence[pulumi.Resource]:
    """What every writer comes after waits for no node: nothing may publish a name before it."""
    every = (*own_writers(args.site), *live_writers(args.site))
    rbac = ExternalDnsRbac(
        "external-dns",
        ExternalDnsRbacArgs(
            tags=args.tags,
            namespace=NAMESPACE,
            service_accounts=[writer.name for writer in every],
            cluster=args.cluster,
            site=args.site,
            after=(),
        ),
        args.opts,
    )
    policy = NamePolicy("dns-names", replace(args, after=()), args.opts)
    first = (*args.after, rbac, policy)
    return [rbac, policy, *(_writer(writer, args, first) for writer in every)]


def _writer(writer: Writer, args: MakeArgs, after: Sequence[pulumi.Resource]) -> ExternalDns:
    return ExternalDns(
        writer.name,
        ExternalDnsArgs(
            tags=args.tags, cluster=args.cluster, site=args.site, after=after, writer=writer
        ),
        args.opts,
    )


ADDON = Addon(
    line=addons.EXTERNAL_DNS,
    why="DNS records of Ingresses and Services, live and of the cluster",
    phase=Phase.EDGE,
    make=_make,
)
"""The pair of the cluster's own names and the live pair."""
