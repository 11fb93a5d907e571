"""Gives every IAM role of a stack the permissions boundary that the stack file names."""

import pulumi
from pulumi.runtime import register_resource_transform

_ROLE = "aws:iam/role:Role"
_BOUNDARY = "permissionsBoundary"


def bind_roles(boundary: str | None) -> None:
    """Bounds each role that is registered from now on, whoever registers it.

    Some are made by components of providers, such as that of the control plane by pulumi_eks, which
    take no boundary. A role that names one of its own keeps it.

    Args:
        boundary: ARN of an IAM policy; None: nothing is bound.
    """
    if boundary is not None:
        register_resource_transform(lambda args: _bound(args, boundary))


def _bound(
    args: pulumi.ResourceTransformArgs, boundary: str
) -> pulumi.ResourceTransformResult | None:
    if args.type_ != _ROLE or args.props.get(_BOUNDARY) is not None:
        return None
    return pulumi.ResourceTransformResult({**args.props, _BOUNDARY: boundary}, args.opts)
