"""Runs the command as ``python -m development.chaos``."""

import sys

from development.chaos.cli import main

sys.exit(main())
