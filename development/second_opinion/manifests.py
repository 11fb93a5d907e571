"""checkov on Kubernetes objects."""

import json
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from pydantic import BaseModel, ValidationError

from development.second_opinion.finding import PLANTED, Finding, LinterError, without_planted

TOOL = "checkov"

_Object: TypeAlias = Mapping[str, object]
_PLANTED: _Object = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": PLANTED, "namespace": PLANTED},
    "spec": {
        "hostNetwork": True,
        "containers": [
            {"name": PLANTED, "image": "nginx", "securityContext": {"privileged": True}}
        ],
    },
}
# Privileged, on the node's network, without a digest.
_RULES = ("CKV_K8S_16", "CKV_K8S_19", "CKV_K8S_43")
_SHOWN = 2_000


class _Check(BaseModel):
    check_id: str
    check_name: str
    resource: str


class _Results(BaseModel):
    failed_checks: tuple[_Check, ...]


class _Summary(BaseModel):
    parsing_errors: int


class _Output(BaseModel):
    results: _Results
    summary: _Summary


def findings(objects: Iterable[_Object], program: Path) -> Sequence[Finding]:
    """What checkov finds in objects.

    Args:
        objects: manifests.
        program: checkov.

    Raises:
        LinterError: it is not there, did not run, could not read an object or missed what is
            planted.
    """
    if not program.exists():
        raise LinterError(f"{program} is not there: run development/scripts/second-opinion")
    with tempfile.TemporaryDirectory() as folder:
        for number, manifest in enumerate([*objects, _PLANTED]):
            (Path(folder) / f"{number}.json").write_text(json.dumps(manifest), encoding="utf-8")
        ran = subprocess.run(
            [
                program,
                *("--framework", "kubernetes", "--directory", folder),
                *("--output", "json", "--quiet", "--compact", "--skip-download"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    return without_planted(TOOL, read(ran.stdout, ran.stderr), _RULES)


def read(output: str, errors: str = "") -> Sequence[Finding]:
    """Findings in checkov's JSON.

    Raises:
        LinterError: it is none, or says that checkov could not read some.
    """
    try:
        read = _Output.model_validate_json(output)
    except ValidationError as error:
        raise LinterError(f"{TOOL} failed: {error}\n{errors[-_SHOWN:]}") from error
    if read.summary.parsing_errors:
        raise LinterError(f"{TOOL} cannot read {read.summary.parsing_errors} of the objects")
    found = read.results.failed_checks
    return [Finding(TOOL, it.check_id, it.resource, it.check_name) for it in found]
