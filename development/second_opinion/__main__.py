"""Runs every linter: ``python -m development.second_opinion``."""

import sys
from collections.abc import Sequence
from pathlib import Path

from development.second_opinion import (
    examples,
    exceptions,
    gitlab,
    manifests,
    policies,
    program,
    workflows,
)
from development.second_opinion.exceptions import FILE, Verdict
from development.second_opinion.finding import Finding, LinterError

ROOT = Path(__file__).resolve().parents[2]
CHECKOV = ROOT / ".checkov" / "bin" / "checkov"


def main() -> int:
    """Prints what is left to do; 1 if there is something, 2 if a linter could not do its work."""
    try:
        excepted = exceptions.read()
        verdict = exceptions.judge(_all(), excepted)
    except LinterError as error:
        print(f"second opinion: {error}", file=sys.stderr)
        return 2
    print("\n".join(lines(verdict)), file=sys.stdout if verdict.is_fine else sys.stderr)
    return 0 if verdict.is_fine else 1


def _all() -> Sequence[Finding]:
    return [
        *workflows.findings(ROOT),
        *gitlab.findings(ROOT, CHECKOV),
        *policies.findings([*program.policies(), *examples.policies(ROOT)]),
        *manifests.findings(program.objects(), CHECKOV),
    ]


def lines(verdict: Verdict) -> Sequence[str]:
    """What is left to do, for people."""
    if verdict.is_fine:
        return [f"the second opinion is fine ({verdict.excepted} findings excepted with a reason)"]
    file = FILE.relative_to(ROOT)
    said = [f"{it.tool} {it.rule}: {it.where}: {it.says}" for it in verdict.findings]
    if said:
        said.append(f"Mend what they find; where it is right as it is, say why in {file}.")
    said.extend(f"unused exception: {it}" for it in verdict.unused)
    if verdict.unused:
        said.append(f"Nothing is found there: remove it from {file}.")
    return said


if __name__ == "__main__":
    sys.exit(main())
