"""What a cluster's runtime uses of the local cloud around it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from localcloud.aws import AwsClients
from localcloud.cluster.programs import PROGRAMS, Program
from localcloud.processes import Processes
from localcloud.state import StateFolder
from localcloud.tools.catalogue import Tool


@dataclass(frozen=True)
class CloudServices:
    """Services that every cluster shares.

    Attributes:
        state: folder of the local cloud.
        processes: starts the programs.
        aws: clients of the local AWS, as the cloud's own account.
        aws_url: endpoint of the local AWS, for programs.
        instance_changes: a number that is another one once instances may have changed.
        tool: path of a program, waited for where it is still obtained.
        tool_now: the same, or None where it is.
        token_webhook_url: where a cluster's API server asks who a token belongs to.
        webhook_ca_pem: certificate authority of that webhook.
        unchecked_webhooks: whether webhooks of simulated pods are answered without a check.
        node_start_seconds: what an instance takes until its node registers.
        controller_manager: more options of the kube-controller-manager.
        extras: names of `localcloud.extras` that run as the real programs.
        programs: which images' programs can run, those of other extras included.
    """

    state: StateFolder
    processes: Processes
    aws: AwsClients
    aws_url: str
    instance_changes: Callable[[], int]
    tool: Callable[[Tool], Path]
    tool_now: Callable[[Tool], Path | None]
    token_webhook_url: Callable[[str], str]
    webhook_ca_pem: str
    unchecked_webhooks: bool = False
    node_start_seconds: float = 0.0
    controller_manager: tuple[str, ...] = ()
    extras: frozenset[str] = frozenset()
    programs: tuple[Program, ...] = PROGRAMS
