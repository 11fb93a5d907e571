"""Modules that are imported when something of them is first used.

`bluegreen --help`, the completion of a shell and a mistake in an option need none of what a command
then asks stacks, clusters and AWS with, and that takes many times as long to import as they take.
"""

from importlib import import_module


class OnDemand:
    """Stands for a module until something of it is used.

    Args:
        name: full name of the module.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> object:
        return getattr(import_module(self._name), attribute)
