"""Puts the program out of a pinned release file where the cache keeps it."""

import os
import shutil
from pathlib import Path

from localcloud.tools import archive, image
from localcloud.tools.cache import explained
from localcloud.tools.digests import Release, ReleaseImage
from localcloud.tools.fetch import Fetcher, Told, UnavailableError


def download(fetcher: Fetcher, release: Release, folder: Path, target: Path, told: Told) -> None:
    """Downloads a program; `target` is there once this returns, complete, and not before.

    Args:
        fetcher: fetches the file.
        release: what is pinned.
        folder: for what is not verified yet, on the disk of `target`; the tool's lock is held.
        target: where the program is kept.
        told: called as it comes, see `Fetcher.fetch`.

    Raises:
        UnavailableError: it cannot be had, and may be built instead.
        DigestError: what was sent is not what is pinned.
        ToolError: the cache cannot be written to.
        EndedError: the fetcher was ended.
    """
    unfinished = folder / "unfinished"
    program = unfinished / target.name
    try:
        with explained():
            # A run that was killed may have left something.
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
        _fetch(fetcher, release, program, told)
        with explained():
            program.chmod(0o755)
            _flush(program)
            target.parent.mkdir(exist_ok=True)
            program.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _fetch(fetcher: Fetcher, release: Release, program: Path, told: Told) -> None:
    folder = program.parent
    if isinstance(release, ReleaseImage):
        image.fetch_program(fetcher, release, folder, program, told)
        return
    whole = program if release.member is None else folder / "archive"
    with explained(), whole.open("wb") as file:
        fetcher.fetch(release.url, release.sha256, file, told=told)
    if release.member is not None and not archive.extract(whole, release.member, program):
        raise UnavailableError(f"{release.url} has no {release.member}")


def _flush(file: Path) -> None:
    """Puts the content on the disk: after a power failure a renamed file may else be empty."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
