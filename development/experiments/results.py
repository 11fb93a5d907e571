"""Results as they are kept: one file for each run."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

RECORDED = Path(__file__).parent / "results"
"""Runs that are part of the project; their page is made of them."""


class Model(BaseModel):
    """What is kept, in camel case, and nothing else."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, frozen=True, extra="forbid"
    )


class Machine(Model):
    """On what it was measured.

    Attributes:
        processors: how many.
        load_before: others' load average of a minute as the load began.
        load_after: the same at the end, with the run's own.
        longest_gap: simulated seconds between two looks of the run, at most. Where that is long,
            the machine was too slow for the pace.
    """

    processors: int
    load_before: float
    load_after: float
    longest_gap: float


class Measures(Model):
    """What was measured, in simulated time.

    Attributes:
        pending_pod_seconds: that pods waited for a node, together.
        pending_p99: seconds that the pod waited, of which 99 of 100 wait less.
        unserved_seconds: with more requests than ready pods had room for.
        unserved_share: part of all requests that found no room.
        node_hours: by ``on-demand`` and ``spot``; of all nodes, the system's among them.
        usd: what they cost, with volumes and monitoring.
        no_price: instance types without one: their cost is missing.
        evictions: pods of the service that were made to leave their node.
        interruptions: spot instances that were taken back, of those that were planned.
        most_pods: of the service, ready at once.
        most_nodes: at once.
    """

    pending_pod_seconds: float
    pending_p99: float
    unserved_seconds: float
    unserved_share: float
    node_hours: Mapping[str, float]
    usd: float
    no_price: tuple[str, ...]
    evictions: int
    interruptions: int
    most_pods: int
    most_nodes: int


class Moment(Model):
    """How it stood at one time.

    Attributes:
        second: of the trace.
        load: requests a second.
        ready: pods of the service.
        pending: pods of the service that wait for a node.
        nodes: instances.
    """

    second: float
    load: float
    ready: int
    pending: int
    nodes: int


class Result(Model):
    """One run to its end.

    Attributes:
        policy: key of the policy.
        trace: name of the load.
        seed: of load and faults.
        factor: simulated seconds in a real one.
        tree: of the code that it was measured with (`tree.digest`).
        day: on which it was measured.
        machine: on what.
        measures: what was measured.
        course: how it stood, minute by minute.
    """

    policy: str
    trace: str
    seed: int
    factor: int
    tree: str
    day: date
    machine: Machine
    measures: Measures
    course: tuple[Moment, ...] = Field(min_length=1)

    @property
    def file_name(self) -> str:
        """Of its file."""
        return file_name(self.trace, self.policy, self.seed)


def file_name(trace: str, policy: str, seed: int) -> str:
    """Of the file of a run."""
    return f"{trace}-{policy}-{seed}.json"


def write(result: Result, folder: Path) -> Path:
    """Keeps a result; one of the same policy, trace and seed is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / result.file_name
    path.write_text(result.model_dump_json(by_alias=True, indent=1) + "\n")
    return path


def read(folder: Path = RECORDED) -> list[Result]:
    """All results of a folder, by trace, policy and seed. Raises pydantic.ValidationError."""
    found = [
        Result.model_validate_json(it.read_text())
        for it in folder.glob("*.json")
        if not it.name.startswith("switch-")
    ]
    return sorted(found, key=lambda it: (it.trace, it.policy, it.seed))
