"""Runs the command."""

import sys

from development.experiments.cli import main

if __name__ == "__main__":
    sys.exit(main())
