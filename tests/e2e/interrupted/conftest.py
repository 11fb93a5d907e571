"""A local cloud with nothing in it, for platforms whose first updates are interrupted."""

from collections.abc import Generator

import pytest

from localcloud import lifecycle
from localcloud.state import StateFolder
from tests.e2e.platform import inventory
from tests.e2e.platform.conftest import Platform


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Generator[Platform]:
    state = StateFolder(tmp_path_factory.mktemp("cloud") / "state")
    try:
        cloud = lifecycle.start(state, (0, 0, 0), tied=True)
        with pytest.MonkeyPatch.context() as patch:
            for key, value in state.environment(cloud).items():
                patch.setenv(key, value)
            yield Platform(state, cloud, "", inventory.take())
    finally:
        lifecycle.stop(state)
