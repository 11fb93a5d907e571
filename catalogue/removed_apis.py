"""Which APIs of Kubernetes itself a minor no longer serves.

The table ``removed_apis.csv`` is from Kubernetes' own lifecycle marks: ``APILifecycleRemoved`` and
``APILifecycleReplacement`` in ``zz_generated.prerelease-lifecycle.go`` of the module k8s.io/api,
for kinds that are stored. Its first line names the module's version.
``python -m development.minors`` writes it anew when a minor is added.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_suffix(".csv")
MARK = "# k8s.io/api "
"""How the table begins; the module's version, such as ``v0.37.2``, ends the line."""


@dataclass(frozen=True)
class RemovedApi:
    """A version of a kind that some minor and all after it do not serve.

    Attributes:
        removed_in: that minor, such as ``1.37``.
        api_version: such as ``networking.k8s.io/v1beta1``.
        kind: such as ``IPAddress``.
        instead: the version to use, or empty where the table names none.
    """

    removed_in: str
    api_version: str
    kind: str
    instead: str

    @property
    def group(self) -> str:
        """Group in which the kind is served today."""
        return (self.instead or self.api_version).partition("/")[0]

    def is_missing_in(self, minor: str) -> bool:
        """Whether a minor, such as ``1.37``, does not serve it."""
        return order_of(self.removed_in) <= order_of(minor)


@cache
def removed_apis() -> Mapping[tuple[str, str], RemovedApi]:
    """Every removed API by its version and kind."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        found = [RemovedApi(**row) for row in csv.DictReader(it for it in lines if it[0] != "#")]
    return {(it.api_version, it.kind): it for it in found}


def minor_of_table() -> str:
    """Minor of the module that the table was written from: it knows what later ones have marked."""
    with TABLE.open(encoding="utf-8") as lines:
        version = next(lines).removeprefix(MARK)
    return f"1.{version.split('.')[1]}"


def order_of(minor: str) -> tuple[int, ...]:
    """What minors are ordered by: ``1.9`` comes before ``1.10``."""
    return tuple(int(part) for part in minor.split("."))
