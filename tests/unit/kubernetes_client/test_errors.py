"""A failed request is one sentence, and an error of whoever asked."""

import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.config import ConfigException
from urllib3.exceptions import ReadTimeoutError

from kubernetes_client.errors import failures_as, is_not_found

FAILURES = [
    (ApiException(403, "Forbidden"), "403 Forbidden"),
    (ConfigException("no context"), "ConfigException: no context"),
    (ConnectionResetError("gone away"), "ConnectionResetError: gone away"),
    (ReadTimeoutError(None, "/api", "too late"), "ReadTimeoutError: None: too late"),  # pyright: ignore[reportArgumentType]
]


class AskerError(Exception):
    pass


@pytest.mark.parametrize(("failure", "told"), FAILURES, ids=[told for _, told in FAILURES])
def test_a_failure_is_told_in_one_sentence_and_stays_the_cause(
    failure: Exception, told: str
) -> None:
    with pytest.raises(AskerError) as raised, failures_as(AskerError):
        raise failure
    assert str(raised.value) == told
    assert raised.value.__cause__ is failure


def test_a_mistake_of_the_program_is_no_failure_of_the_cluster() -> None:
    with pytest.raises(KeyError), failures_as(AskerError):
        raise KeyError("items")


def test_only_a_404_says_that_there_is_no_such_thing() -> None:
    assert is_not_found(ApiException(404, "Not Found"))
    assert not any(map(is_not_found, (ApiException(403, "Forbidden"), OSError(404), None)))
