"""The four DNS writers, as an add-on."""

from components.addons.spec import Addon, Phase

ADDON = Addon(
    name="external-dns",
    why="DNS records of Ingresses and Services, live and of the cluster",
    phase=Phase.EDGE,
    after=("aws-load-balancer-controller",),
    built_in=True,
)
"""The pair of the cluster's own names and the live pair. They follow load balancers."""
