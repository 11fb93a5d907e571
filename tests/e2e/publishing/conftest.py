"""One lab for all trials of a module, and settings of Hypothesis that fit slow trials."""

from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.e2e.publishing.lab import Lab, opened

# A trial takes seconds and leaves things behind, which Hypothesis would complain of.
settings.register_profile(
    "publishing",
    deadline=None,
    database=None,
    report_multiple_bugs=False,
    # Making a failure smaller takes trials too; what the assertion says is enough.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
        HealthCheck.function_scoped_fixture,
    ],
)
settings.load_profile("publishing")


@pytest.fixture(scope="module")
def lab() -> Generator[Lab]:
    with opened() as found:
        yield found
