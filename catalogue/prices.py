"""What AWS charges for what a platform is made of: kept lists, each with its source and its day.

On-demand prices of nodes stand in ``price_lists/ec2_on_demand.txt``, which
``python -m development.prices refresh`` writes anew; its first lines say of when and of whom it is.
``price_lists/services.yaml`` has the rest: other items, and the ratios that stand in where no list
has a price, as for spot and for most regions. Prices are in USD, without taxes, free tiers and
discounts. What has no price is an error that names it, never zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Literal, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, Field

FOLDER = Path(__file__).parent / "price_lists"
NODES_FILE = FOLDER / "ec2_on_demand.txt"
SERVICES_FILE = FOLDER / "services.yaml"

HOURS_A_MONTH = 730
"""As AWS's own price pages count: a year's 8,760 hours by twelve."""

HOURS_A_DAY = 24

NONE = "-"
"""Stands for no price in a line of the nodes' file."""

ItemName: TypeAlias = Literal[
    "controlPlane",
    "controlPlaneExtended",
    "natGateway",
    "publicIpv4",
    "applicationLoadBalancer",
    "networkLoadBalancer",
    "gp3Gib",
    "metric",
    "kmsKey",
    "hostedZone",
]


class NoPriceError(LookupError):
    """No list has a price of something.

    Attributes:
        what: that thing, for example ``x9.large in eu-west-1``.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"no price for {what}")


@dataclass(frozen=True)
class Price:
    """What one of something costs.

    Attributes:
        usd_hour: USD an hour.
        stated: ratios by which it was made out of another price, in words.
    """

    usd_hour: float
    stated: tuple[str, ...] = ()


class _Model(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)


class Item(_Model):
    """Something but a node that is charged for.

    Attributes:
        usd: its price.
        unit: for an ``hour`` or a ``month``.
        everywhere: whether it costs the same in all regions.
        source: page that it is of.
    """

    usd: float = Field(gt=0)
    unit: Literal["hour", "month"]
    everywhere: bool
    source: str


class SpotRatio(_Model):
    """Part of the on-demand price that spot is taken to cost; see the file."""

    ratio: float = Field(gt=0, le=1)
    source: str
    date: date


class RegionRatios(_Model):
    """Region → its prices by those of the list's region; see the file."""

    source: str
    date: date
    ratios: Mapping[str, float]


class Services(_Model):
    """The file of all that is no node.

    Attributes:
        date: when the items were looked up.
        region: where prices apply that are not the same everywhere.
        items: what is charged for.
        spot: what spot is taken to cost.
        regions: what other regions are taken to cost.
    """

    date: date
    region: str
    items: Mapping[ItemName, Item]
    spot: SpotRatio
    regions: RegionRatios


@dataclass(frozen=True)
class NodePrices:
    """The file of nodes.

    Attributes:
        date: when AWS's list said so.
        regions: regions of which it has prices.
        prices: instance type → region → USD an hour, on demand, Linux.
    """

    date: date
    regions: tuple[str, ...]
    prices: Mapping[str, Mapping[str, float]]


def node(kind: str, region: str, *, spot: bool = False) -> Price:
    """What a node costs, without its volume.

    Args:
        kind: instance type, such as ``m7i.large``.
        region: such as ``eu-west-1``.
        spot: whether it is bought as spot.

    Raises:
        NoPriceError: no list has the type, or the region.
    """
    listed = node_prices().prices.get(kind, {})
    if not listed:
        raise NoPriceError(kind)
    if region in listed:
        price = Price(listed[region])
    elif services().region in listed and region not in node_prices().regions:
        price = _of_region(listed[services().region], region)
    else:
        raise NoPriceError(f"{kind} in {region}")
    if not spot:
        return price
    ratio = services().spot.ratio
    stated = f"spot at {ratio:g} of on demand"
    return Price(price.usd_hour * ratio, (*price.stated, stated))


def item(name: ItemName, region: str) -> Price:
    """What one of something costs that is no node.

    Args:
        name: what it is.
        region: such as ``eu-west-1``.

    Raises:
        NoPriceError: no list has the region.
    """
    found = services().items[name]
    usd_hour = found.usd if found.unit == "hour" else found.usd / HOURS_A_MONTH
    return Price(usd_hour) if found.everywhere else _of_region(usd_hour, region)


def _of_region(usd_hour: float, region: str) -> Price:
    base = services().region
    if region == base:
        return Price(usd_hour)
    ratio = services().regions.ratios.get(region)
    if ratio is None:
        raise NoPriceError(f"region {region}" if region else "a region that is not known")
    return Price(usd_hour * ratio, (f"{region} at {ratio:g} of {base}",))


@lru_cache
def services() -> Services:
    """The kept list of all that is no node."""
    return Services.model_validate(yaml.safe_load(SERVICES_FILE.read_text(encoding="utf-8")))


@lru_cache
def node_prices() -> NodePrices:
    """The kept list of nodes."""
    return parse(NODES_FILE.read_text(encoding="utf-8"))


def parse(text: str) -> NodePrices:
    """A file of nodes.

    Raises:
        ValueError: it has no day or no regions, or a line is not that of a type.
    """
    lines = text.splitlines()
    day = _head(lines, "# Date: ")
    regions = tuple(_head(lines, "# Regions: ").split())
    prices: dict[str, Mapping[str, float]] = {}
    for line in lines:
        if not line or line.startswith("#"):
            continue
        name, *numbers = line.split()
        if len(numbers) != len(regions):
            raise ValueError(f"{line}: not a price or {NONE} for each of {len(regions)} regions")
        found = zip(regions, numbers, strict=True)
        prices[name] = {region: _usd(line, it) for region, it in found if it != NONE}
    return NodePrices(date.fromisoformat(day), regions, prices)


def head_of(text: str, key: str) -> str:
    """What the head of a file of nodes says, for example of ``Version``. Raises ValueError."""
    return _head(text.splitlines(), f"# {key}: ")


def _head(lines: list[str], key: str) -> str:
    for line in lines:
        if line.startswith(key):
            return line.removeprefix(key)
    raise ValueError(f"the file of prices says no {key.strip('# :')}")


def _usd(line: str, text: str) -> float:
    usd = float(text)
    if not usd > 0:
        raise ValueError(f"{line}: {text} is no price")
    return usd
