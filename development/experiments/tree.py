"""Which code a run was measured with: a digest of the files that it depends on."""

import hashlib
from collections.abc import Iterator
from functools import cache
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
)
_FILES = (
    "__main__.py",
    "Pulumi.yaml",
    "Pulumi.blue.yaml",
    "Pulumi.shared.yaml",
    "charts.lock",
    "uv.lock",
)
_OTHERS = ("__pycache__", "results")
_KINDS = (".md", ".pyc")
"""Ends of names of files that change nothing in a run."""


@cache
def digest(root: Path = PROJECT_ROOT) -> str:
    """Twelve hexadecimal digits, the same for the same files."""
    found = hashlib.sha256()
    for path in _files(root):
        found.update(f"{path.relative_to(root)}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()[:12]


def _files(root: Path) -> Iterator[Path]:
    yield from (root / name for name in _FILES if (root / name).is_file())
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            inside = path.relative_to(root / folder)
            skipped = path.suffix in _KINDS or any(it in _OTHERS for it in inside.parts[:-1])
            if path.is_file() and not skipped:
                yield path
