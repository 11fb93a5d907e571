"""Writes the files that are made from the code, or checks that they are up to date."""

import argparse
import sys

from development.docsite import generated
from development.docsite.version_tables import PageError


def main(arguments: list[str] | None = None) -> int:
    """Runs the command.

    Returns its exit status: 1 when a checked file is stale, or an add-on has no page.
    """
    parser = argparse.ArgumentParser(prog="python -m development.docsite", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say which files are stale")
    check = parser.parse_args(arguments).check
    try:
        if not check:
            generated.write()
            return 0
        stale = generated.stale()
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    for name in stale:
        print(f"{name} is stale: run make generate", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
