"""What is recorded as published: data, read once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from catalogue.chart_keys import FOLDER
from catalogue.minors import MINORS
from catalogue.versions import CLUSTER_AUTOSCALER_IMAGE
from localcloud.charts import stand_in

FILE = Path(__file__).with_name("published.yaml")
"""Repositories and images, each with its record in a comment."""

OCI = "oci://"
_HUB, _HUB_REGISTRY = "docker.io/", "registry-1.docker.io/"
_LIST = re.compile(r"(?P<name>[a-z-]+)-(?P<version>\d+\.\d+\.\d+)")


@dataclass(frozen=True)
class Image:
    """One image, or a chart in an OCI registry.

    Attributes:
        digest: of what its tag names, as ``sha256:…``; None where no record has it.
        known: whether a record says that it is there.
        chart: the archive, of a chart.
    """

    digest: str | None
    known: bool = True
    chart: bytes | None = None


@dataclass(frozen=True)
class Published:
    """What registries have.

    Attributes:
        charts: by repository, without ``https://``: versions of each chart.
        images: by repository with its registry's host: images by tag.
    """

    charts: Mapping[str, Mapping[str, Sequence[str]]]
    images: Mapping[str, Mapping[str, Image]]

    @property
    def hosts(self) -> frozenset[str]:
        """Hosts of all of them."""
        return frozenset(place.partition("/")[0] for place in (*self.charts, *self.images))


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    charts: dict[str, list[str]]
    images: dict[str, dict[str, str | None]]


def unconfirmed() -> Mapping[str, Sequence[str]]:
    """Tags that are pinned and that no record names, by repository.

    Whether they are there, the local cloud cannot know: it answers neither yes nor no.
    """
    tags = [
        it.cluster_autoscaler for it in MINORS.values() if "cluster_autoscaler" in it.unconfirmed
    ]
    return {CLUSTER_AUTOSCALER_IMAGE.repository: [tag.partition("@")[0] for tag in tags]}


def read(
    file: Path = FILE,
    lists: Path = FOLDER,
    unknown: Mapping[str, Sequence[str]] | None = None,
) -> Published:
    """Reads what is recorded.

    Args:
        file: YAML, as `FILE`.
        lists: folder with a list of values ``CHART-VERSION.txt`` for each chart that was had.
        unknown: tags that are neither there nor away; None: those of `unconfirmed`.

    Raises:
        ValidationError: the file is of another shape.
    """
    found = _File.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    images: dict[str, dict[str, Image]] = {}
    for repository, tags in found.images.items():
        images[_place(repository)] = {tag: Image(digest) for tag, digest in tags.items()}
    for repository, tags in (unconfirmed() if unknown is None else unknown).items():
        there = images.setdefault(_place(repository), {})
        there.update({tag: Image(None, known=False) for tag in tags if tag not in there})
    charts: dict[str, dict[str, list[str]]] = {}
    for repository, names in found.charts.items():
        versions = {name: _versions(lists, name) for name in names}
        if not repository.startswith(OCI):
            charts[repository.removeprefix("https://")] = versions
            continue
        for name, there in versions.items():
            images[f"{repository.removeprefix(OCI)}/{name}"] = {
                it: Image(None, chart=stand_in(name, it)) for it in there
            }
    return Published(charts, images)


def _place(repository: str) -> str:
    """Where a repository is asked for: Docker Hub's registry has a host of another name."""
    if repository.startswith(_HUB):
        return _HUB_REGISTRY + repository.removeprefix(_HUB)
    return repository


def _versions(lists: Path, name: str) -> list[str]:
    matches = map(_LIST.fullmatch, (path.stem for path in lists.glob("*.txt")))
    return sorted(it["version"] for it in matches if it and it["name"] == name)
