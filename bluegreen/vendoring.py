"""Keeps the archives of the catalogue's charts in the project, each as the lock pins it."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bluegreen.world.chart_metadata import NoChartError, read_metadata
from bluegreen.world.published_charts import ChartUnavailableError
from catalogue.chart_archives import LOCK, Lock, Locked, Pin, digest_of, render_lock

_THREADS = 8

Fetch = Callable[[Pin], bytes]


@dataclass
class Vendored:
    """What became of the archives.

    Attributes:
        fetched: files that came, or came again.
        kept: files that were there, and right.
        trusted: files that no record pinned, and that are now pinned as they came.
        removed: files that nothing of the catalogue installs any more.
        failed: by file, why it is not there.
    """

    fetched: list[str] = field(default_factory=list[str])
    kept: list[str] = field(default_factory=list[str])
    trusted: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])
    failed: dict[str, str] = field(default_factory=dict[str, str])


def vendor(
    project: Path,
    folders: Sequence[str],
    pins: Sequence[Pin],
    lock: Lock,
    *,
    fetch: Fetch,
    today: date,
    told: Callable[[str], None] = lambda _: None,
) -> Vendored:
    """Fetches what is lacking, and writes the lock.

    What is there and right is not fetched again, so a command that was interrupted goes on. An
    archive is written whole or not at all.

    Args:
        project: folder of the project.
        folders: where archives are kept, as stack files name it.
        pins: charts that must be there.
        lock: what is pinned.
        fetch: gives the archive of a chart. Raises ChartUnavailableError.
        today: for what is pinned now.
        told: called with each file that was fetched.

    Raises:
        OSError: a file cannot be written.
    """
    done = Vendored()
    wanted: dict[str, Locked] = {}
    contents: dict[str, bytes] = {}
    lacking: list[Pin] = []
    for pin in pins:
        content = _kept(project, folders, pin, lock.get(pin.file))
        if content is None:
            lacking.append(pin)
        else:
            contents[pin.file], wanted[pin.file] = content, lock[pin.file]
            done.kept.append(pin.file)
    for pin, content in _fetch_all(lacking, fetch, done.failed, told):
        locked = lock.get(pin.file)
        why = _wrong(pin, content, locked)
        if why is not None:
            done.failed[pin.file] = why
            continue
        if locked is None:
            trust = f"first fetched on {today} from {pin.chart.repository}"
            locked = Locked(digest=digest_of(content), trust=trust)
            done.trusted.append(pin.file)
        contents[pin.file], wanted[pin.file] = content, locked
        done.fetched.append(pin.file)
    for folder in folders:
        _write_archives(project / folder, contents)
    # What could not be fetched stays pinned.
    kept = {pin.file: lock[pin.file] for pin in pins if pin.file in lock}
    _write(project / LOCK, render_lock({**kept, **wanted}).encode())
    done.removed = _remove(project, folders, set(lock) - {pin.file for pin in pins})
    return done


def _kept(project: Path, folders: Sequence[str], pin: Pin, locked: Locked | None) -> bytes | None:
    """An archive that is there as the lock has it, in any of the folders."""
    for folder in folders:
        try:
            content = (project / folder / pin.file).read_bytes()
        except OSError:
            continue
        if locked is not None and digest_of(content) == locked.digest:
            return content
    return None


def _fetch_all(
    pins: Sequence[Pin], fetch: Fetch, failed: dict[str, str], told: Callable[[str], None]
) -> Iterable[tuple[Pin, bytes]]:
    """By repository side by side, as one index serves all of its charts."""
    by_repository: dict[str, list[Pin]] = {}
    for pin in pins:
        by_repository.setdefault(pin.chart.repository, []).append(pin)

    def of_one(some: Sequence[Pin]) -> list[tuple[Pin, bytes]]:
        found: list[tuple[Pin, bytes]] = []
        for pin in some:
            try:
                found.append((pin, fetch(pin)))
                told(pin.file)
            except ChartUnavailableError as error:
                failed[pin.file] = str(error)
        return found

    with ThreadPoolExecutor(_THREADS) as pool:
        for found in pool.map(of_one, by_repository.values()):
            yield from found


def _wrong(pin: Pin, content: bytes, locked: Locked | None) -> str | None:
    """Why an archive that came is not taken; None if it is."""
    if locked is not None and digest_of(content) != locked.digest:
        return (
            f"{pin.chart.repository} sent {digest_of(content)}, and {LOCK} has {locked.digest}"
            f" ({locked.trust}); nothing of it was kept. If its publisher says why it changed, take"
            f" its lines out of {LOCK} and run this again"
        )
    try:
        metadata = read_metadata(content)
    except NoChartError as error:
        return f"what {pin.chart.repository} sent is no chart: {error}"
    if (metadata.name, metadata.version) != (pin.chart.name, pin.version):
        return f"{pin.chart.repository} sent {metadata.name} {metadata.version} in its place"
    return None


def _write_archives(folder: Path, contents: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in contents.items():
        place = folder / file
        if not place.is_file() or place.read_bytes() != content:
            _write(place, content)


def _write(place: Path, content: bytes) -> None:
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


def _remove(project: Path, folders: Sequence[str], files: Iterable[str]) -> list[str]:
    """Removes archives that the lock named and names no more; others are not ours."""
    gone: list[str] = []
    for file in sorted(files):
        for folder in folders:
            place = project / folder / file
            if place.is_file():
                place.unlink()
                gone.append(f"{folder}/{file}")
    return gone
