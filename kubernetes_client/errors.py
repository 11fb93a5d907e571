"""What counts as an API server that does not answer, and the one sentence about it."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from kubernetes.client.exceptions import ApiException
from kubernetes.config import ConfigException
from urllib3.exceptions import HTTPError

REQUEST_TIMEOUT = 15.0
"""Seconds for one answer."""

FAILURES = (ApiException, ConfigException, HTTPError, OSError)
"""What the Kubernetes client raises where a cluster refuses or cannot be reached."""

_NOT_FOUND = 404


@contextmanager
def failures_as(error_class: Callable[[str], Exception]) -> Generator[None]:
    """Makes a failure of the Kubernetes client an error of the caller's.

    Args:
        error_class: makes it of the failure's description. The failure is its cause.
    """
    try:
        yield
    except FAILURES as error:
        raise error_class(describe_failure(error)) from error


def describe_failure(error: Exception) -> str:
    """Status and reason of a refusal; of another failure its class and text."""
    if isinstance(error, ApiException) and error.status:
        return f"{error.status} {error.reason}"
    return f"{type(error).__name__}: {error}"


def is_not_found(error: BaseException | None) -> bool:
    """Whether an API server said that there is no such thing."""
    return isinstance(error, ApiException) and error.status == _NOT_FOUND
