"""Records the previews that the golden comments are made of.

``make record-previews`` brings a platform up on a local cloud of its own, with green on an older
Kubernetes minor. Each scenario changes the copied stack files, previews, and puts them back.
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from rich.console import Console

from catalogue.minors import SHIPPED
from localcloud import demo, lifecycle, workspace
from localcloud.state import PROJECT_ROOT, StateFolder
from preview import engine, events, markdown

Plain: TypeAlias = Any
"""A plain JSON value."""

FOLDER = Path(__file__).parents[2] / "tests" / "unit" / "preview" / "recorded"
DAY = date(2026, 11, 1)
"""Of the comments: support ends with time, and what is kept must not change by itself."""

_DROPPED_OUTPUTS = ("kubeconfig",)
_KEPT = ("policyEvent",)


@dataclass(frozen=True)
class Scenario:
    """A change of a stack file.

    Attributes:
        name: name of the recorded files.
        stack: the stack.
        change: changes the file's `config`.
    """

    name: str
    stack: str
    change: Callable[[dict[str, Plain]], None]


OLDER, NEWER = SHIPPED


def _minor(config: dict[str, Plain]) -> None:
    config["eks-platform:kubernetesVersion"] = NEWER


def _nodes(config: dict[str, Plain]) -> None:
    groups = config["eks-platform:nodeGroups"]
    groups["on-demand"]["diskGiB"] = 100
    groups["on-demand"]["labels"] = {"team": "platform"}
    groups["burst"] = groups.pop("spot")


def _unprotected(config: dict[str, Plain]) -> None:
    config["eks-platform:deletionProtection"] = False


SCENARIOS = (
    Scenario("kubernetes-minor", "green", _minor),
    Scenario("node-groups", "green", _nodes),
    Scenario("forbidden", "blue", _unprotected),
)


def reduced(log: Path) -> Iterator[str]:
    """The lines of an event log that a comment is made of, without what it does not show."""
    for text in log.read_text().splitlines():
        line: dict[str, Plain] = json.loads(text)
        line = {key: line[key] for key in line if key not in ("sequence", "timestamp")}
        (kind,) = line
        said = line[kind]
        if kind in ("resourcePreEvent", "resOutputsEvent"):
            step = _step(said["metadata"], after=kind == "resOutputsEvent")
            if step is not None:
                yield json.dumps({kind: {"metadata": step}}, sort_keys=True)
        elif kind == "summaryEvent":
            # The rest names the policy pack by its path.
            yield json.dumps({kind: {"result": said["result"]}})
        elif kind in _KEPT or (kind == "diagnosticEvent" and said["severity"] == "error"):
            yield json.dumps(line, sort_keys=True)


def _step(step: Mapping[str, Plain], *, after: bool) -> dict[str, Plain] | None:
    whole = step["type"] in (events.STACK, events.REFERENCE)
    if after != whole:
        return None
    keys = ("op", "urn", "type", "keys", "diffs", "detailedDiff")
    kept: dict[str, Plain] = {key: step[key] for key in keys if step.get(key) is not None}
    for side in ("old", "new"):
        state = step.get(side)
        if state:
            kept[side] = _state(state, whole=whole, same=step["op"] == "same")
    return kept


def _state(state: Mapping[str, Plain], *, whole: bool, same: bool) -> dict[str, Plain]:
    kept: dict[str, Plain] = {"parent": state["parent"]}
    if state.get("protect"):
        kept["protect"] = True
    if whole:
        kept["outputs"] = _without_kubeconfigs(state["outputs"])
    elif not same:
        kept["inputs"] = state["inputs"]
    return kept


def _without_kubeconfigs(outputs: Mapping[str, Plain]) -> dict[str, Plain]:
    return {
        key: _without_kubeconfigs(value) if key == "outputs" else value
        for key, value in outputs.items()
        if key not in _DROPPED_OUTPUTS
    }


def previewed(scenario: Scenario, state: StateFolder) -> Path:
    """Previews a scenario on a running local cloud; the stack file is put back.

    Returns:
        The engine's event log.
    """
    file = state.project / f"Pulumi.{scenario.stack}.yaml"
    before = file.read_text()
    log = state.root / f"{scenario.name}.jsonl"
    try:
        content = yaml.safe_load(before)
        scenario.change(content["config"])
        file.write_text(yaml.safe_dump(content, sort_keys=False))
        engine.preview(scenario.stack, log, project=state.project)
    finally:
        file.write_text(before)
    return log


def record(scenario: Scenario, state: StateFolder, folder: Path) -> None:
    """Previews a scenario and writes its events and its comment.

    Raises:
        AssertionError: what is kept of the events makes another comment than all of them.
    """
    log = previewed(scenario, state)
    kept = folder / log.name
    # Charts are named as seen from the program; the folder of this recording is another each time.
    text = "\n".join(reduced(log)).replace(os.path.relpath(state.project, PROJECT_ROOT), ".")
    kept.write_text(text + "\n")
    comment = markdown.comment([events.read_event_log(scenario.stack, kept)], day=DAY)
    if comment != markdown.comment([events.read_event_log(scenario.stack, log)], day=DAY):
        raise AssertionError(f"{scenario.name}: what was kept makes another comment")
    kept.with_suffix(".md").write_text(comment)


def bring_up(state: StateFolder) -> None:
    """Brings the platform up as the demo does, but with green on the minor that is bumped."""
    cloud = lifecycle.start(state, (0, 0, 0), tied=True)
    workspace.enter(state, cloud)
    file = state.project / "Pulumi.green.yaml"
    content = yaml.safe_load(file.read_text())
    content["config"]["eks-platform:kubernetesVersion"] = OLDER
    file.write_text(yaml.safe_dump(content, sort_keys=False))
    demo.run(state, cloud, Console(stderr=True, emoji=False))


def main() -> None:
    """Records all scenarios on a local cloud of its own, which is ended after."""
    with tempfile.TemporaryDirectory(prefix="previews-") as folder:
        state = StateFolder(Path(folder) / "state")
        try:
            bring_up(state)
            for scenario in SCENARIOS:
                print(f"{scenario.name} …")
                record(scenario, state, FOLDER)
        finally:
            lifecycle.stop(state)


if __name__ == "__main__":
    main()
