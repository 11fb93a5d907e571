"""Sees what processes are started with, and what Python processes remove again.

A folder on PYTHONPATH holds a `sitecustomize` that Python loads by itself. It writes down command
lines: its own, those of the processes above it, and those that it starts. Before a file goes, it is
searched for what was planted. A folder on PATH holds a script for each program that the engine may
start without any Python, and a script takes the place of each plugin: it writes its command line
down and becomes the program.
"""

import json
import os
import shlex
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

_HOOK = """
import json, os, sys

_FOLDER = os.environ["SPYING_FOLDER"]
with open(os.environ["SPYING_PLANTED"], encoding="utf-8") as _file:
    _PLANTED = [it.encode() for it in json.load(_file)]
_BUSY = []


def _note(kind, what):
    with open(os.path.join(_FOLDER, f"{os.getpid()}.jsonl"), "a", encoding="utf-8") as file:
        file.write(json.dumps([kind, what], default=os.fsdecode) + "\\n")


def _removed(path, at):
    if isinstance(at, int) and at >= 0:
        path = os.path.join(os.readlink(f"/proc/self/fd/{at}"), os.fsdecode(path))
    if os.path.isfile(path) and not os.path.islink(path):
        with open(path, "rb") as file:
            held = file.read()
        if any(it in held for it in _PLANTED):
            _note("removed", os.fsdecode(path))


def _hook(event, arguments):
    if _BUSY:
        return
    _BUSY.append(event)
    try:
        if event == "subprocess.Popen":
            _note("started", [os.fsdecode(it) for it in [arguments[0], *arguments[1]]])
        elif event in ("os.exec", "os.posix_spawn"):
            _note("started", [os.fsdecode(it) for it in arguments[1]])
        elif event == "os.remove":
            _removed(*arguments)
        elif event == "os.rename":
            _removed(arguments[1], arguments[3] if len(arguments) > 3 else None)
    except OSError:
        pass
    finally:
        _BUSY.pop()


def _above():
    process = os.getpid()
    while process > 1:
        try:
            with open(f"/proc/{process}/cmdline", "rb") as file:
                _note("runs", os.fsdecode(file.read()).split("\\0"))
            with open(f"/proc/{process}/stat", encoding="utf-8") as file:
                process = int(file.read().rpartition(")")[2].split()[1])
        except OSError:
            return


_above()
sys.addaudithook(_hook)
"""

_SCRIPT = """\
#!/bin/sh
printf '%s\\0' "$0" "$@" >>"$SPYING_FOLDER/$$.line"
exec {program} "$@"
"""

_PROGRAMS = ("aws", "aws-iam-authenticator", "git", "helm", "kubectl", "pip", "uv")
"""What engines and language hosts start by name, where it is there."""

_NOT = ("pulumi",)
"""Whoever sets a secret gives it to this one; what starts others is seen by what it starts."""


@dataclass(frozen=True)
class Spy:
    """What was seen; made by `spy`."""

    folder: Path
    planted: Path

    def environment(self, path: str) -> Mapping[str, str]:
        """What makes a process and all below it be seen.

        Args:
            path: where it looks for programs; those of its first folder are seen, and some more.
        """
        self._write_scripts(path)
        return {
            "PATH": f"{self._scripts}{os.pathsep}{path}",
            "PYTHONPATH": str(self.folder),
            "SPYING_FOLDER": str(self.folder / "seen"),
            "SPYING_PLANTED": str(self.planted),
        }

    @property
    def _scripts(self) -> Path:
        return self.folder / "bin"

    def _write_scripts(self, path: str) -> None:
        first = Path(path.split(os.pathsep, maxsplit=1)[0])
        self._scripts.mkdir()
        for name in sorted({*_PROGRAMS, *(it.name for it in first.iterdir())} - {*_NOT}):
            program = shutil.which(name, path=path)
            if program is not None:
                _write_script(self._scripts / name, program)

    def watch_plugins(self, home: Path) -> None:
        """Takes the place of the provider plugins in a PULUMI_HOME, which are started by path."""
        for plugin in sorted(home.glob("plugins/resource-*/pulumi-resource-*")):
            moved = self.folder / "plugins" / plugin.name
            moved.parent.mkdir(exist_ok=True)
            plugin.rename(moved)
            _write_script(plugin, str(moved))

    def seen(self) -> list[tuple[str, object]]:
        """Kind and what: command lines that ``runs`` or were ``started``, files ``removed``."""
        files = sorted((self.folder / "seen").iterdir())
        lines = [
            line
            for file in files
            if file.suffix == ".jsonl"
            for line in file.read_text(encoding="utf-8").splitlines()
        ]
        by_name = [
            ("started", file.read_text(encoding="utf-8").split("\0")[:-1])
            for file in files
            if file.suffix == ".line"
        ]
        return [*((kind, what) for kind, what in map(json.loads, lines)), *by_name]


def _write_script(script: Path, program: str) -> None:
    script.write_text(_SCRIPT.format(program=shlex.quote(program)), encoding="utf-8")
    script.chmod(0o755)


def spy(folder: Path, planted: Collection[str]) -> Spy:
    """Prepares a folder to see with.

    Args:
        folder: an empty one.
        planted: what no removed file may have held.
    """
    (folder / "seen").mkdir(parents=True)
    (folder / "sitecustomize.py").write_text(_HOOK, encoding="utf-8")
    file = folder / f"planted-{os.getpid()}.json"
    file.write_text(json.dumps(list(planted)), encoding="utf-8")
    return Spy(folder, file)
