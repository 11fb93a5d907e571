"""What a chart's archive calls itself."""

import io
import tarfile
import zlib
from typing import NamedTuple

import yaml

_DAMAGED = (
    tarfile.TarError,
    zlib.error,
    EOFError,
    OSError,
    KeyError,  # a link to what the archive lacks
    yaml.YAMLError,
    RecursionError,
)
_MOST = 2**20  # bytes of a Chart.yaml: a packed one may be of any length


class Metadata(NamedTuple):
    """Of a chart's ``Chart.yaml``.

    Attributes:
        name: of the chart.
        version: of the chart.
    """

    name: str
    version: str


class NoChartError(ValueError):
    """An archive holds no chart; the message says why, in a clause."""


def read_metadata(content: bytes) -> Metadata:
    """What the chart in an archive calls itself.

    Args:
        content: a tar archive packed with gzip.

    Raises:
        NoChartError: there is no chart in it.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
            for member in tar:
                _, _, path = member.name.partition("/")
                file = tar.extractfile(member) if path == "Chart.yaml" else None
                if file is not None:
                    found: object = yaml.safe_load(file.read(_MOST))
                    if isinstance(found, dict):
                        return Metadata(str(found.get("name")), str(found.get("version")))
    except _DAMAGED as error:
        raise NoChartError(str(error)) from None
    raise NoChartError("it has no Chart.yaml")
