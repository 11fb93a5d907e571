"""The contract's version: MAJOR.MINOR.

Whoever reads version 1.0 can read every 1.x: a minor step only adds. A major step may take away
or change, so readers must be updated first; `compatibility` says which step a change needs.
"""

import re
from typing import NamedTuple


class Version(NamedTuple):
    """A version of the contract."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    @classmethod
    def parse(cls, text: str) -> "Version":
        """Reads ``MAJOR.MINOR``.

        Raises:
            ValueError: it is something else.
        """
        match = re.fullmatch(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)", text)
        if match is None:
            raise ValueError(f"{text!r} is no contract version such as 1.0")
        return cls(int(match[1]), int(match[2]))


CONTRACT = Version(1, 5)
"""What the types of this package say. `python -m eks_platform_contract.schema` keeps it honest."""


class ContractError(Exception):
    """Outputs are not what this package reads; the message says what to do."""


def require_readable(written: object, where: str) -> None:
    """Checks that this package reads what a stack wrote.

    Args:
        written: the stack's output ``contractVersion``.
        where: what the message calls the stack, for example ``stack shared``.

    Raises:
        ContractError: there is no version, or it has another major part.
    """
    if written is None:
        raise ContractError(
            f"{where} has no output contractVersion: it has not come up yet, or an older program"
            " brought it up. Run `pulumi up` on it with this version's program"
        )
    try:
        version = Version.parse(str(written))
    except ValueError as error:
        raise ContractError(f"{where}: {error}") from None
    if version.major != CONTRACT.major:
        raise ContractError(
            f"{where} speaks contract {version}, and this package reads {CONTRACT.major}.x:"
            f" install eks-platform-contract {version.major}.x"
        )
