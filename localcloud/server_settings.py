"""What can be chosen of a local cloud's server, when it is started and partly while it runs."""

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
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    balancer_port: int = Field(default=0, ge=0, le=65535)
    route53: Route53Settings = Field(default_factory=Route53Settings)
    unchecked_webhooks: bool = False
    node_start_seconds: float = Field(default=0.0, ge=0)
    extras: tuple[str, ...] = ()
