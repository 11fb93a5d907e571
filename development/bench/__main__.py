"""Runs the command."""

import sys

from development.bench.cli import main

if __name__ == "__main__":
    sys.exit(main())
