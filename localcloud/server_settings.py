"""What can be chosen of a local cloud's server, when it is started and partly while it runs."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class RateLimit(BaseModel):
    """Requests that an account may make.

    Route 53 allowed 5 requests a second for years; since July 2026 it allows 10, and 50 at once:
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/throttling-api-requests.html.
    The default is the old quota with one second's worth at once: what lives with it lives with
    both.

    Attributes:
        per_second: requests a second in the long run.
        burst: requests at once after a pause.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    per_second: float = Field(default=5.0, gt=0)
    burst: int = Field(default=5, ge=1)


class Route53Settings(BaseModel):
    """Route 53 as clients from outside meet it.

    Attributes:
        limit: quota of the account.
        propagation_seconds: how long changes are PENDING.
        latency_seconds: how long an answer takes on its way; the API is in us-east-1, whatever
            the region.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: RateLimit = Field(default_factory=RateLimit)
    propagation_seconds: float = Field(default=1.0, ge=0)
    latency_seconds: float = Field(default=0.0, ge=0)


Flag = Annotated[str, Field(pattern=r"^--[a-z0-9-]+=.*$")]
"""A program's option with its value, such as ``--horizontal-pod-autoscaler-sync-period=1s``."""


class PodProgram(BaseModel):
    """A program of one's own that runs for each running pod of an image.

    Attributes:
        image: the image's name without its tag, such as ``registry.example.org/controller``.
        command: path of the program and first arguments; those of the pod's container follow.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    image: str = Field(pattern=r"^[a-z0-9][a-z0-9./_-]*$")
    command: tuple[str, ...] = Field(min_length=1)


class ServerSettings(BaseModel):
    """Settings of one local cloud.

    Attributes:
        balancer_port: port of every load balancer, each on an address of its own; 0 takes one
            that is free.
        route53: quota, and the time that changes take.
        unchecked_webhooks: whether admission webhooks of simulated pods are answered without a
            check.
        node_start_seconds: what an instance takes until its node registers; 40 to 60 s on EC2.
        extras: names of `localcloud.extras` that run as the real programs.
        controller_manager: more options of each cluster's kube-controller-manager; where one is
            given twice, the last counts.
        programs: programs of one's own, for pods of their images.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    balancer_port: int = Field(default=0, ge=0, le=65535)
    route53: Route53Settings = Field(default_factory=Route53Settings)
    unchecked_webhooks: bool = False
    node_start_seconds: float = Field(default=0.0, ge=0)
    extras: tuple[str, ...] = ()
    controller_manager: tuple[Flag, ...] = ()
    programs: tuple[PodProgram, ...] = ()
