"""The archives of charts that a project keeps, and the lock that says which they are.

A release's provider fetches its chart at every update, also where nothing changes. So the archives
are kept beside the stack files, and `LOCK` has the SHA-256 of each.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from catalogue.addons import CATALOGUE
from catalogue.entries import Chart
from catalogue.minors import KUBERNETES_VERSIONS

LOCK = "charts.lock"
"""The lock's file, beside ``Pulumi.yaml``."""

COMMAND = "bluegreen charts"
"""What fetches the archives and completes the lock."""

_HEADER = f"""\
# The archive of each Helm chart that is installed. `{COMMAND}` completes it; commit it.
# trust: what says that the digest is right, a public record or the first time it was fetched.
"""

Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]


class Locked(BaseModel):
    """What the lock says of one archive.

    Attributes:
        digest: its SHA-256, as ``sha256:…``.
        trust: what says that this is right.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    digest: Digest
    trust: str


Lock = Mapping[str, Locked]
"""By name of the archive's file."""

_LOCK = TypeAdapter(dict[str, Locked])


class LockError(Exception):
    """The lock cannot be read; the message says why, in a clause."""


@dataclass(frozen=True)
class Pin:
    """A chart in one version.

    Attributes:
        chart: the chart.
        version: its version.
    """

    chart: Chart
    version: str

    @property
    def file(self) -> str:
        """Name of its archive, as Helm has it."""
        return f"{self.chart.name}-{self.version}.tgz"


@dataclass(frozen=True)
class Flaw:
    """An archive that is not there, or not the one of the lock.

    Attributes:
        path: its file, or the lock's, as seen from the project.
        found: what was found.
        expected: what should be there, and what mends it.
    """

    path: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.path}: found {self.found}, expected {self.expected}"


def pins(
    minors: Iterable[str] = KUBERNETES_VERSIONS, addons: Collection[str] | None = None
) -> list[Pin]:
    """Charts that Kubernetes minors install, each version once.

    Args:
        minors: Kubernetes minors.
        addons: names of add-ons; None: all of the catalogue.
    """
    found: dict[str, Pin] = {}
    for minor in minors:
        for line in CATALOGUE:
            # An option may know fewer minors: a colour of this one cannot have chosen it.
            if line.chart is None or minor not in line.chart.versions:
                continue
            if addons is None or line.name in addons:
                pin = Pin(line.chart, line.chart.version(minor))
                found[pin.file] = pin
    return list(found.values())


def digest_of(content: bytes) -> str:
    """Its SHA-256, as `Locked.digest` has it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def read_lock(project: Path) -> Lock:
    """The lock of a project; empty where there is none.

    Args:
        project: its folder.

    Raises:
        LockError: it cannot be read, or is of another shape.
    """
    try:
        content: object = yaml.safe_load((project / LOCK).read_text(encoding="utf-8"))
        return _LOCK.validate_python(content or {})
    except FileNotFoundError:
        return {}
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "all of it"
        raise LockError(f"{place}: {first['msg'].lower()}") from None
    except (OSError, UnicodeError, yaml.YAMLError, RecursionError) as error:
        raise LockError(" ".join(str(error).split())) from None


def render_lock(lock: Lock) -> str:
    """The lock's text; the same lock is the same text."""
    plain = {file: lock[file].model_dump() for file in sorted(lock)}
    return _HEADER + (yaml.safe_dump(plain, sort_keys=False, width=100) if plain else "")


def flaws(project: Path, folder: str, wanted: Iterable[Pin]) -> list[Flaw]:
    """What is wrong with the kept archives; asks nobody.

    Args:
        project: folder of the project.
        folder: the archives', as the stack file names it.
        wanted: what must be there.
    """
    wanted = list(wanted)
    try:
        lock = read_lock(project)
    except LockError as error:
        return [
            Flaw(LOCK, str(error), f"what `{COMMAND}` wrote; take it back from version control")
        ]
    if wanted and not (project / folder).is_dir():
        return [
            Flaw(
                folder,
                "nothing",
                f"a folder with {len(wanted)} charts: run `{COMMAND}`, or set eks-platform:charts"
                " to public",
            )
        ]
    found = (_flaw(project, folder, pin, lock.get(pin.file)) for pin in wanted)
    return [it for it in found if it is not None]


def _flaw(project: Path, folder: str, pin: Pin, locked: Locked | None) -> Flaw | None:
    if locked is None:
        return Flaw(LOCK, f"no {pin.file}", f"its digest: run `{COMMAND}`")
    path = f"{folder}/{pin.file}"
    try:
        there = digest_of((project / path).read_bytes())
    except FileNotFoundError:
        return Flaw(path, "nothing", f"the archive with {locked.digest}: run `{COMMAND}`")
    except OSError as error:
        return Flaw(path, error.strerror or str(error), f"the archive with {locked.digest}")
    if there == locked.digest:
        return None
    return Flaw(
        path,
        there,
        f"{locked.digest} as in {LOCK}; `{COMMAND}` fetches it again",
    )
