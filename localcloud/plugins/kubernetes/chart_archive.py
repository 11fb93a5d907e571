"""Reads charts: archives and folders, as Helm does."""

import gzip
import io
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import yaml

from localcloud.plugins.kubernetes.values import Json, is_map

_METADATA = "Chart.yaml"
_GZIP = b"\x1f\x8b"
_DAMAGED = (
    tarfile.TarError,
    zlib.error,
    EOFError,
    OSError,
    UnicodeError,
    KeyError,  # a link to what the archive lacks
    yaml.YAMLError,
    RecursionError,
)
_MOST = 20 * 2**20  # Helm: bytes of all that is in a chart


class ChartError(Exception):
    """A chart cannot be had; the message is Helm's own."""


@dataclass(frozen=True)
class ChartArchive:
    """What is in a chart, as far as it is looked at.

    Attributes:
        name: of the chart.
        version: of the chart.
        app_version: of what it installs; empty where it does not say.
    """

    name: str
    version: str
    app_version: str


def load(place: Path) -> ChartArchive:
    """The chart in an archive or a folder.

    Raises:
        ChartError: it is none.
    """
    if place.is_dir():
        try:
            return _chart((place / _METADATA).read_bytes())
        except FileNotFoundError:
            raise ChartError(f"{_METADATA} file is missing") from None
    try:
        return parse(place.read_bytes(), str(place))
    except OSError as error:
        raise ChartError(f"open {place}: {(error.strerror or '').lower()}") from None


def parse(content: bytes, name: str) -> ChartArchive:
    """The chart in an archive's bytes.

    Args:
        content: a tar archive packed with gzip.
        name: what the archive is called in errors.

    Raises:
        ChartError: it is none.
    """
    if not content.startswith(_GZIP):
        raise ChartError(f"file '{name}' does not appear to be a gzipped archive")
    try:
        with gzip.open(io.BytesIO(content)) as packed:
            plain = packed.read(_MOST + 1)
        if len(plain) > _MOST:
            raise ChartError(f"decompressed chart is larger than the maximum size {_MOST} bytes")
        with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
            for member in tar:
                _, _, path = member.name.partition("/")
                file = tar.extractfile(member) if path == _METADATA else None
                if file is not None:
                    return _chart(file.read())
    except _DAMAGED as error:
        raise ChartError(f"cannot load {name}: {error}") from None
    raise ChartError(f"{_METADATA} file is missing")


def _chart(content: bytes) -> ChartArchive:
    found: Json = yaml.safe_load(content)
    if not is_map(found):
        raise ChartError(f"cannot load {_METADATA}: it is no map")
    texts = {key: str(found.get(key) or "") for key in ("name", "version", "appVersion")}
    for key in ("name", "version"):
        if not texts[key]:
            raise ChartError(f"validation: chart.metadata.{key} is required")
    return ChartArchive(texts["name"], texts["version"], texts["appVersion"])
