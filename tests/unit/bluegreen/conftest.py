"""An AWS account of moto's."""

import pytest

from bluegreen.world.aws import Aws


@pytest.fixture
def aws(mocked_aws: None) -> Aws:
    return Aws("eu-west-1")
