"""Charts that lie on the disk, for releases of clusters on their own: nobody publishes them."""

import tempfile
from functools import cache
from pathlib import Path

from localcloud.charts import stand_in

_KEPT = tempfile.TemporaryDirectory(prefix="charts-")


@cache
def packed(chart: str, version: str) -> str:
    """Path of a chart's archive."""
    place = Path(_KEPT.name) / f"{chart}-{version}.tgz"
    place.write_bytes(stand_in(chart, version))
    return str(place)
