"""Picks the stack; nothing else."""

import gc

import pulumi

# What is imported stays: looking for garbage among it is a fifth of the time that a start takes.
gc.disable()

from settings import SharedSettings  # noqa: E402
from stacks import configuration  # noqa: E402


async def main() -> None:
    """Brings up the stack that the engine was asked for."""
    settings = configuration.load()
    # Only the one that runs: the SDKs' modules of the other take as long to import.
    if isinstance(settings, SharedSettings):
        from stacks import shared  # noqa: PLC0415

        deployed = shared.deploy(settings)
    else:
        from stacks import colour  # noqa: PLC0415

        deployed = colour.deploy(settings)
    gc.freeze()
    gc.enable()
    await deployed


pulumi.run(main)
