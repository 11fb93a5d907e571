"""What an add-on says of itself: data, and pure functions of the cluster that it runs on.

`components.addon_stack.installation` alone makes resources of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

import pulumi

from catalogue.addons import Line
from components.addon_stack.args import MakeArgs
from components.addon_stack.manifest import SYSTEM_NAMESPACE, Manifest
from components.addon_stack.site import Site
from components.certificates import Certificate, Issued
from components.iam_policy import Statement
from components.interruption_queue import Interruptions

Values: TypeAlias = Mapping[str, object]
"""Values of a chart; Outputs may stand anywhere in them. None takes a default of the chart away."""


class Phase(IntEnum):
    """When an add-on is made. Each phase waits for all of the one before; all go in reverse."""

    NETWORK = 1
    """Before nodes, which need it to be ready; so nothing of it can be waited for."""

    BASE = 2
    """Once there are nodes: names and volumes."""

    EDGE = 3
    """What makes load balancers and DNS records. It comes early, as it must go late: only it can
    remove what it made for others."""

    SERVICES = 4
    """Everything else."""


@dataclass(frozen=True, kw_only=True)
class Prerequisites:
    """What was made for an add-on before its values are asked for.

    Attributes:
        role_arn: its role.
        certificates: its certificates, by name.
        queue_url: its queue.
        queue_name: name of its queue.
        log_group: name of its log group.

    None of them is empty where the add-on asked for it.
    """

    role_arn: pulumi.Output[str] = field(default_factory=lambda: pulumi.Output.from_input(""))
    certificates: Mapping[str, Issued] = field(default_factory=dict[str, Issued])
    queue_url: pulumi.Output[str] = field(default_factory=lambda: pulumi.Output.from_input(""))
    queue_name: pulumi.Output[str] = field(default_factory=lambda: pulumi.Output.from_input(""))
    log_group: pulumi.Output[str] = field(default_factory=lambda: pulumi.Output.from_input(""))


def no_statements(_: Site) -> Sequence[Statement]:
    """For add-ons that call no AWS API."""
    return ()


def no_manifests(_: Site, __: Prerequisites) -> Sequence[Manifest]:
    """For add-ons that have no objects beside their chart."""
    return ()


def no_values(_: Site, __: Prerequisites) -> Values:
    """For add-ons that are no chart, or one whose defaults are right."""
    return {}


def no_log_group(_: Site) -> str:
    """For add-ons that write no logs of their own."""
    return ""


Make: TypeAlias = Callable[[MakeArgs], Sequence[pulumi.Resource]]
"""Makes an add-on's components; others wait for what it gives back."""


@dataclass(frozen=True, kw_only=True)
class Addon:
    """An add-on.

    Attributes:
        line: its line of the catalogue: its name, its versions, what it needs.
        why: what it is for, in one line; for the drawing and the docs.
        phase: when it is made.
        after: add-ons of its phase that are made first, if they are installed; those that it
            needs always are.
        namespace: its namespace.
        owned_namespace: labels of that namespace, if the add-on makes it; None if it is there.
        service_account: account that takes its role on.
        statements: what its role may do; none, no role.
        certificates: certificates that it needs.
        interruptions: what it wants to hear about nodes that go.
        log_group: name of the log group that it writes to.
        objects_before: objects that its chart needs, in their order.
        values: values of its chart.
        scrape_values: values more with which its pods say where their metrics are; none for one
            that has none, or whose chart says it anyway.
        objects: objects that come after its chart, in their order, or that it is all made of.
        ports: TCP ports of its pods that the API server calls, and what answers there.
        cluster_ports: the same of what pods of the cluster call.
        make: makes it of components of its own, if it has some.
    """

    line: Line
    why: str
    phase: Phase
    after: tuple[str, ...] = ()
    namespace: str = SYSTEM_NAMESPACE
    owned_namespace: Mapping[str, str] | None = None
    service_account: str = ""
    statements: Callable[[Site], Sequence[Statement]] = no_statements
    certificates: tuple[Certificate, ...] = ()
    interruptions: Interruptions | None = None
    log_group: Callable[[Site], str] = no_log_group
    objects_before: Callable[[Site, Prerequisites], Sequence[Manifest]] = no_manifests
    values: Callable[[Site, Prerequisites], Values] = no_values
    scrape_values: Values = field(default_factory=dict[str, object])
    objects: Callable[[Site, Prerequisites], Sequence[Manifest]] = no_manifests
    ports: Mapping[int, str] = field(default_factory=dict[int, str])
    cluster_ports: Mapping[int, str] = field(default_factory=dict[int, str])
    make: Make | None = None

    @property
    def name(self) -> str:
        """Its name in stack files and docs."""
        return self.line.name
