"""Quantities of Kubernetes, such as ``100m`` or ``1Gi``, as numbers.

The Kubernetes client reads them too; but importing it takes as long as half of the program, which
asks no cluster in a preview. A test holds this to what the client says.
"""

import re
from decimal import Decimal

# apimachinery: pkg/api/resource/quantity.go
_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))"
    r"(?:(?P<binary>[KMGTPE]i)|(?P<decimal>[numkMGTPE])|[eE](?P<exponent>[+-]?\d{1,3}))?",
    re.ASCII,
)
_BINARY = {f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", start=1)}
_DECIMAL = {
    letter: Decimal(1000) ** power
    for letter, power in {
        "n": -3, "u": -2, "m": -1, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6,
    }.items()
}  # fmt: skip


def parse_quantity(text: str) -> Decimal:
    """The number that a quantity stands for, in the unit of what it measures.

    Raises:
        ValueError: it is no quantity.
    """
    found = _QUANTITY.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no quantity of Kubernetes")
    number = Decimal(found["number"])
    if found["exponent"]:
        return number.scaleb(int(found["exponent"]))
    return number * _BINARY.get(found["binary"], _DECIMAL.get(found["decimal"], Decimal(1)))
