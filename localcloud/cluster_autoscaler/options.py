"""The flags that the model reads: those of the real program, by its names and with its defaults.

Source of names, meanings and defaults: "What are the parameters to CA?" in the FAQ of
kubernetes/autoscaler. A flag that the model does not follow is an error: whoever gives one to the
real program wants something that would not happen here.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DISCOVERY = "asg:tag="
_EXPANDERS = ("random", "most-pods", "least-waste", "least-nodes", "priority")

NO_EFFECT = frozenset(
    {
        "address",
        "alsologtostderr",
        "aws-use-static-instance-list",
        "cluster-name",
        "emit-per-nodegroup-metrics",
        "kubeconfig",
        "leader-elect",
        "leader-elect-lease-duration",
        "leader-elect-renew-deadline",
        "leader-elect-resource-lock",
        "leader-elect-resource-name",
        "leader-elect-resource-namespace",
        "leader-elect-retry-period",
        "logging-format",
        "logtostderr",
        "max-failing-time",
        "max-inactivity",
        "profiling",
        "record-duplicated-events",
        "stderrthreshold",
        "v",
    }
)
"""Flags of logs, metrics, the election, restarts and the way to the API server: they change none of
its decisions."""


class OptionError(ValueError):
    """The command line is not one that the model can follow; says all of its mistakes."""


def duration(said: object) -> object:
    """A time as Go writes it, such as ``1h30m``.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(said, str):
        return said
    found = _DURATION.findall(said)
    if said != "0" and "".join(f"{number}{unit}" for number, unit in found) != (said or "?"):
        raise ValueError(f"expected a time such as 10m or 1h30m, not {said!r}")
    return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in found))


def _discovery(said: object) -> object:
    definitions: list[tuple[str, ...]] = []
    for it in _listed(said):
        if not it.startswith(_DISCOVERY):
            raise ValueError(f"expected {_DISCOVERY}KEY[=VALUE][,KEY[=VALUE]…], not {it!r}")
        definitions.append(tuple(it.removeprefix(_DISCOVERY).split(",")))
    return tuple(definitions)


def _expanders(said: object) -> object:
    names = tuple(str(said).split(",")) if isinstance(said, str) else said
    if isinstance(names, tuple):
        unknown = [str(it) for it in names if it not in _EXPANDERS]
        if unknown or len(set(names)) < len(names):
            raise ValueError(f"expected some of {', '.join(_EXPANDERS)}, each once, not {said!r}")
    return names


def _listed(said: object) -> list[str]:
    return [str(it) for it in said] if isinstance(said, (list, tuple)) else [str(said)]


def _as_tuple(said: object) -> object:
    return tuple(_listed(said))


Duration = Annotated[timedelta, BeforeValidator(duration)]
Names = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
Discovery = Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_discovery)]
Expanders = Annotated[tuple[str, ...], BeforeValidator(_expanders)]


def _minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


class Options(BaseModel):
    """What the model was told; each field is the flag of its name, with hyphens.

    Attributes:
        node_group_auto_discovery: for each definition, the tags (``KEY`` or ``KEY=VALUE``) that a
            group must have all of.
        expander: how one of several groups is chosen, each after the other.
        scale_down_delay_after_delete: None stands for the scan interval.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=lambda name: name.replace("_", "-"),
        populate_by_name=True,
    )

    cloud_provider: Literal["aws"] = "aws"
    namespace: str = "kube-system"
    node_group_auto_discovery: Discovery = Field(min_length=1)
    scan_interval: Duration = timedelta(seconds=10)
    max_nodes_total: int = Field(default=0, ge=0)

    expander: Expanders = ("random",)
    balance_similar_node_groups: bool = False
    balancing_ignore_label: Names = ()
    expendable_pods_priority_cutoff: int = -10
    new_pod_scale_up_delay: Duration = timedelta()
    max_node_provision_time: Duration = _minutes(15)
    initial_node_group_backoff_duration: Duration = _minutes(5)
    max_node_group_backoff_duration: Duration = _minutes(30)
    node_group_backoff_reset_timeout: Duration = _minutes(180)
    startup_taint: Names = ()
    status_taint: Names = ()
    ignore_taint: Names = ()

    max_total_unready_percentage: float = Field(default=45, ge=0, le=100)
    ok_total_unready_count: int = Field(default=3, ge=0)

    scale_down_enabled: bool = True
    scale_down_delay_after_add: Duration = _minutes(10)
    scale_down_delay_after_delete: Duration | None = None
    scale_down_delay_after_failure: Duration = _minutes(3)
    scale_down_unneeded_time: Duration = _minutes(10)
    scale_down_unready_time: Duration = _minutes(20)
    scale_down_utilization_threshold: float = Field(default=0.5, ge=0, le=1)
    unremovable_node_recheck_timeout: Duration = _minutes(5)
    ignore_daemonsets_utilization: bool = False
    ignore_mirror_pods_utilization: bool = False
    skip_nodes_with_system_pods: bool = True
    skip_nodes_with_local_storage: bool = True
    skip_nodes_with_custom_controller_pods: bool = True
    max_scale_down_parallelism: int = Field(default=10, ge=1)
    max_drain_parallelism: int = Field(default=1, ge=1)
    max_graceful_termination_sec: int = Field(default=600, ge=0)
    max_pod_eviction_time: Duration = _minutes(2)
    node_delete_delay_after_taint: Duration = timedelta(seconds=5)

    write_status_configmap: bool = True
    status_config_map_name: str = "cluster-autoscaler-status"

    @property
    def starting_taints(self) -> frozenset[str]:
        """Keys of taints that a node loses once it is ready for pods."""
        return frozenset((*self.startup_taint, *self.ignore_taint))

    @property
    def delay_after_delete(self) -> timedelta:
        """How long nothing is scaled down after a node went."""
        said = self.scale_down_delay_after_delete
        return self.scan_interval if said is None else said


def read(arguments: Sequence[str]) -> Options:
    """Options of a command line without the program's name.

    Raises:
        OptionError: a flag is none that the model follows, or its value is none; all are named.
    """
    given = _flags(arguments)
    known = {name.replace("_", "-"): name for name in Options.model_fields}
    ours = {name: value for name, value in given.items() if name not in NO_EFFECT}
    unknown = sorted(ours.keys() - known.keys())
    mistakes = [f"--{name}: the model of Cluster Autoscaler does not follow it" for name in unknown]
    values = {
        name: words if name in _REPEATED else words[-1]
        for name, words in ours.items()
        if name in known
    }
    try:
        options = Options.model_validate(values)
    except ValidationError as error:
        for it in error.errors():
            flag = str(it["loc"][0])
            mistakes.append(f"--{flag}: {it['msg'].removeprefix('Value error, ')}")
        options = None
    if options is None or mistakes:
        known_flags = ", ".join(sorted(known))
        raise OptionError("\n".join((*mistakes, f"It follows: {known_flags}")))
    return options


_REPEATED = frozenset(
    {
        "node-group-auto-discovery",
        "balancing-ignore-label",
        "startup-taint",
        "status-taint",
        "ignore-taint",
    }
)


def _flags(arguments: Sequence[str]) -> Mapping[str, list[str]]:
    """Values of flags as Go's package reads them: one or two hyphens; alone, it is true."""
    found: dict[str, list[str]] = {}
    words = list(arguments)
    while words:
        word = words.pop(0)
        if not word.startswith("-") or not word.strip("-"):
            raise OptionError(f"expected a flag such as --scan-interval=10s, not {word!r}")
        name, equals, value = word.lstrip("-").partition("=")
        if not equals:
            # A boolean stands alone; any other takes the next word.
            alone = not words or words[0].startswith("-")
            value = "true" if alone else words.pop(0)
        found.setdefault(name, []).append(value)
    return found
