"""What holds for every test."""

from collections.abc import Callable, Generator
from functools import cache

import pytest
from botocore.loaders import JSONFileLoader


@pytest.fixture(autouse=True, scope="session")
def state_home(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """A place for what `bluegreen` writes down of engines: tests kill some of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(autouse=True, scope="session")
def api_models_read_once() -> Generator[None]:
    """Each session of boto3 reads the models of its services anew: a third of a test's time."""
    with pytest.MonkeyPatch.context() as patch:
        read: Callable[[str], object] = JSONFileLoader().load_file
        read_once = cache(read)

        def load(path: str) -> object:
            # Clients of S3 change the model that they were given.
            return read(path) if "/s3/" in path else read_once(path)

        patch.setattr(JSONFileLoader, "load_file", staticmethod(load))
        yield
