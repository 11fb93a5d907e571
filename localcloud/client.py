"""Commands as clients of a local cloud: a shell, one command, or its variables for a script."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from localcloud.lifecycle import CloudError
from localcloud.state import RunningCloud, StateFolder

_PROMPTS = {"bash": r"(local cloud) \w\$ ", "zsh": "(local cloud) %~ %# "}
"""What shells show before a command; other shells show their own."""

_REPLACED = ("AWS_", "PULUMI_")
"""Beginnings of variables that would lead elsewhere."""


def open_shell(state: StateFolder, cloud: RunningCloud) -> int:
    """A shell in the project's folder, whose prompt says where one is; gives its exit code."""
    shell = os.environ.get("SHELL", "/bin/sh")
    name = Path(shell).name
    environment = state.environment(cloud)
    environment["PS1"] = _PROMPTS.get(name, "(local cloud) $ ")
    # A start-up file of the user's could put other tools before ours on PATH, or another prompt.
    options = {"bash": ["--norc"], "zsh": ["-f"]}.get(name, [])
    return subprocess.call([shell, *options], cwd=state.project, env=environment)


def run(state: StateFolder, cloud: RunningCloud, words: Sequence[str]) -> int:
    """One command in the project's folder; gives its exit code, as a shell would.

    Raises:
        CloudError: there is no such command, or none was given.
    """
    if not words:
        raise CloudError("which command? For example: localcloud exec -- kubectl get nodes")
    environment = state.environment(cloud)
    if shutil.which(words[0], path=environment["PATH"]) is None:
        raise CloudError(f"{words[0]} is no command on PATH")
    code = subprocess.call(words, cwd=state.project, env=environment)
    return 128 - code if code < 0 else code


def variables(state: StateFolder, cloud: RunningCloud) -> str:
    """Lines that make a POSIX shell a client: what is to be set, and what would lead elsewhere."""
    wanted = state.environment(cloud)
    gone = [name for name in os.environ if name.startswith(_REPLACED) and name not in wanted]
    lines = [f"unset {name}" for name in sorted(gone)]
    lines += [
        f"export {name}={shlex.quote(value)}"
        for name, value in sorted(wanted.items())
        if os.environ.get(name) != value
    ]
    return "\n".join(lines)
