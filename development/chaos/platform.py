"""The platform that is interrupted: a local cloud with two small colours and live names on both.

It is small by its stack files alone: fewer nodes and add-ons, and the shortest interval between
two passes of the DNS writers. The program, the engine and the API servers are the real ones.
"""

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from catalogue.addons import LINES
from localcloud import lifecycle, names
from localcloud.demo import SAMPLE
from localcloud.state import RunningCloud, StateFolder
from settings.names import COLOURS, cluster_name

ZONES = {"public": "devinfra.fr", "private": "devinfra.local"}
"""Zones of the shipped stack file by the visibility of their names."""

API_ZONE = "devinfra.info"

APPLICATIONS = ("web", "shop", "pay")
"""Each has a public and a private live name, on both colours."""

_KEPT = ("aws-load-balancer-controller",)
"""Add-ons that stay though they could be switched off: without load balancers, no names."""

_NODES = 2
_INTERVAL_SECONDS = 10
_NAMES_DEADLINE = 180.0
_ANNOTATIONS = {"public": "PublicDNSName", "private": "PrivateDNSName"}
_SCHEMES = {"public": "internet-facing", "private": "internal"}


class PlatformError(Exception):
    """The platform cannot be brought up; the message holds what the command said."""


@dataclass(frozen=True)
class Platform:
    """A running local cloud and the project in it.

    Attributes:
        state: its folder.
        cloud: its ports.
        applications: those that have a public and a private live name.
    """

    state: StateFolder
    cloud: RunningCloud
    applications: tuple[str, ...] = APPLICATIONS

    @property
    def live_names(self) -> tuple[str, ...]:
        """Every live name."""
        return tuple(f"{app}.{zone}" for app in self.applications for zone in ZONES.values())

    def environment(self) -> dict[str, str]:
        """Environment of every command."""
        return self.state.environment(self.cloud)

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Runs a command in the project to its end."""
        return subprocess.run(
            command,
            cwd=self.state.project,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def run_checked(self, *command: str) -> str:
        """What a command prints. Raises PlatformError when it fails."""
        done = self.run(*command)
        if done.returncode:
            raise PlatformError(f"{' '.join(command)} failed: {done.stdout}\n{done.stderr}")
        return done.stdout


def start(folder: Path) -> Platform:
    """Brings a platform up: blue is active, green stands by.

    Raises:
        PlatformError: a step failed.
        localcloud.lifecycle.CloudError: the local cloud did not start.
    """
    state = StateFolder(folder)
    platform = Platform(state, lifecycle.start(state, (0, 0, 0)))
    for colour in COLOURS:
        path = state.project / f"Pulumi.{colour}.yaml"
        content = yaml.safe_load(path.read_text())
        path.write_text(yaml.safe_dump(shrink(content), sort_keys=False))
    for colour in COLOURS:
        platform.run_checked("bluegreen", "bootstrap", "--colour", colour)
    deploy(platform)
    return platform


def shrink(content: Mapping[str, Any]) -> dict[str, Any]:
    """A colour's stack file, made smaller: nodes on demand alone, no add-on that can be off."""
    config = dict(content["config"])
    groups = config["eks-platform:nodeGroups"]
    on_demand = {**groups["on-demand"], "min": _NODES, "max": _NODES}
    off = [line.name for line in LINES.values() if line.optional and line.name not in _KEPT]
    config["eks-platform:nodeGroups"] = {"on-demand": on_demand}
    config["eks-platform:addons"] = {name: {"enabled": False} for name in off}
    config["eks-platform:externalDns"] = {"intervalSeconds": _INTERVAL_SECONDS}
    return {**content, "config": config}


def deploy(platform: Platform) -> None:
    """Deploys the sample application with every live name on both colours, and waits for them.

    Raises:
        PlatformError: kubectl refused.
        TimeoutError: a name has no address in time.
    """
    manifest = platform.state.root / "applications.yaml"
    manifest.write_text(yaml.safe_dump_all(applications(SAMPLE)))
    for colour in COLOURS:
        cluster = cluster_name(colour)
        platform.run_checked(
            "aws", "eks", "update-kubeconfig", "--name", cluster, "--alias", colour
        )
        apply = ("apply", "--server-side", "-f", str(manifest))
        platform.run_checked("kubectl", "--context", colour, *apply)
    wanted = [
        f"{app}{infix}.{zone}"
        for app in APPLICATIONS
        for zone in ZONES.values()
        for infix in ("", *(f".eks-{colour}" for colour in COLOURS))
    ]
    names.wait_for(wanted, platform.cloud.dns_port, _NAMES_DEADLINE)


def applications(sample: Path) -> Iterator[dict[str, Any]]:
    """Objects of the sample application, with an Ingress for each live name."""
    for item in yaml.safe_load_all(sample.read_text()):
        found = cast("dict[str, Any]", item)
        if found["kind"] != "Ingress":
            yield found
            continue
        kind = found["metadata"]["name"].rpartition("-")[2]
        for app in APPLICATIONS:
            yield _ingress(found, app, kind)


def _ingress(sample: Mapping[str, Any], app: str, kind: str) -> dict[str, Any]:
    annotations = {
        **sample["metadata"]["annotations"],
        _ANNOTATIONS[kind]: app,
        "alb.ingress.kubernetes.io/scheme": _SCHEMES[kind],
    }
    metadata = {**sample["metadata"], "name": f"{app}-{kind}", "annotations": annotations}
    return {**sample, "metadata": metadata}
