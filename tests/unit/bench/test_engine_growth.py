"""What the engine is measured with is a stack file that the program takes."""

import json
from pathlib import Path

import pytest
import yaml

import settings
from development.bench.cost import ROOT
from development.bench.engine_growth import GROWTHS


@pytest.mark.parametrize(
    ("name", "size"),
    [(name, size) for name, it in GROWTHS.items() for size in {*it.sizes, *it.updated}],
)
def test_each_size_is_taken_and_has_so_many(name: str, size: int) -> None:
    file = Path(ROOT) / "Pulumi.green.yaml"
    config = yaml.safe_load(file.read_text())["config"]
    GROWTHS[name].change(size, config)
    values = {key: it if isinstance(it, str) else json.dumps(it) for key, it in config.items()}
    loaded = settings.load_colour("green", values)
    found = {"node-groups": loaded.node_groups, "namespaces": loaded.access.debug_namespaces}
    assert len(found[name]) == size


@pytest.mark.parametrize("name", GROWTHS)
def test_an_update_begins_where_previews_do(name: str) -> None:
    growth = GROWTHS[name]
    assert growth.sizes[0] == growth.updated[0] == min(*growth.sizes, *growth.updated)
