"""Real provider plugins in place of stand-ins: found or downloaded before anything starts."""

import importlib.metadata
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

DOWNLOADED = "real"
"""In place of a folder: the engine downloads the plugins into the user's cache."""

REPLACEABLE = ("kubernetes", "eks", "tls", "aws")
"""Providers of which the real plugin can be used."""

BY_DEFAULT = ("kubernetes", "eks", "tls")
"""Those that are real with `--plugins` alone: the real aws plugin meets whatever moto lacks."""

ASKED_BY_EKS: Mapping[str, str] = {"aws": "7.25.0", "kubernetes": "4.21.1"}
"""Versions that the real eks component asks for, beside those of the program
(pulumi-eks v4.4.0, nodejs/eks/yarn.lock)."""

_FOLDER = re.compile(r"resource-(?P<name>[a-z0-9-]+)-v(?P<version>\d+\.\d+\.\d+\S*)")


class RealPluginsError(Exception):
    """Real plugins that were asked for cannot be had; the message names all that is missing."""


@dataclass(frozen=True)
class Wanted:
    """A plugin in one version.

    Attributes:
        name: provider, for example ``kubernetes``.
        version: for example ``4.34.2``.
    """

    name: str
    version: str

    @property
    def folder_name(self) -> str:
        """Name of its folder, as the engine has it."""
        return f"resource-{self.name}-v{self.version}"

    @property
    def program(self) -> str:
        """Name of its executable."""
        return f"pulumi-resource-{self.name}"


@dataclass(frozen=True)
class RealPlugins:
    """Which plugins are real, and where they are.

    Attributes:
        names: the providers; all others are stand-ins.
        folders: where the engine's own folder of each plugin is.
    """

    names: frozenset[str] = frozenset()
    folders: Mapping[Wanted, Path] | None = None

    @property
    def renders_charts(self) -> bool:
        """Whether charts are installed as they are, and stand-ins of them will not do."""
        return "kubernetes" in self.names


def asked_for(real: Sequence[str] = ()) -> tuple[Wanted, ...]:
    """Every plugin that the engine will look for, when these providers are real ones."""
    own = [Wanted(name, importlib.metadata.version(f"pulumi-{name}")) for name in REPLACEABLE]
    others = [Wanted(*it) for it in ASKED_BY_EKS.items()] if "eks" in real else []
    return tuple(dict.fromkeys((*own, *others)))


def of_folder(folder: Path, names: Sequence[str] = BY_DEFAULT) -> RealPlugins:
    """The plugins of a folder, such as ``~/.pulumi/plugins``.

    Raises:
        RealPluginsError: some are not there, in another version, or no programs.
    """
    mistakes = list(_unknown(names))
    if not folder.is_dir():
        mistakes.append(f"{folder} is no folder")
    wanted = [it for it in asked_for(names) if it.name in names]
    found = {it: folder / it.folder_name for it in wanted}
    if not mistakes:
        mistakes = [said for it, place in found.items() if (said := _problem(it, place))]
    if mistakes:
        raise RealPluginsError(_all(f"no real plugins from {folder}", mistakes))
    return RealPlugins(frozenset(names), found)


def downloaded(
    names: Sequence[str], pulumi: Path, home: Path, run: Callable[..., object] = subprocess.run
) -> RealPlugins:
    """The plugins as the engine downloads them, each once.

    This takes place before the local cloud starts, so nothing of it is let through its proxy.

    Args:
        names: the providers.
        pulumi: the engine's command line.
        home: folder that keeps them from one local cloud to the next.
        run: for tests.

    Raises:
        RealPluginsError: some cannot be downloaded.
    """
    if unknown := list(_unknown(names)):
        raise RealPluginsError(_all("no real plugins", unknown))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PULUMI_")}
    environment |= {"PULUMI_HOME": str(home), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    mistakes: list[str] = []
    for it in (it for it in asked_for(names) if it.name in names):
        if _problem(it, home / "plugins" / it.folder_name) is None:
            continue
        command = [str(pulumi), "plugin", "install", "resource", it.name, f"v{it.version}"]
        try:
            run(command, env=environment, check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            said = str(getattr(error, "stderr", "") or error).strip().splitlines()
            mistakes.append(f"{it.name} v{it.version} was not downloaded: {said[-1]}")
    if mistakes:
        remedy = "put them into a folder where there is internet, and give that: --plugins FOLDER"
        raise RealPluginsError(_all("no real plugins", [*mistakes, remedy]))
    return of_folder(home / "plugins", names)


def link(plugin: Path, into: Path) -> None:
    """Makes the engine's folder of a plugin: one of its own, with links to what the plugin has.

    The engine passes over a folder that is a link itself.
    """
    into.mkdir(parents=True, exist_ok=True)
    for entry in plugin.iterdir():
        (into / entry.name).symlink_to(entry.resolve())


def _unknown(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        if name not in REPLACEABLE:
            yield f"{name}: the program asks for no such provider; it has {', '.join(REPLACEABLE)}"


def _problem(wanted: Wanted, place: Path) -> str | None:
    program = place / wanted.program
    if os.access(program, os.X_OK) and program.is_file():
        return None
    if program.exists():
        return f"{place.name}/{wanted.program} is no program that can be run"
    there = sorted(
        match["version"]
        for entry in (place.parent.iterdir() if place.parent.is_dir() else ())
        if (match := _FOLDER.fullmatch(entry.name)) and match["name"] == wanted.name
    )
    other = f" (there is v{', v'.join(there)})" if there and wanted.version not in there else ""
    why = " for the real eks plugin" if ASKED_BY_EKS.get(wanted.name) == wanted.version else ""
    return f"{place.name}/{wanted.program} is missing{why}{other}"


def _all(what: str, mistakes: Sequence[str]) -> str:
    return "\n  - ".join((f"{what}:", *mistakes))
