"""Outputs of what a provider constructs, while some of it is not there."""

from typing import TypeVar, cast

import pulumi

T = TypeVar("T")


def present(output: pulumi.Output[T]) -> pulumi.Output[T]:
    """The same output, but unknown instead of None.

    ``pulumi destroy --run-program`` makes nothing, and it runs the program also when an earlier
    destroy has deleted a part already. Outputs of a resource that is gone are unknown then, and
    so is all that is made of them. Those of a component that a provider constructs come as None:
    the engine drops unknown values from an answer to ``Construct``, except in a preview
    (sdk/go/common/resource/plugin/provider_plugin.go).

    Args:
        output: output that always has a value once all of its component is there.
    """
    return output.apply(lambda value: cast("T", pulumi.UNKNOWN) if value is None else value)
