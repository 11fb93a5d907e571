"""What the changes of a preview cost: out of what the engine told, by the catalogue's prices."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from catalogue.minors import outlook
from catalogue.prices import HOURS_A_MONTH
from costs import group, platform, words
from costs.bill import Bill, together
from preview.changes import Change
from preview.events import Plain, Recorded

_REGION = re.compile(r"\barn:aws[a-z-]*:[a-z0-9-]+:([a-z]{2}(?:-[a-z]+)+-\d):")
_PROVIDER = "pulumi:providers:aws"
_CLUSTER = "aws:eks/cluster:Cluster"
_SHARED = ("aws:ec2/natGateway:NatGateway", "aws:ec2/eip:Eip", "aws:route53/zone:Zone")
_KEY = "aws:kms/key:Key"
_CHARGED = (group.TYPE, group.TEMPLATE_TYPE, _CLUSTER, _KEY, *_SHARED)

Inputs = Mapping[str, Plain]


@dataclass(frozen=True)
class CostChange:
    """What changes cost, before and after, with the fewest nodes and with the most.

    Attributes:
        least: bills with `min` nodes, now and then.
        most: bills with `max` nodes, now and then.
    """

    least: tuple[Bill, Bill]
    most: tuple[Bill, Bill]

    @property
    def is_some(self) -> bool:
        """Whether it costs something else then, or something has no price."""
        pairs = (self.least, self.most)
        told = any(now.usd_hour != then.usd_hour for now, then in pairs)
        return told or any(now.gaps != then.gaps for now, then in pairs)


def cost_change(recorded: Recorded, found: Sequence[Change], day: date) -> CostChange | None:
    """What the changes of a preview cost; None where they are of nothing that has a price.

    Args:
        recorded: the preview.
        found: its changes.
        day: on which support of minors is looked at.
    """
    if not any(change.type in _CHARGED for change in found):
        return None
    region = _region(recorded, found)

    def bills(nodes: Callable[[group.Group], int]) -> tuple[Bill, Bill]:
        return (
            _bill([(it.type, it.old) for it in found if it.old], region, day, nodes),
            _bill([(it.type, it.new) for it in found if it.new], region, day, nodes),
        )

    return CostChange(bills(lambda it: it.least), bills(lambda it: it.most))


def table(change: CostChange) -> str:
    """It as a table in Markdown."""
    lines = [
        "| USD an hour, of what changes | now | then | a month |",
        "| --- | ---: | ---: | ---: |",
        *(
            f"| {title} | {words.usd(now.usd_hour)} | {words.usd(then.usd_hour)}"
            f" | {_signed(now, then)} |"
            for title, (now, then) in (
                ("with the fewest nodes (`min`)", change.least),
                ("with the most nodes (`max`)", change.most),
            )
        ),
    ]
    return "\n".join(lines)


def basis(change: CostChange) -> str:
    """What its figures rest on, as plain text."""
    whole = together((*change.least, *change.most))
    return f"By the first instance type of each group; {words.basis(whole)}."


def _signed(now: Bill, then: Bill) -> str:
    difference = round((then.usd_hour - now.usd_hour) * HOURS_A_MONTH)
    return f"{difference:+,}" if difference else "0"


def _bill(
    there: Sequence[tuple[str, Inputs]],
    region: str,
    day: date,
    nodes: Callable[[group.Group], int],
) -> Bill:
    disks = group.disks_of([inputs for kind, inputs in there if kind == group.TEMPLATE_TYPE])
    gateways, addresses, zones = (sum(kind == it for kind, _ in there) for it in _SHARED)
    return together(
        [
            *(bill for kind, inputs in there for bill in _of(kind, inputs, region, day)),
            *_of_groups(there, disks, region, nodes),
            *platform.of_shared(gateways, addresses, zones, region),
        ]
    )


def _of(kind: str, inputs: Inputs, region: str, day: date) -> Iterator[Bill]:
    if kind == _KEY:
        yield platform.of_key(region)
    if kind == _CLUSTER:
        seen = outlook(str(inputs.get("version")), day)
        yield platform.of_control_plane(seen.phase if seen else "not known", region)


def _of_groups(
    there: Sequence[tuple[str, Inputs]],
    disks: Mapping[str, int],
    region: str,
    nodes: Callable[[group.Group], int],
) -> Iterator[Bill]:
    for kind, inputs in there:
        if kind != group.TYPE:
            continue
        found = group.group_of(inputs)
        if found is None:
            yield Bill(not_seen=("nodes of a group whose size is known only then",))
        else:
            yield from platform.of_nodes([found.nodes(nodes(found), disks.get(found.name))], region)


def _region(recorded: Recorded, found: Sequence[Change]) -> str:
    """Region of the stack: as its provider says, or an ARN of it; empty where nothing says it."""
    for step in recorded.steps:
        state = step.new or step.old
        if step.type == _PROVIDER and state and state.inputs.get("region"):
            return str(state.inputs["region"])
    told = [*recorded.outputs, *(it.old or it.new for it in found)]
    for said in told:
        match = _REGION.search(json.dumps(said, default=str))
        if match:
            return match[1]
    return ""
