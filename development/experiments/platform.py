"""The platform of a run: one colour of the shipped program on a local cloud of its own."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import yaml
from pulumi import automation

from development.experiments.measuring import Instance
from development.experiments.pace import NODE_START_SECONDS, WARNING_SECONDS, Pace
from development.experiments.policies import Policy, stack_file
from localcloud import lifecycle, scarcity, workspace
from localcloud.authority import Authority, KeyPair
from localcloud.cluster.kube import Connection, Kube
from localcloud.scarcity import Capacity, Interruption
from localcloud.server_settings import PodProgram, ServerSettings
from localcloud.state import PROJECT_ROOT, REGION, RunningCloud, StateFolder
from settings.names import COLOURS, SHARED, Colour, cluster_name

COLOUR: Colour = "blue"
METRICS_IMAGE = "experiments/metrics-api"
"""Of the pod whose process is `development.experiments.metrics_api`."""

_CHARGED = ("pending", "running", "shutting-down")
_POOLS = "/apis/karpenter.sh/v1/nodepools"
_CONSOLIDATE_SECONDS, _DRAIN_SECONDS = 300, 600
"""As the platform's own settings have it by default."""


class ExperimentError(Exception):
    """A run cannot go on; the message says why."""


@dataclass(frozen=True)
class Platform:
    """One colour, up.

    Attributes:
        state: folder of its local cloud.
        cloud: its ports.
        authority: signs what the run's own programs serve with.
        colour: which one.
    """

    state: StateFolder
    cloud: RunningCloud
    authority: Authority
    colour: Colour = COLOUR

    @cached_property
    def kube(self) -> Kube:
        """Its API server, as an administrator."""
        folder = self.state.clusters / cluster_name(self.colour)
        return Kube(connection_of(yaml.safe_load((folder / "kwok.kubeconfig").read_text())))

    @cached_property
    def _ec2(self) -> Any:  # noqa: ANN401 - boto3's own shape
        return boto3.Session().client("ec2", region_name=REGION)

    def instances(self) -> list[Instance]:
        """Those that are charged for."""
        pages = self._ec2.get_paginator("describe_instances").paginate(
            Filters=[{"Name": "instance-state-name", "Values": list(_CHARGED)}]
        )
        return [
            Instance(it["InstanceId"], it["InstanceType"], it.get("InstanceLifecycle") == "spot")
            for page in pages
            for group in page["Reservations"]
            for it in group["Instances"]
        ]

    def interrupt(self, instance: str, pace: Pace) -> None:
        """Has EC2 take a spot instance back."""
        seconds = pace.real(WARNING_SECONDS)
        scarcity.interrupt(self.cloud, Interruption(instance=instance, seconds=seconds))

    def take_capacity(self, *zones: str) -> None:
        """Leaves zones without instances of either kind; all others have some."""
        without = dict.fromkeys(zones, scarcity.CAPACITY_TYPES)
        scarcity.set_capacity(self.cloud, Capacity.model_validate({"without": without}))


@contextmanager
def standing(policy: Policy, pace: Pace, tell: Callable[[str], None]) -> Generator[Platform]:
    """A platform for a policy, on a local cloud that ends with the block, however that ends.

    Raises:
        localcloud.lifecycle.CloudError: the local cloud did not start.
        localcloud.tools.progress.ToolError: a program cannot be had.
        ExperimentError: an update failed; the message holds what it said.
    """
    with _cloud(policy, pace, tell) as (state, cloud):
        _write_stack_file(state, COLOUR, policy, pace)
        for stack in (SHARED, COLOUR):
            tell(f"pulumi up -s {stack}")
            _update(state, cloud, stack)
        platform = _platform(state, cloud, COLOUR)
        if policy.nodes == "karpenter":
            shorten_pools(platform.kube, pace)
        yield platform


@contextmanager
def standing_pair(
    policy: Policy, tell: Callable[[str], None]
) -> Generator[tuple[Platform, Platform]]:
    """Two colours for a policy in real time, the first one active; as `standing`."""
    pace = Pace(1)
    with _cloud(policy, pace, tell) as (state, cloud):
        for colour in COLOURS:
            # Names need load balancers, and a switch needs names.
            _write_stack_file(state, colour, policy, pace, keep=("aws-load-balancer-controller",))
        for colour in COLOURS:
            tell(f"bluegreen bootstrap --colour {colour}")
            run_command(state, cloud, "bluegreen", "bootstrap", "--colour", colour)
        old, new = (_platform(state, cloud, colour) for colour in COLOURS)
        yield old, new


def run_command(state: StateFolder, cloud: RunningCloud, *words: str) -> str:
    """What a command prints that runs in the project. Raises ExperimentError when it fails."""
    done = subprocess.run(
        words,
        cwd=state.project,
        env=state.environment(cloud),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ExperimentError(f"{' '.join(words)} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


@contextmanager
def _cloud(
    policy: Policy, pace: Pace, tell: Callable[[str], None]
) -> Generator[tuple[StateFolder, RunningCloud]]:
    """A local cloud for a policy, of which this process is a client until the block ends."""
    with tempfile.TemporaryDirectory(prefix="experiment-") as place:
        state = StateFolder(Path(place) / "state")
        try:
            tell("the local cloud starts")
            settings = ServerSettings(
                extras=policy.extras,
                node_start_seconds=pace.real(NODE_START_SECONDS),
                controller_manager=pace.controller_manager,
                programs=(PodProgram(image=METRICS_IMAGE, command=_metrics_command()),),
            )
            cloud = lifecycle.start(state, (0, 0, 0), settings=settings, tied=True, say=tell)
            with workspace.entered(state, cloud):
                yield state, cloud
        finally:
            lifecycle.stop(state)


def _platform(state: StateFolder, cloud: RunningCloud, colour: Colour) -> Platform:
    authority = Authority.create(state.root / "run" / colour, "experiment")
    return Platform(state, cloud, authority, colour)


def connection_of(kubeconfig: Mapping[str, Any]) -> Connection:
    """How to reach the API server of a kubeconfig with a client certificate."""
    cluster, user = kubeconfig["clusters"][0]["cluster"], kubeconfig["users"][0]["user"]
    pair = KeyPair(Path(user["client-certificate"]), Path(user["client-key"]))
    port = int(cluster["server"].rpartition(":")[2])
    return Connection(port, Path(cluster["certificate-authority"]), pair)


def shorten_pools(kube: Kube, pace: Pace) -> None:
    """Writes the windows of Karpenter's pools, which the platform counts in minutes."""
    for name in [it["metadata"]["name"] for it in kube.items(_POOLS)]:
        drain = {"terminationGracePeriod": f"{pace.whole_seconds(_DRAIN_SECONDS)}s"}
        kube.patch(
            f"{_POOLS}/{name}",
            {
                "spec": {
                    "disruption": {
                        "consolidateAfter": f"{pace.whole_seconds(_CONSOLIDATE_SECONDS)}s"
                    },
                    "template": {"spec": drain},
                }
            },
        )


def _metrics_command() -> tuple[str, ...]:
    module = "development.experiments.metrics_api"
    return ("/usr/bin/env", f"PYTHONPATH={PROJECT_ROOT}", sys.executable, "-m", module)


def _write_stack_file(
    state: StateFolder, colour: Colour, policy: Policy, pace: Pace, keep: Collection[str] = ()
) -> None:
    path = state.project / f"Pulumi.{colour}.yaml"
    content = stack_file(yaml.safe_load(path.read_text()), policy, pace, keep)
    path.write_text(yaml.safe_dump(content, sort_keys=False))


def _update(state: StateFolder, cloud: RunningCloud, stack: str) -> None:
    try:
        workspace.up(workspace.select(state, cloud, stack))
    except automation.CommandError as error:
        raise ExperimentError(f"pulumi up -s {stack} failed:\n{error}") from error
