"""One platform for the tests of the operator command, brought up as for those beside it."""

from tests.e2e.platform.conftest import platform

__all__ = ["platform"]
