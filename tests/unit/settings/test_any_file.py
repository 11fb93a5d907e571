"""Whatever stands in a stack file, it loads or its mistakes are named."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from settings import Mistake, SettingsError, load
from tests.unit.settings.stack_files import RIGHT, Value, as_text

TELLING = (
    "", "0", "1.34", "true", "null", "[key]", "<own>", "existing", "{", "[1", "blue", "m7i.large",
    "10.0.0.0/8", "eu-west-1a", "name", "a/b", "é", "spot", "x" * 300,
)  # fmt: skip
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
TEXT = st.sampled_from(TELLING) | st.text(st.characters(codec="utf-8"), max_size=5)
VALUES = st.recursive(
    LEAVES | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def files(draw: st.DrawFn, stack: str) -> dict[str, Value]:
    """A right file in which up to four places are replaced, or get another key."""
    file: Any = json.loads(json.dumps(RIGHT[stack]))
    for _ in range(draw(st.integers(1, 4))):
        here, place = file, draw(st.integers(0, 4))
        while place and (inner := [k for k, v in here.items() if isinstance(v, dict)]):
            here, place = here[draw(st.sampled_from(inner))], place - 1
        fields = st.sampled_from([*here]) if here else TEXT
        prefix = draw(st.sampled_from(["eks-platform:", "aws:", "eks:"])) if here is file else ""
        here[draw(fields | TEXT.map(lambda key, prefix=prefix: prefix + key))] = draw(VALUES)
    return file


def mistakes(stack: str, file: dict[str, Value]) -> tuple[Mistake, ...]:
    try:
        load(stack, {key: as_text(value) for key, value in file.items()})
    except SettingsError as error:
        return error.mistakes
    return ()


def check(stack: str, file: dict[str, Value]) -> None:
    for mistake in mistakes(stack, file):
        assert mistake.path.startswith(f"Pulumi.{stack}.yaml: ")
        assert mistake.found
        assert mistake.expected
        assert "ydantic" not in str(mistake)


@settings(max_examples=200, derandomize=True)
@given(files("shared"))
def test_any_shared_file(file: dict[str, Value]) -> None:
    check("shared", file)


@settings(max_examples=200, derandomize=True)
@given(files("blue"))
def test_any_file_of_a_colour(file: dict[str, Value]) -> None:
    check("blue", file)
