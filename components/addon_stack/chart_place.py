"""Where charts are taken from."""

from dataclasses import dataclass

from catalogue.chart_archives import Pin


@dataclass(frozen=True)
class ChartPlace:
    """Where charts are taken from.

    Attributes:
        folder: of their archives, as the engine's working folder leads to it: ``./charts``. Not
            from the root, or each machine would see another chart; None: the public repositories.
    """

    folder: str | None = None

    def reference(self, pin: Pin) -> str:
        """What the provider takes for a chart."""
        return pin.chart.reference if self.folder is None else f"{self.folder}/{pin.file}"

    def repository(self, pin: Pin) -> str | None:
        """URL of the repository that has the chart; None for one that needs none."""
        return None if self.folder is not None or pin.chart.is_oci else pin.chart.repository


PUBLIC = ChartPlace()
"""The public repositories."""
