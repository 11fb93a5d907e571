"""Runs the command as ``python -m bluegreen``."""

from bluegreen.cli import main

main()
