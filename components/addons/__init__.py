"""The add-ons: each module or package here is one, and says what it needs as `ADDON`."""

import pkgutil
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module

from catalogue.addons import CATALOGUE
from components.addon_stack.addon import Addon


class UnlistedError(ValueError):
    """The modules here and the lines of the catalogue are not the same add-ons."""


@lru_cache
def load() -> Mapping[str, Addon]:
    """Every add-on by its name, in the order of the catalogue.

    Raises:
        UnlistedError: a module has no line in the catalogue, or a line has no module.
    """
    found: dict[str, Addon] = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        addon: Addon = import_module(module.name).ADDON
        found[addon.name] = addon
    lines = [line.name for line in CATALOGUE]
    if unlisted := found.keys() ^ set(lines):
        raise UnlistedError(
            f"{', '.join(sorted(unlisted))}: each add-on has a module in components/addons and a"
            " line in CATALOGUE of catalogue/addons.py"
        )
    return {name: found[name] for name in lines}
