"""Page: the order of the add-ons, what each needs and what it is for."""

from collections.abc import Sequence

from components import addons
from components.addon_stack import order

_PREFACE = """\
Each phase waits for all of the one before, each add-on for those that it names. `pulumi destroy`
goes the other way round: first the teardown marker, whose hook empties the cluster, then the
services, then the load balancer controller and the DNS writers, and Cilium after the nodes.

<div class="picture" markdown>
![What comes up in which turn, and after what](../pictures/order-light.svg#only-light)
![What comes up in which turn, and after what](../pictures/order-dark.svg#only-dark)
</div>
"""


def render() -> str:
    """The page, as Markdown."""
    every = addons.load()
    rows = [
        f"| [{addon.name}]({addon.name}.md) | {addon.phase.name.lower()} |"
        f" {_listed(addon.line.needs)} | {_listed(addon.after)} | {addon.why} |"
        for addon in order.ordered(every, every)
    ]
    return "\n".join(
        (
            "# The order of the add-ons",
            "",
            "<!-- Written by `make generate` from components/addons; do not edit. -->",
            "",
            _PREFACE,
            "| add-on | phase | needs | comes after | what for |",
            "|---|---|---|---|---|",
            *rows,
            "",
        )
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
