"""What holds for every test."""

from collections.abc import Generator
from functools import cache

import pytest
from botocore.loaders import JSONFileLoader


@pytest.fixture(autouse=True, scope="session")
def api_models_read_once() -> Generator[None]:
    """Each session of boto3 reads the models of its services anew: a third of a test's time."""
    with pytest.MonkeyPatch.context() as patch:
        loader = JSONFileLoader()
        patch.setattr(JSONFileLoader, "load_file", staticmethod(cache(loader.load_file)))
        yield
