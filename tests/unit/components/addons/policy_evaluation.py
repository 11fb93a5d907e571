"""Asks the evaluator of the local cloud what a policy allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from localcloud.server.permissions.evaluator import Context, Need, allows, keys_of


@dataclass(frozen=True, kw_only=True)
class Request:
    """A call of an API.

    Attributes:
        action: for example ``sqs:ReceiveMessage``.
        resources: ARNs of all resources that the call needs; ``*`` for calls without.
        context: condition keys, for each resource the same unless `of` has others.
        of: condition keys by resource.
    """

    action: str
    resources: Sequence[str] = ("*",)
    context: Context = field(default_factory=dict[str, str])
    of: Mapping[str, Context] = field(default_factory=dict[str, Context])


def allowed(document: str, request: Request) -> bool:
    """Whether an identity policy alone allows a request: all of its resources, and no denial.

    Raises:
        UnknownError: that depends on something that the evaluator does not know.
    """
    return allows(
        document,
        [
            Need(
                request.action,
                resource,
                keys_of({**request.context, **request.of.get(resource, {})}),
            )
            for resource in request.resources
        ],
    )
