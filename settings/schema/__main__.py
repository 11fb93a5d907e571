"""Writes the JSON Schemas of the stack files, or checks that they are up to date."""

import argparse
import sys

from settings import schema


def main(arguments: list[str] | None = None) -> int:
    """Runs the command. Returns its exit status: 1 when a checked file is stale."""
    parser = argparse.ArgumentParser(prog="python -m settings.schema", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say which files are stale")
    if not parser.parse_args(arguments).check:
        schema.write()
        return 0
    stale = schema.stale()
    for file in stale:
        print(f"{file.name} is stale: run make schema", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
