"""Starts the engine's Python processes as forks of one that has the provider SDKs loaded.

The engine starts the language host twice with every command, the program once and a plugin for
each provider. As Python of their own they spend most of their time on the import of the same
SDKs. `server` imports them once; `start` is what is started in their place, and asks for a fork.
"""

from pathlib import Path


def forks(folder: Path) -> dict[int, int]:
    """Every fork that lives: its process → the process that it stands for.

    Args:
        folder: `localcloud.state.StateFolder.forks`.
    """
    found: dict[int, int] = {}
    for path in folder.glob("[0-9]*"):
        try:
            found[int(path.name)] = int(path.read_text())
        except (FileNotFoundError, ValueError):
            continue  # it is just being written, or has just ended
    return found
