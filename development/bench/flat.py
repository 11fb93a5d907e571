"""A flat program of a stack's resources, and the state that says that all of them stand.

What it registers is read off the stack's own state. So it meets the same engine and providers with
the same inputs, and does nothing else: no settings, no components, no calls of providers, no
reading of other stacks.
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from bluegreen.world.content import STACK_TYPE, short_name
from development.bench.cost import CommandError
from development.bench.demo_platform import Platform
from localcloud import workspace
from localcloud.state import REGION

Entry: TypeAlias = Mapping[str, Any]
"""A resource of an exported state."""

STACK = "flat"
"""Name of its project and of its stack."""

_PROGRAM = Path(__file__).parent / "flat_program" / "__main__.py"
_PROVIDERS = "pulumi:providers:"
_REFERENCE = "pulumi:pulumi:StackReference"
_CHARTS = "charts"
_KEPT = ("custom", "id", "type", "inputs", "outputs", "additionalSecretOutputs", "ignoreChanges")
_ROOT_URN = f"urn:pulumi:{STACK}::{STACK}::{STACK_TYPE}::{STACK}-{STACK}"


def make(platform: Platform, folder: Path, exported: Mapping[str, Any]) -> None:
    """Makes its project in an empty folder, and its stack with the resources in its state.

    Args:
        platform: where the resources stand.
        folder: of the project.
        exported: what ``pulumi stack export --show-secrets`` gave of their stack.

    Raises:
        CommandError: the engine refused the state.
    """
    exported = with_charts_beside(platform.project, exported)
    resources = list(map(flattened, custom(exported["deployment"]["resources"])))
    write_project(platform, folder, resources)
    workspace.make_stack(platform.state, platform.cloud, STACK, folder)
    root = {"urn": _ROOT_URN, "custom": False, "type": STACK_TYPE}
    deployment = {**exported["deployment"], "resources": [root, *resources]}
    state = folder / "state.json"
    state.write_text(json.dumps({**exported, "deployment": deployment}), encoding="utf-8")
    words = ("stack", "import", "--stack", STACK, "--file", str(state), "--cwd", str(folder))
    done = workspace.pulumi(platform.state, platform.cloud, *words, check=False)
    if done.returncode:
        raise CommandError(f"the state of the flat program was refused: {done.stderr}")


def with_charts_beside(project: Path, exported: Mapping[str, Any]) -> Mapping[str, Any]:
    """A state whose charts are in a folder of the flat program's own project.

    The platform's has them below its project, as seen from where its program is
    (`stacks.chart_place`).

    Args:
        project: folder of the platform's project.
        exported: its state.
    """
    main = yaml.safe_load((project / "Pulumi.yaml").read_text(encoding="utf-8")).get("main", ".")
    place = os.path.relpath(project / _CHARTS, project / main)
    return json.loads(json.dumps(exported).replace(f'"{place}/', f'"./{_CHARTS}/'))


def write_project(platform: Platform, folder: Path, resources: Sequence[Entry]) -> None:
    """Writes the program, what it registers, and its stack's file where there is none."""
    project = yaml.safe_load((platform.project / "Pulumi.yaml").read_text(encoding="utf-8"))
    flat = {"name": STACK, "runtime": project["runtime"]}
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(flat), encoding="utf-8")
    (folder / "__main__.py").write_text(_PROGRAM.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / _CHARTS).symlink_to(platform.project / _CHARTS)
    entries = [_registered(it) for it in resources if not _is_default(it)]
    (folder / "resources.json").write_text(json.dumps(entries), encoding="utf-8")
    config = {"config": {"aws:region": REGION}}
    (folder / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")


def changed(folder: Path, to: Path) -> None:
    """Copies a project whose program asks for one thing else: the first group may be larger."""
    shutil.copytree(folder, to, symlinks=True)
    place = to / "resources.json"
    entries = json.loads(place.read_text(encoding="utf-8"))
    group = next(it for it in entries if it["type"] == "aws:autoscaling/group:Group")
    group["inputs"]["maxSize"] += 1
    place.write_text(json.dumps(entries), encoding="utf-8")


def custom(resources: Sequence[Entry]) -> list[Entry]:
    """Custom resources of a state in its order, but what a program reads: other stacks."""
    return [it for it in resources if it["custom"] and it["type"] != _REFERENCE]


def flattened(resource: Entry) -> Entry:
    """A resource of a state as the flat program's own state has it: without parents."""
    kept = {key: resource[key] for key in _KEPT if key in resource}
    if _is_default(resource):
        return {**kept, "urn": _urn(resource["urn"])}
    found = {**kept, "urn": _urn(resource["urn"]), "parent": _ROOT_URN}
    if said := resource.get("provider"):
        urn, _, identifier = said.rpartition("::")
        found["provider"] = f"{_urn(urn)}::{identifier}"
    return found


def _urn(urn: str) -> str:
    kind = urn.split("::")[2].rpartition("$")[2]
    return f"urn:pulumi:{STACK}::{STACK}::{kind}::{short_name(urn)}"


def _is_default(resource: Entry) -> bool:
    """Whether the engine makes it by itself, as the provider of resources that name none."""
    name = short_name(resource["urn"])
    return resource["type"].startswith(_PROVIDERS) and name.partition("_")[0] == "default"


def _registered(resource: Entry) -> Entry:
    """What the program needs to register it."""
    provider = str(resource.get("provider") or "").rpartition("::")[0]
    name = short_name(provider) if provider else ""
    version = name.removeprefix("default_").replace("_", ".") if name.startswith("default_") else ""
    inputs = {key: it for key, it in (resource.get("inputs") or {}).items() if key != "__internal"}
    if resource["type"].startswith(_PROVIDERS):
        version = inputs.pop("version", "")
    return {
        "urn": resource["urn"],
        "type": resource["type"],
        "name": short_name(resource["urn"]),
        "inputs": inputs,
        "provider": provider,
        "version": version or None,
        "secretOutputs": resource.get("additionalSecretOutputs") or [],
        "ignoreChanges": resource.get("ignoreChanges") or [],
    }
