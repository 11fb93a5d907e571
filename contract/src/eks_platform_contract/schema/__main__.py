"""Writes the JSON Schemas of the outputs, or checks that they and the version are right."""

import argparse
import sys

from eks_platform_contract.schema import Contract, StepError

_WAY = (
    "The outputs changed, and so must the version: set CONTRACT in eks_platform_contract/version.py"
    " (and the package's version) to the one that is needed, then run make generate again."
)


def main(arguments: list[str] | None = None, contract: Contract | None = None) -> int:
    """Runs the command. Returns its exit status: 1 when something is stale or lacks a step."""
    parser = argparse.ArgumentParser(
        prog="python -m eks_platform_contract.schema", description=__doc__
    )
    parser.add_argument("--check", action="store_true", help="only say what is wrong")
    check = parser.parse_args(arguments).check
    found = contract or Contract()
    try:
        wrong = found.complaints()
        if wrong:
            raise StepError("\n".join(wrong))
        stale = found.stale() if check else []
        if not check:
            found.write()
    except StepError as error:
        print(f"{error}\n{_WAY}", file=sys.stderr)
        return 1
    for file in stale:
        place = file.relative_to(found.folder)
        print(f"{place} is stale: run make generate", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
