"""The running platform, and ways to look at it and to change it."""

import subprocess
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import boto3
import pytest
import yaml
from botocore.config import Config
from mypy_boto3_route53 import Route53Client
from mypy_boto3_route53.type_defs import ChangeTypeDef, ResourceRecordSetOutputTypeDef
from pulumi import automation

from localcloud import backend, lifecycle, workspace
from localcloud.plugins.real import RealPlugins
from localcloud.server_settings import ServerSettings
from localcloud.state import REGION, RunningCloud, StateFolder
from settings.names import COLOURS, SHARED
from tests.e2e.platform import inventory
from tests.e2e.platform.kube import Kube

T = TypeVar("T")

STACKS = (SHARED, *COLOURS)
SYSTEM = "/api/v1/namespaces/kube-system"
"""What tells clusters apart by its UID."""


@dataclass
class Outcome:
    """What an engine operation did: resource URN → operation, unchanged ones left out."""

    changes: dict[str, str] = field(default_factory=dict[str, str])

    def named(self) -> dict[str, str]:
        """The same, by the last part of the URN."""
        return {urn.rsplit("::", 1)[-1]: operation for urn, operation in self.changes.items()}


def at_once(work: Callable[[str], T], stacks: Sequence[str] = STACKS) -> dict[str, T]:
    """Does something with each stack, all at the same time: what each gave, by stack."""
    with ThreadPoolExecutor(len(STACKS)) as pool:
        return dict(zip(stacks, pool.map(work, stacks), strict=True))


@dataclass
class Platform:
    """The running platform and ways to look at it and to change it."""

    state: StateFolder
    cloud: RunningCloud
    demo_output: str
    before: dict[str, list[str]]
    """What the AWS account held before the platform came."""

    def stack(self, name: str) -> automation.Stack:
        return workspace.select(self.state, self.cloud, name)

    def outputs(self, name: str) -> dict[str, Any]:
        return backend.outputs(self.state, name)

    def up(self, name: str) -> Outcome:
        outcome = Outcome()
        self.stack(name).up(on_event=recorder(outcome), color="never")
        return outcome

    def refresh(self, name: str) -> Outcome:
        outcome = Outcome()
        self.stack(name).refresh(on_event=recorder(outcome), color="never")
        return outcome

    def settings(self, name: str) -> dict[str, Any]:
        """What a stack's file sets."""
        return yaml.safe_load((self.state.project / f"Pulumi.{name}.yaml").read_text())["config"]

    def set_active(self, colour: str | None) -> None:
        """Writes the active colour to the shared stack's file; changes nothing else."""
        shared = self.stack("shared")
        if colour is None:
            shared.remove_config("eks-platform:activeColour")
        else:
            shared.set_config("eks-platform:activeColour", automation.ConfigValue(colour))

    def switch(self, colour: str) -> None:
        """Makes a colour the active one, in the order in which that is never refused."""
        self.set_active(None)
        self.up("shared")
        for other in COLOURS:
            if other != colour:
                self.up(other)
        self.set_active(colour)
        self.up("shared")
        self.up(colour)

    def kube(self, colour: str) -> Kube:
        """The colour's API server, with the platform engineer's rights."""
        return Kube(str(self.state.kubeconfig), colour)

    def run(self, *command: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Runs a command as in `make shell`."""
        return subprocess.run(
            command,
            cwd=self.state.project,
            env=self.state.environment(self.cloud),
            capture_output=True,
            text=True,
            check=check,
        )

    @cached_property
    def colours(self) -> dict[str, str]:
        """The clusters that stand when this is first asked: UID of `SYSTEM` → colour."""
        return {self.kube(it).get(SYSTEM)["metadata"]["uid"]: it for it in COLOURS}

    @cached_property
    def route53(self) -> Route53Client:
        # The platform's own writers share the account's five requests a second.
        patient = Config(retries={"mode": "adaptive", "max_attempts": 12})
        return boto3.client("route53", region_name=REGION, config=patient)

    def zone_ids(self) -> dict[str, str]:
        """Zone name without the trailing dot → id."""
        zones = self.route53.list_hosted_zones()["HostedZones"]
        return {zone["Name"].rstrip("."): zone["Id"] for zone in zones}

    def records(self, zone: str) -> dict[tuple[str, str], ResourceRecordSetOutputTypeDef]:
        """All record sets of a zone by name, without the trailing dot, and type."""
        pages = self.route53.get_paginator("list_resource_record_sets").paginate(
            HostedZoneId=self.zone_ids()[zone]
        )
        return {
            (record["Name"].rstrip("."), record["Type"]): record
            for page in pages
            for record in page["ResourceRecordSets"]
        }

    def put_record(self, zone: str, record: ResourceRecordSetOutputTypeDef) -> None:
        """Writes a record set of a zone, behind the program's back."""
        change: ChangeTypeDef = {"Action": "UPSERT", "ResourceRecordSet": record}
        self.route53.change_resource_record_sets(
            HostedZoneId=self.zone_ids()[zone], ChangeBatch={"Changes": [change]}
        )

    def delete_records(self, zone: str, chosen: Callable[[str], bool]) -> None:
        """Deletes the record sets of a zone whose names are chosen, but its NS and SOA."""
        changes: list[ChangeTypeDef] = [
            {"Action": "DELETE", "ResourceRecordSet": record}
            for (name, kind), record in self.records(zone).items()
            if kind not in ("NS", "SOA") and chosen(name)
        ]
        if changes:
            self.route53.change_resource_record_sets(
                HostedZoneId=self.zone_ids()[zone], ChangeBatch={"Changes": changes}
            )


@contextmanager
def empty_cloud(
    folder: Path, plugins: RealPlugins | None = None, settings: ServerSettings | None = None
) -> Generator[Platform]:
    """A local cloud on which nothing stands yet; its environment is the test's. It ends with it.

    Args:
        folder: where its state folder is made.
        plugins: which provider plugins are real ones; none when None.
        settings: of its server; their defaults when None.
    """
    state = StateFolder(folder / "state")
    try:
        cloud = lifecycle.start(state, (0, 0, 0), settings=settings, tied=True, plugins=plugins)
        with inside(state, cloud):
            yield Platform(state, cloud, "", inventory.take_inventory())
    finally:
        lifecycle.stop(state)


@contextmanager
def inside(state: StateFolder, cloud: RunningCloud) -> Generator[None]:
    """Gives the test the environment of a local cloud."""
    with pytest.MonkeyPatch.context() as patch:
        for key, value in state.environment(cloud).items():
            patch.setenv(key, value)
        # Its credentials are those of the first cloud that it was used on.
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        yield


_NOTHING = ("same", "refresh", "read", "read-replacement")


def recorder(outcome: Outcome) -> Callable[[automation.EngineEvent], None]:
    def record(event: automation.EngineEvent) -> None:
        done = event.res_outputs_event
        if done is None:
            return
        operation = done.metadata.op.value
        if operation not in _NOTHING:
            outcome.changes[done.metadata.urn] = operation

    return record
