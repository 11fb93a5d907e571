"""The longest chains of a colour, each link with the reason why it waits for the one before."""

from collections.abc import Sequence
from itertools import pairwise

from development.bench import makespan
from development.bench.chain import Link
from development.bench.makespan import Graph
from development.docsite.registration import Registered

_HEAD = ("| At | Takes | What | Why not earlier |", "| --- | --- | --- | --- |")


def render_up() -> str:
    """The way up, as Markdown."""
    graph = makespan.blue()
    chain, _ = makespan.up(graph)
    return _table(graph, chain, [_why(graph, one.key, other.key) for other, one in pairwise(chain)])


def render_down() -> str:
    """The way down: all goes in reverse, for the reason for which it came."""
    graph = makespan.blue()
    chain, _ = makespan.down(graph)
    return _table(graph, chain, [_why(graph, one.key, other.key) for one, other in pairwise(chain)])


def _table(graph: Graph, chain: Sequence[Link], reasons: Sequence[str]) -> str:
    rows: list[str] = []
    for link, why in zip(chain, ("", *reasons), strict=True):
        it = graph.resources[link.key]
        minutes, seconds = divmod(round(link.end), 60)
        kind = it.type.rpartition(":")[2]
        rows.append(f"| {minutes}:{seconds:02} | {link.seconds:g} s | {kind} `{it.name}` | {why} |")
    return "\n".join((*_HEAD, *rows, ""))


def _why(graph: Graph, later: str, earlier: str) -> str:
    one, other = graph.resources[later], graph.resources[earlier]
    if idle := makespan.why_idle(graph, one, other):
        return f"not for the way up: {idle}"
    return _need(graph, one, other)


def _need(graph: Graph, one: Registered, other: Registered) -> str:
    """Why a resource must wait for another, the first rule that fits."""
    rules = (
        (one.provider.startswith(other.urn), "it is in that cluster"),
        (one.name == "teardown", "its hook empties the cluster, before anything else goes"),
        (one.type.endswith(":Group"), "a node without its network drops out"),
        (other.type.endswith(":Group"), "its pods run on nodes"),
        (one.type.endswith(":StorageClass"), "it names a driver, which comes first"),
        (one.parent == other.parent, "parts of one add-on come one after the other"),
        (
            other.type == "aws:eks/addon:Addon",
            "its pods ask for addresses of AWS by name",
        ),
        (
            other.name == "aws-load-balancer-controller",
            "its webhook judges Services, and refuses them while no pod of it runs",
        ),
    )
    given = [key for key, urns in one.property_dependencies.items() if other.urn in urns]
    if given:
        return f"`{given[0]}` of `{one.name}` comes from `{other.name}`"
    return next((why for fits, why in rules if fits), f"it is made of, or for, `{other.name}`")
