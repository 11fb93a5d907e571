"""Puts the language host and the provider plugins where the Pulumi engine looks for them."""

import sys
from dataclasses import dataclass
from pathlib import Path

from localcloud.forks import start
from localcloud.plugins import language
from localcloud.plugins.real import REPLACEABLE, RealPlugins, Wanted, asked_for, link
from localcloud.state import PROJECT_ROOT, StateFolder

PROVIDERS = REPLACEABLE
"""Providers that the local cloud stands in for; each has an SDK named ``pulumi-NAME``."""

_MARK = "# localcloud stand-in"
"""Second line of every plugin of ours; a plugin without it was put there by someone else."""


@dataclass(frozen=True)
class Plugin:
    """A provider plugin in PULUMI_HOME.

    Attributes:
        name: provider, for example ``aws``.
        version: version of the installed SDK, which is the one that programs ask for.
        executable: what the engine starts.
        stand_in: whether it is ours; a real plugin in its place is left alone.
    """

    name: str
    version: str
    executable: Path
    stand_in: bool


def install(state: StateFolder, real: RealPlugins | None = None) -> list[Plugin]:
    """Writes the language host and the provider plugins of one local cloud.

    A provider plugin that someone else put in its place is kept and used instead.

    Args:
        state: folder of the local cloud.
        real: which providers are real ones, and where they are.

    Returns:
        The provider plugins that the engine will start.

    Raises:
        importlib.metadata.PackageNotFoundError: a provider's SDK is not installed.
    """
    state.bin.mkdir(parents=True, exist_ok=True)
    # By path and with -P: what a program can import must not depend on who starts it.
    _write(state.bin / "pulumi-language-python", f'exec {forked_python()} -P "{_host()}" "$@"')
    real = real or RealPlugins()
    return [
        _install_real(state, it, real.folders[it])
        if real.folders and it in real.folders
        else _install_provider(state, it)
        for it in asked_for(sorted(real.names))
    ]


def installed(state: StateFolder) -> list[Plugin]:
    """The provider plugins of a local cloud, as they are now."""
    found: list[Plugin] = []
    for folder in sorted((state.pulumi_home / "plugins").glob("resource-*-v*")):
        name, _, version = folder.name.removeprefix("resource-").rpartition("-v")
        executable = folder / f"pulumi-resource-{name}"
        if executable.exists():
            found.append(Plugin(name, version, executable, stand_in=_is_ours(executable)))
    return found


def plugin_folder(state: StateFolder, name: str, version: str) -> Path:
    """Folder in which the engine looks for a version of a provider plugin."""
    return state.pulumi_home / "plugins" / f"resource-{name}-v{version}"


def _host() -> Path:
    return Path(language.__file__)


def forked_python() -> str:
    """What is started like a Python, and becomes a fork of one where it can."""
    return f'"{sys.executable}" -I -S "{start.__file__}"'


def _install_real(state: StateFolder, wanted: Wanted, plugin: Path) -> Plugin:
    folder = plugin_folder(state, wanted.name, wanted.version)
    link(plugin, folder)
    return Plugin(wanted.name, wanted.version, folder / wanted.program, stand_in=False)


def _install_provider(state: StateFolder, wanted: Wanted) -> Plugin:
    name, version = wanted.name, wanted.version
    executable = plugin_folder(state, name, version) / f"pulumi-resource-{name}"
    if executable.exists() and not _is_ours(executable):
        return Plugin(name, version, executable, stand_in=False)
    executable.parent.mkdir(parents=True, exist_ok=True)
    _write(
        executable,
        f'PYTHONPATH="{PROJECT_ROOT}" exec {forked_python()} -m localcloud.plugins.{name} "$@"',
    )
    return Plugin(name, version, executable, stand_in=True)


def _is_ours(executable: Path) -> bool:
    with executable.open("rb") as file:
        return _MARK.encode() in file.read(200)


def _write(path: Path, command: str) -> None:
    path.write_text(f"#!/bin/sh\n{_MARK}\n{command}\n")
    path.chmod(0o755)
