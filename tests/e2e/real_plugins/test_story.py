"""The whole story on real provider plugins: both colours, a second preview, a switch, a retirement.

`make test-real-plugins PLUGINS=FOLDER`, never of itself: nothing here brings the plugins.
"""

import os
from collections.abc import Generator, Mapping
from pathlib import Path

import pytest
import yaml

from development.chaos.platform import shrink
from localcloud import charts, status
from localcloud.plugins import real
from localcloud.plugins.install import installed
from localcloud.state import PROJECT_ROOT
from localcloud.tools.cache import cache_folder
from localcloud.tools.catalogue import PULUMI
from localcloud.tools.obtain import ensure
from settings.names import COLOURS, SHARED
from tests.e2e.platform.running import Platform, empty_cloud
from tests.e2e.switch.operator_command import bluegreen, deploy_sample

PLUGINS, NAMES = "LOCALCLOUD_PLUGINS", "LOCALCLOUD_REAL"


def chosen(environment: Mapping[str, str]) -> real.RealPlugins:
    """What the environment asks for: one that asks for nothing is a mistake here."""
    place = environment[PLUGINS]
    names = environment.get(NAMES, ",".join(real.BY_DEFAULT)).split(",")
    if place == real.DOWNLOADED:
        found = real.downloaded(names, ensure((PULUMI,))[PULUMI], cache_folder().parent)
    else:
        found = real.of_folder(Path(place), names)
    if found.renders_charts:
        charts.refuse_without_real(PROJECT_ROOT)
    return found


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Generator[Platform]:
    """A local cloud on the real plugins, and small colours in the stack files."""
    plugins = chosen(os.environ)
    with empty_cloud(tmp_path_factory.mktemp("cloud"), plugins) as empty:
        print(f"\n{status.plugins_line(empty.state)}")
        assert {it.name for it in installed(empty.state) if not it.stand_in} == plugins.names
        for colour in COLOURS:
            file = empty.state.project / f"Pulumi.{colour}.yaml"
            file.write_text(yaml.safe_dump(shrink(yaml.safe_load(file.read_text()))))
        yield empty


def test_both_colours_come_up_and_stay_as_they_are(platform: Platform) -> None:
    for colour in COLOURS:
        code, document = bluegreen(platform, "bootstrap", "--colour", colour)
        assert code == 0, document
        deploy_sample(platform, colour)
    for stack in (SHARED, *COLOURS):
        assert platform.up(stack).changes == {}
        assert platform.refresh(stack).changes == {}


def test_production_moves_and_the_other_colour_is_retired(platform: Platform) -> None:
    code, document = bluegreen(platform, "plan", "--to", "green")
    assert code == 0, [it for it in document["findings"] if it["verdict"] == "fail"]
    code, document = bluegreen(platform, "switch", "--yes", "--to", "green")
    assert code == 0, document
    code, document = bluegreen(platform, "retire", "--colour", "blue", "--window", "1m", "--yes")
    assert code == 0, document
    assert platform.outputs("blue") == {}
