"""Which code a run was measured with: a digest of the files that it depends on.

It is read anew each time: files that were changed as a run went on are told by two digests.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from localcloud.state import PROJECT_ROOT

_FOLDERS = (
    "catalogue",
    "components",
    "contract",
    "costs",
    "development/experiments",
    "handover",
    "kubernetes_client",
    "localcloud",
    "settings",
    "stacks",
    "teardown",
)
_FILES = (
    "__main__.py",
    "Pulumi.yaml",
    "Pulumi.blue.yaml",
    "Pulumi.shared.yaml",
    "charts.lock",
    "uv.lock",
)
_SWITCH_FOLDERS = ("bluegreen",)
_SWITCH_FILES = ("Pulumi.green.yaml",)
"""What a switch depends on beside that: the command, and the other colour."""

_OTHERS = ("__pycache__", "results")
_KINDS = (".md", ".pyc")
"""Ends of names of files that change nothing in a run."""


def digest(root: Path = PROJECT_ROOT) -> str:
    """Twelve hexadecimal digits, the same for the same files that a load is played with."""
    return _digest(root, _FOLDERS, _FILES)


def digest_of_switch(root: Path = PROJECT_ROOT) -> str:
    """The same of what a switch under load is measured with."""
    return _digest(root, (*_FOLDERS, *_SWITCH_FOLDERS), (*_FILES, *_SWITCH_FILES))


def _digest(root: Path, folders: Sequence[str], files: Sequence[str]) -> str:
    found = hashlib.sha256()
    for path in _paths(root, folders, files):
        found.update(f"{path.relative_to(root)}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()[:12]


def _paths(root: Path, folders: Sequence[str], files: Sequence[str]) -> Iterator[Path]:
    yield from (root / name for name in files if (root / name).is_file())
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            inside = path.relative_to(root / folder)
            skipped = path.suffix in _KINDS or any(it in _OTHERS for it in inside.parts[:-1])
            if path.is_file() and not skipped:
                yield path
