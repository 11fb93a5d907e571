"""How long a colour takes to come up and to go, over the chain that must be one after the other.

Computed, not run: the graph of waits is what the program registers, the seconds are those of
`latencies`, and everything begins as soon as what it waits for is done, as in an engine without a
limit of parallel operations. A floor is the same without the waits that nothing needs.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial

from components import addons
from components.addon_stack.addon import Phase
from development.bench.chain import Link, longest, reverse
from development.bench.figure import Figure, figure
from development.docsite import registration
from development.docsite.registration import Registered
from localcloud.latencies import Latency, latency_of
from settings.names import Colour

NAME = "makespan"
COLOUR: Colour = "blue"

_AIM = 1.05
_IN_CLUSTER = "kubernetes:"
_MARKER = "kubernetes:core/v1:ConfigMap"
_RECORDS = ("ExternalDns", "ExternalDnsRbac", "NamePolicy")
_VOLUMES = ("EbsCsi", "StorageClass")
_PEOPLE = ("AccessEntry", "AccessPolicyAssociation")


@dataclass(frozen=True)
class Idle:
    """Waits that nothing on the way up needs.

    Attributes:
        why: why the program waits all the same.
        is_one: whether a resource waits for another in this way.
    """

    why: str
    is_one: Callable[["Graph", Registered, Registered], bool]


@dataclass(frozen=True)
class Graph:
    """What a program registers.

    Attributes:
        resources: by URN.
    """

    resources: Mapping[str, Registered]

    def waits(self) -> Mapping[str, Set[str]]:
        """Who waits for whom."""
        return {urn: self._waits_of(it) for urn, it in self.resources.items()}

    def _waits_of(self, it: Registered) -> Set[str]:
        given = {urn for urns in it.property_dependencies.values() for urn in urns}
        provider = it.provider.rpartition("::")[0]
        return {urn for urn in (*it.dependencies, *given, provider) if urn in self.resources} - {
            it.urn
        }

    def latencies(self) -> Mapping[str, Latency]:
        """What each resource takes."""
        return {
            urn: latency_of(it.type, it.name, custom=it.custom)
            for urn, it in self.resources.items()
        }

    def components(self, it: Registered) -> Sequence[str]:
        """Kinds of the components that a resource is in, the innermost first."""
        found: list[str] = []
        while it.parent in self.resources:
            it = self.resources[it.parent]
            found.append(it.type.rpartition(":")[2])
        return found

    def phase(self, it: Registered) -> Phase | None:
        """Phase of the add-on that a resource is of; None where it is of none with a chart."""
        while it.parent in self.resources:
            it = self.resources[it.parent]
            if it.type.endswith(":Installation"):
                return addons.load()[it.name].phase
        return None


def _is_in(graph: Graph, it: Registered, kinds: Sequence[str]) -> bool:
    return any(kind in kinds for kind in graph.components(it))


IDLE: Sequence[Idle] = (
    Idle(
        "on the way down the DNS writers go after all that may have a record",
        lambda graph, later, earlier: (
            graph.phase(later) is Phase.SERVICES and _is_in(graph, earlier, _RECORDS)
        ),
    ),
    Idle(
        "on the way down the driver of volumes goes after all that may have one",
        lambda graph, later, earlier: (
            _is_in(graph, earlier, _VOLUMES)
            and not _is_in(graph, later, _VOLUMES)
            and later.type != _MARKER
        ),
    ),
    Idle(
        "whoever looks why a node does not join can do so; it takes a call",
        lambda _, later, earlier: (
            later.type.endswith(":Group")
            and earlier.type.endswith(_PEOPLE)
            and earlier.name != "access-node"
        ),
    ),
)
"""Each is a wait of the program's graph that its floor is without."""


def blue() -> Graph:
    """What the shipped colour registers, found without an engine."""
    return Graph({it.urn: it for it in registration.run_colour(COLOUR).resources})


def why_idle(graph: Graph, later: Registered, earlier: Registered) -> str:
    """Why the program waits, where nothing on the way up needs it; else empty."""
    if earlier.urn in {urn for urns in later.property_dependencies.values() for urn in urns}:
        return ""
    return next((it.why for it in IDLE if it.is_one(graph, later, earlier)), "")


def needed(graph: Graph) -> Mapping[str, Set[str]]:
    """Waits without idle ones: in their place comes what the other one waits for itself."""
    waits = graph.waits()
    found: dict[str, Set[str]] = {}

    def of(urn: str, other: str) -> Set[str]:
        if not why_idle(graph, graph.resources[urn], graph.resources[other]):
            return {other}
        return {it for before in waits[other] for it in of(urn, before)}

    for urn, others in waits.items():
        found[urn] = {it for other in others for it in of(urn, other)}
    return found


def up(graph: Graph) -> tuple[Sequence[Link], Sequence[Link]]:
    """The longest chain on the way up, and that of its floor."""
    seconds = {urn: it.create for urn, it in graph.latencies().items()}
    return longest(graph.waits(), seconds), longest(needed(graph), seconds)


def down(graph: Graph) -> tuple[Sequence[Link], Sequence[Link]]:
    """The same on the way down; of what is in a cluster nothing but its emptying is needed."""
    seconds = {urn: it.delete for urn, it in graph.latencies().items()}
    least = {
        urn: 0.0 if _goes_with_cluster(graph.resources[urn]) else it for urn, it in seconds.items()
    }
    waits = reverse(graph.waits())
    return longest(waits, seconds), longest(waits, least)


def _goes_with_cluster(it: Registered) -> bool:
    return it.type == "aws:eks/addon:Addon" or (
        it.type.startswith(_IN_CLUSTER) and it.type != _MARKER
    )


def run(_: int, tell: Callable[[str], None]) -> list[Figure]:
    """Chains of a colour; they are counted, so that there is one round."""
    tell("chains of a colour")
    graph = blue()
    made = partial(figure, unit="s", aim=_AIM)
    (up_all, up_least), (down_all, down_least) = up(graph), down(graph)
    return [
        made(
            f"{NAME}-up",
            "bringing up a colour: the longest chain, computed",
            [(up_all[-1].end, up_least[-1].end)],
            floor_from="the same graph without waits that the way up does not need",
        ),
        made(
            f"{NAME}-down",
            "destroying a colour: the longest chain, computed",
            [(down_all[-1].end, down_least[-1].end)],
            floor_from="the same, if what is in the cluster went with it once that is emptied",
        ),
    ]
