"""A cluster whose charts run real programs. They are built for it, where they are not yet."""

from collections.abc import Generator

import pytest

from localcloud.extras import EXTRAS
from tests.e2e.cluster.conftest import Cluster, running_cluster


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Generator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cloud"), frozenset(EXTRAS)) as made:
        made.node("system-1")
        yield made
