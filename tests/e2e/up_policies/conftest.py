"""A local cloud on which nothing stands yet, and pipelines with the example's policies alone."""

from collections.abc import Generator

import pytest

from tests.e2e.platform.running import Platform, empty_cloud
from tests.e2e.up_policies.pipelines import Pipelines


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Generator[Platform]:
    with empty_cloud(tmp_path_factory.mktemp("cloud")) as empty:
        yield empty


@pytest.fixture(scope="session")
def pipelines(platform: Platform) -> Pipelines:
    return Pipelines(platform)
