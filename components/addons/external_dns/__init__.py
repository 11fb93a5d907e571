"""The four DNS writers, as an add-on."""

from collections.abc import Sequence

import pulumi

from catalogue import addons
from components.addon_stack.spec import Addon, MakeArgs, Phase, Site
from components.addons.external_dns.deployment import NAMESPACE, ExternalDns, ExternalDnsArgs
from components.addons.external_dns.name_policy.component import NamePolicy, NamePolicyArgs
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
            after=(),
        ),
        args.opts,
    )
    zones = args.site.zones
    policy = NamePolicy(
        "dns-names",
        NamePolicyArgs(
            tags=args.tags,
            zones={"private": zones.private, "public": zones.public},
            cluster=args.cluster,
            after=(),
        ),
        args.opts,
    )
    first = (*args.after, rbac, policy)
    return [rbac, policy, *(_writer(writer, args, first) for writer in every)]


def _writer(writer: Writer, args: MakeArgs, after: Sequence[pulumi.Resource]) -> ExternalDns:
    return ExternalDns(
        writer.name,
        ExternalDnsArgs(
            tags=args.tags, writer=writer, site=args.site, cluster=args.cluster, after=after
        ),
        args.opts,
    )


ADDON = Addon(
    line=addons.EXTERNAL_DNS,
    why="DNS records of Ingresses and Services, live and of the cluster",
    phase=Phase.EDGE,
    after=("aws-load-balancer-controller",),
    make=_make,
)
"""The pair of the cluster's own names and the live pair. They follow load balancers."""
