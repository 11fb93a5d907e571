"""What the local cloud itself makes of a chart: definitions of kinds, and classes.

A program's own objects of these kinds need them; nothing else of a chart is made. The schemas are
ours, with the fields that are documented for them, and the API server refuses any other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from localcloud.plugins.kubernetes.values import Json, Object, child, is_map
from localcloud.releases import Release

_FOLDER = Path(__file__).parent / "charts"


def _always(_values: Json) -> bool:
    return True


@dataclass(frozen=True)
class ChartObjects:
    """One file of objects that come with a chart.

    Attributes:
        file: name of the file in ``charts/``.
        stay: whether they outlive the release, as with Helm what lies in a chart's ``crds``
            folder, and what a chart's program registers by itself.
        when: whether the chart makes them with these values.
        as_crds: whether they lie in the chart's ``crds`` folder, which ``skipCrds`` leaves out.
    """

    file: str
    stay: bool = False
    when: Callable[[Json], bool] = field(default=_always)
    as_crds: bool = False


def _not_turned_off(*path: str) -> Callable[[Json], bool]:
    """Whether a switch that is on by itself is not turned off."""
    return lambda values: child(values, *path) is not False


def _makes_class_alb(values: Json) -> bool:
    made = child(values, "createIngressClassResource") is not False
    return made and child(values, "ingressClass") in (None, "alb")


CHARTS: Mapping[str, tuple[ChartObjects, ...]] = {
    "aws-load-balancer-controller": (
        ChartObjects("aws-load-balancer-controller-crds.yaml", stay=True, as_crds=True),
        ChartObjects("aws-load-balancer-controller.yaml", when=_makes_class_alb),
    ),
    # Cilium's operator registers its kinds when it starts, and never takes them away.
    "cilium": (ChartObjects("cilium.yaml", stay=True),),
    "external-secrets": (
        ChartObjects("external-secrets.yaml", when=_not_turned_off("installCRDs")),
    ),
    # Its values have Helm keep them.
    "keda": (ChartObjects("keda.yaml", stay=True, when=_not_turned_off("crds", "install")),),
}
"""By the chart's name."""


def objects_of(release: Release) -> list[Object]:
    """Objects that come with a release."""
    return [item for entry in _files(release) for item in _load(entry.file)]


def leaving_with(release: Release) -> list[Object]:
    """Those of them that go with it, too; the last made first."""
    found = [item for entry in _files(release) if not entry.stay for item in _load(entry.file)]
    return found[::-1]


def _files(release: Release) -> list[ChartObjects]:
    skip_crds = release.options.get("skipCrds") is True
    return [
        entry
        for entry in CHARTS.get(release.chart_name, ())
        if entry.when(release.values) and not (entry.as_crds and skip_crds)
    ]


def _load(name: str) -> list[Object]:
    documents: list[Json] = list(yaml.safe_load_all((_FOLDER / name).read_text()))
    found = [dict(document) for document in documents if is_map(document)]
    # Objects of one document can share parts.
    return [item for it in found for item in _items(it)]


def _items(document: Object) -> list[Object]:
    listed = document.get("items")
    return [dict(it) for it in listed if is_map(it)] if isinstance(listed, list) else [document]
