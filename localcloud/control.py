"""Client of a running local cloud's control API, ``/localcloud/…`` on the port of the AWS APIs."""

import urllib.error
import urllib.request

from pydantic import BaseModel, ConfigDict, TypeAdapter

from localcloud.fair_clock import ANSWER
from localcloud.server_settings import Route53Settings
from localcloud.state import RunningCloud

PREFIX = "/localcloud/"


class RefusedError(ValueError):
    """The local cloud does not take what it was given; the message is its own."""


class CallCount(BaseModel):
    """How often something was called.

    Attributes:
        service: signing name, for example ``route53``.
        action: operation.
        caller: ARN, or ``local-cloud``.
        error: code of the error that was answered; empty when there was none.
        calls: how often.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str
    action: str
    caller: str
    error: str
    calls: int


_COUNTS = TypeAdapter(tuple[CallCount, ...])


def request(cloud: RunningCloud, method: str, name: str, body: bytes | None = None) -> bytes:
    """One call of the control API.

    Raises:
        RefusedError: the local cloud says what is wrong with it.
        OSError: it does not answer.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    asked = urllib.request.Request(  # noqa: S310 - loopback
        f"{cloud.aws_url}{PREFIX}{name}",
        data=body,
        method=method,
        headers={"Content-Type": "application/json"},
    )
    try:
        with opener.open(asked, timeout=ANSWER) as answer:
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        raise RefusedError(error.read().decode()) from error


def call_counts(cloud: RunningCloud) -> tuple[CallCount, ...]:
    """Calls of AWS services so far. Raises OSError."""
    return _COUNTS.validate_json(request(cloud, "GET", "calls"))


def forget_calls(cloud: RunningCloud) -> tuple[CallCount, ...]:
    """Begins to count anew; gives the counts until then. Raises OSError."""
    return _COUNTS.validate_json(request(cloud, "DELETE", "calls"))


def set_route53(cloud: RunningCloud, settings: Route53Settings) -> None:
    """Changes Route 53 while it runs. Raises OSError."""
    request(cloud, "PUT", "route53", settings.model_dump_json().encode())
