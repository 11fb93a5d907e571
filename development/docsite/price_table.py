"""Snippet: the prices that figures rest on, each with its source."""

from catalogue.prices import NODES_FILE, head_of, node, node_prices, services
from costs import words

_NAMES = {
    "controlPlane": "EKS control plane, standard support",
    "controlPlaneExtended": "EKS control plane, extended support",
    "natGateway": "NAT gateway",
    "publicIpv4": "Public IPv4 address",
    "applicationLoadBalancer": "Application Load Balancer, without its capacity units",
    "networkLoadBalancer": "Network Load Balancer, without its capacity units",
    "gp3Gib": "GiB of a gp3 volume",
    "metric": "CloudWatch metric; a node's detailed monitoring has seven",
    "kmsKey": "KMS key",
    "hostedZone": "Hosted zone",
}
_EXAMPLE = "m7i.large"


def render() -> str:
    """The tables and what is said of them, as Markdown."""
    kept = services()
    rows = [
        f"| {_NAMES[name]} | {item.usd:g} | {item.unit} |"
        f" {'all regions' if item.everywhere else kept.region} | [AWS]({item.source}) |"
        for name, item in kept.items.items()
    ]
    head = ("| What | USD | for a | where | source |", "| --- | ---: | --- | --- | --- |")
    return "\n\n".join((_nodes(kept.region), "\n".join((*head, *rows)), *_ratios())) + "\n"


def _nodes(region: str) -> str:
    nodes = node_prices()
    version = head_of(NODES_FILE.read_text(encoding="utf-8"), "Version")
    return (
        f"On-demand prices of {len(nodes.prices):,} instance types in {', '.join(nodes.regions)}"
        f" are those of {nodes.date}, as Karpenter's AWS provider {version} has them in its source"
        f" (Apache-2.0): `{_EXAMPLE}`, for example, {node(_EXAMPLE, region).usd_hour:g} USD an hour"
        f" in {region}. A type that is not among them has no price here, and is named where it is"
        f" met. The rest was looked up on {services().date}:"
    )


def _ratios() -> tuple[str, ...]:
    spot, regions = services().spot, services().regions
    ratios = ", ".join(f"{region} {ratio:g}" for region, ratio in regions.ratios.items())
    of_spot = (
        f"**Spot** is taken at {spot.ratio:g} of the price on demand: the median of a"
        f" [sample]({spot.source}) of {spot.date}. It changes all the time."
    )
    of_regions = (
        f"**Regions** are taken at a ratio of {services().region}'s price, that of the family m7i"
        f" ([source]({regions.source}), {regions.date}): {ratios}. Other families differ by some"
        " hundredths. A region that is not among them has no price."
    )
    return of_spot, of_regions, f"**Left out**, as it depends on use: {words.in_full()}."
