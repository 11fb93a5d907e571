"""A local cloud with nothing in it, for platforms whose first updates are interrupted."""

from collections.abc import Generator

import pytest

from tests.e2e.platform.running import Platform, empty_cloud


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Generator[Platform]:
    with empty_cloud(tmp_path_factory.mktemp("cloud")) as empty:
        yield empty
