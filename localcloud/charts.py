"""Archives that stand in for charts: of each chart its name and version, and nothing else.

Real charts cannot be had here. What publishes them gives these instead, and a project's lock names
them. The kubernetes stand-in takes them as it would take the real ones. Helm refuses to install
one: its only template says what it is and fails.
"""

import gzip
import io
import shutil
import tarfile
from pathlib import Path

import yaml

from catalogue.chart_archives import COMMAND, LOCK, Locked, digest_of, flaws, pins, render_lock

FOLDER = "charts"
"""Of a project: where its stack files take charts from by default."""

TRUST = "the local cloud made it: a stand-in, not the chart"
"""What its locks say of an archive."""

_MODE = 0o644


def stand_in(chart: str, version: str) -> bytes:
    """The archive of a chart in one version; the same bytes each time."""
    says = f"stand-in of the local cloud for chart {chart} {version}"
    metadata = {"apiVersion": "v2", "name": chart, "version": version, "description": says}
    files = {
        "Chart.yaml": yaml.safe_dump(metadata, sort_keys=False),
        "values.yaml": f"# A {says}: it has no values.\n",
        "templates/stand-in.yaml": f'{{{{ fail "this is a {says}: it installs nothing" }}}}\n',
    }
    packed = io.BytesIO()
    # Without times, owners and compression, which differs from one zlib to the next.
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=0, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as tar,
    ):
        for name, text in files.items():
            content = text.encode()
            member = tarfile.TarInfo(f"{chart}/{name}")
            member.size, member.mode = len(content), _MODE
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def write_stand_ins(project: Path) -> None:
    """Fills a project's folder of charts, and its lock, as `bluegreen charts` would."""
    folder = project / FOLDER
    folder.mkdir(exist_ok=True)
    lock: dict[str, Locked] = {}
    for pin in pins():
        content = stand_in(pin.chart.name, pin.version)
        (folder / pin.file).write_bytes(content)
        lock[pin.file] = Locked(digest=digest_of(content), trust=TRUST)
    (project / LOCK).write_text(render_lock(lock), encoding="utf-8")


class RealChartsError(Exception):
    """The checkout lacks real charts; the message names each."""


def refuse_without_real(checkout: Path) -> None:
    """Looks for the real charts, which the real kubernetes plugin renders; asks nobody.

    Raises:
        RealChartsError: some are not in the checkout, or not those of its lock.
    """
    heading = f"the real kubernetes plugin renders real charts; `{COMMAND}` fetches them:"
    # Without the folder `flaws` advises the public repositories too, which are out of reach here.
    if not (checkout / FOLDER).is_dir():
        raise RealChartsError(f"{heading}\n  - there is no folder {FOLDER} in {checkout}")
    if found := flaws(checkout, FOLDER, pins()):
        raise RealChartsError("\n  - ".join((heading, *map(str, found))))


def take_real(checkout: Path, project: Path) -> None:
    """Gives a project the checkout's charts and lock, in place of the stand-ins."""
    for pin in pins():
        shutil.copyfile(checkout / FOLDER / pin.file, project / FOLDER / pin.file)
    shutil.copyfile(checkout / LOCK, project / LOCK)
