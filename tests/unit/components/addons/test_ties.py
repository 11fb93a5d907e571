"""What differs between the add-ons of two clusters, and so ties each to its own, is known."""

from collections.abc import Iterator, Mapping

import pytest

from catalogue.addons import CATALOGUE, DEFAULT_AUTOSCALER, Line
from settings.names import Colour
from tests.unit.components.addons.deployed import RELEASE, deployed

FREE: Mapping[tuple[str, str], str] = {
    ("cilium", "cluster.name"): "a name in Hubble; a mesh of several clusters may want another",
    ("cilium", "eni.eniTags"): "merged with others; its role makes no interface without its own",
    ("cilium", "eni.gcTags"): "merged with others; its role deletes no interface without its own",
    ("cluster-autoscaler", "expanderPriorities"): "an order among groups of its own",
    ("fluentd", "fileConfigs"): "what is written where; its role writes to its own group alone",
    ("keda", "clusterName"): "a name in its user agent",
}
"""Values that may be others, by add-on and path, and why."""


def flat(values: object, *above: str) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(values, Mapping):
        for key, value in values.items():
            yield from flat(value, *above, str(key))
    else:
        yield above, values


def said(line: Line, colour: Colour) -> Mapping[tuple[str, ...], object]:
    choice = line.autoscaler or DEFAULT_AUTOSCALER
    ran = deployed("1.36", colour, choice, asked=bool(line.asked_by))
    return dict(flat(ran.only(RELEASE, line.name).inputs["values"]))


@pytest.mark.parametrize("line", [it for it in CATALOGUE if it.chart], ids=lambda it: it.name)
def test_a_value_that_differs_is_bound_or_free_with_a_reason(line: Line) -> None:
    blue, green = said(line, "blue"), said(line, "green")
    for path in (*blue, *green):
        if blue.get(path) != green.get(path):
            known = {*line.bound, *(place for name, place in FREE if name == line.name)}
            assert any(".".join(path).startswith(it) for it in known), path


def test_what_is_bound_is_said_by_the_platform() -> None:
    for line in CATALOGUE:
        paths = {".".join(path) for path in said(line, "blue")} if line.bound else set[str]()
        assert {*line.bound} <= paths, line.name
        assert not {*line.foreign} & paths, line.name
