"""Quantities, against what the Kubernetes client says of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.utils.quantity import parse_quantity as expected

from components.addon_stack.quantity import parse_quantity

NUMBERS = st.from_regex(r"[+-]?([0-9]{1,6}(\.[0-9]{0,3})?|\.[0-9]{1,3})", fullmatch=True)
SUFFIXES = st.sampled_from(
    ["", *"numkMGTPE", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e3", "E3", "e-3", "E+6"]
)


@given(NUMBERS, SUFFIXES)
def test_it_is_what_the_client_says(number: str, suffix: str) -> None:
    assert parse_quantity(number + suffix) == expected(number + suffix)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "m",
        "Gi",
        "1 Gi",
        "1ki",
        "1mi",
        "1K",
        "NaN",
        "Infinity",
        "1_000",
        "1e",
        "\u0661",
        "1Gi\n",
    ],
)
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no quantity of Kubernetes"):
        parse_quantity(text)
