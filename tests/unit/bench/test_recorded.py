from pathlib import Path

import pytest
from pydantic import ValidationError

from development.bench import recorded
from development.bench.cli import MEASUREMENTS
from development.bench.figure import Figure, figure


def made(*ratios: float, name: str = "start-import") -> Figure:
    return figure(name, "Import", [(it, 1) for it in ratios], unit="s", floor_from="bare")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "recorded.json"
    recorded.record([made(1, 2, 3), made(4, name="other")], path)
    recorded.record([made(5)], path)
    assert recorded.read(path) == {"start-import": made(5), "other": made(4, name="other")}


def test_nothing_was_recorded_without_a_file(tmp_path: Path) -> None:
    assert recorded.read(tmp_path / "none.json") == {}


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "recorded.json"
    path.write_text('[{"name": "a", "ratio": 1}]')
    with pytest.raises(ValidationError, match="floor"):
        recorded.read(path)


@pytest.mark.parametrize(
    ("ratios", "is_worse"),
    [
        ((2.0, 2.1, 2.2), False),
        ((2.1, 2.15, 2.2), False),  # within what was seen
        ((1.9, 2.6, 2.7), False),  # a round was as good as ever
        ((2.2, 2.3, 2.4), True),
        ((1.0, 1.1, 1.2), False),
    ],
)
def test_a_ratio_is_worse_beyond_the_recorded_spread(
    ratios: tuple[float, ...], is_worse: bool
) -> None:
    kept = {it.name: it for it in [made(2.0, 2.1, 2.2)]}
    said = recorded.compare([made(*ratios)], kept)
    assert bool(said) == is_worse
    if is_worse:
        assert said == ["start-import: 2.3 (2.2 to 2.4), where 2.1 (2 to 2.2) was recorded"]


def test_a_count_is_worse_by_one() -> None:
    kept = {it.name: it for it in [made(38 / 28)]}
    assert recorded.compare([made(39 / 28)], kept)
    assert not recorded.compare([made(38 / 28)], kept)


def test_what_was_never_recorded_is_said() -> None:
    (said,) = recorded.compare([made(1)], {})
    assert said == "start-import: was never recorded; `make bench-record ONLY=…` does so"


def test_the_recorded_figures_are_valid_and_of_measurements_that_there_are() -> None:
    for name in recorded.read():
        assert name.startswith(tuple(MEASUREMENTS))
