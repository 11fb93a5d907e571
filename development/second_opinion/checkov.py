"""checkov: how it is run, and what it says."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ValidationError

from development.second_opinion.finding import Finding, LinterError

TOOL = "checkov"

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


def run(program: Path, framework: str, folder: Path) -> Sequence[Finding]:
    """What checkov finds in a folder.

    Args:
        program: checkov.
        framework: what it looks for, such as ``kubernetes``.
        folder: with the files.

    Raises:
        LinterError: it is not there, did not run or could not read a file.
    """
    if not program.exists():
        raise LinterError(f"{program} is not there: run development/scripts/second-opinion")
    ran = subprocess.run(
        [
            program,
            *("--framework", framework, "--directory", folder),
            *("--output", "json", "--quiet", "--compact", "--skip-download"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return read(ran.stdout, ran.stderr)


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
        raise LinterError(f"{TOOL} cannot read {read.summary.parsing_errors} of the files")
    found = read.results.failed_checks
    return [Finding(TOOL, it.check_id, it.resource, it.check_name) for it in found]
