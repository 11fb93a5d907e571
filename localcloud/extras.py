"""Programs of charts that a local cloud runs where they are asked for: ``--with NAME[,NAME]``.

They are the real ones, but for Cluster Autoscaler.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from localcloud.tools import catalogue
from localcloud.tools.catalogue import Tool
from localcloud.tools.module_files import folder_of

ALL = "all"
"""Stands for every extra."""


@dataclass(frozen=True)
class Extra:
    """Something that is simulated unless it is asked for.

    Attributes:
        name: what it is asked for by.
        chart: chart whose program it is.
        tools: programs that it needs.
        does: what it is good for, for help texts.
        kinds: chart of the kinds that it needs, where they are not in its own.
        reads_module: whether the definitions of its kinds are read of its program's Go module.
    """

    name: str
    chart: str
    tools: tuple[Tool, ...]
    does: str
    kinds: str = ""
    reads_module: bool = False

    @property
    def charts(self) -> tuple[str, ...]:
        """All its charts, that of the kinds first."""
        return (self.kinds, self.chart) if self.kinds else (self.chart,)


METRICS_SERVER = Extra(
    "metrics-server",
    "metrics-server",
    (catalogue.METRICS_SERVER,),
    "`kubectl top` answers, HorizontalPodAutoscalers scale",
)
DESCHEDULER = Extra(
    "descheduler",
    "descheduler",
    (catalogue.DESCHEDULER,),
    "pods are evicted where the platform's policy says so",
)
EXTERNAL_SECRETS = Extra(
    "external-secrets",
    "external-secrets",
    (catalogue.EXTERNAL_SECRETS,),
    "Secrets follow Secrets Manager and Parameter Store",
)

KARPENTER = Extra(
    "karpenter",
    "karpenter",
    (catalogue.KARPENTER,),
    "pending pods get instances, of a colour that has it for its autoscaler",
    kinds="karpenter-crd",
    reads_module=True,
)
KEDA = Extra(
    "keda",
    "keda",
    (catalogue.KEDA, catalogue.KEDA_METRICS_ADAPTER, catalogue.KEDA_ADMISSION_WEBHOOKS),
    "Deployments follow queues, metrics and schedules, of a colour that has it",
    reads_module=True,
)

CLUSTER_AUTOSCALER = Extra(
    "cluster-autoscaler",
    "cluster-autoscaler",
    (),
    "node groups grow and shrink, by a model of the autoscaler: the real one cannot be built",
)

EXTRAS = {
    extra.name: extra
    for extra in (
        METRICS_SERVER,
        DESCHEDULER,
        EXTERNAL_SECRETS,
        KARPENTER,
        KEDA,
        CLUSTER_AUTOSCALER,
    )
}
"""By name."""


def read(words: Iterable[str]) -> tuple[str, ...]:
    """Names of extras out of words such as ``metrics-server,descheduler`` or ``all``; sorted.

    Raises:
        ValueError: a name is not known; the message says which are.
    """
    names = {name.strip() for word in words for name in word.split(",")} - {""}
    unknown = sorted(names - EXTRAS.keys() - {ALL})
    if unknown:
        raise ValueError(
            f"the local cloud has no real {', '.join(map(repr, unknown))}; there is "
            f"{', '.join(EXTRAS)}, or {ALL!r}"
        )
    return tuple(sorted(EXTRAS if ALL in names else names))


def tools_of(names: Iterable[str]) -> tuple[Tool, ...]:
    """Programs that extras need, each once."""
    return tuple(dict.fromkeys(tool for name in names for tool in EXTRAS[name].tools))


def fetch_files(names: Iterable[str]) -> None:
    """Has the files ready that extras read of Go modules: the definitions of their kinds.

    Raises:
        ToolError: Go is missing, or cannot fetch them.
    """
    reading = [EXTRAS[name] for name in names if EXTRAS[name].reads_module]
    for tool in (tool for extra in reading for tool in extra.tools):
        folder_of(tool.group, tool.module)
