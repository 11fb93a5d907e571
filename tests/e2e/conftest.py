"""Tests of one folder share what they bring up, so one worker runs all of them, in order."""

from pathlib import Path

import pytest

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Groups the tests by folder for ``pytest --dist loadgroup``."""
    for item in items:
        if _HERE in item.path.parents:
            folder = item.path.relative_to(_HERE).parts[0]
            item.add_marker(pytest.mark.xdist_group(folder))
