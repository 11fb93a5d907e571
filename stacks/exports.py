"""The one way to export an output: what the contract calls a secret becomes one."""

import pulumi

from eks_platform_contract.outputs import (
    ColourOutput,
    ColourOutputs,
    SharedOutput,
    SharedOutputs,
    secret_names,
)

_SECRET = {SharedOutput: secret_names(SharedOutputs), ColourOutput: secret_names(ColourOutputs)}


def export(name: SharedOutput | ColourOutput, value: pulumi.Input[object] | None) -> None:
    """Exports an output; one that the contract calls secret is encrypted in the state.

    Args:
        name: which one.
        value: what to export; the engine leaves None out.
    """
    secret = name in _SECRET[type(name)]
    pulumi.export(name, pulumi.Output.secret(value) if secret else value)
