"""Picks the stack; nothing else."""

import pulumi

from settings import SharedSettings
from stacks import colour, configuration, shared


async def main() -> None:
    """Brings up the stack that the engine was asked for."""
    settings = configuration.load()
    if isinstance(settings, SharedSettings):
        await shared.deploy(settings)
    else:
        await colour.deploy(settings)


pulumi.run(main)
