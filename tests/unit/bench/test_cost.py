import sys
from pathlib import Path

import pytest

from development.bench.cost import CommandError, measure


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-c", code]


def test_it_counts_what_the_command_waited_for() -> None:
    busy = "sum(i * i for i in range(2_000_000))"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}], check=True)"
    assert measure(python(child)).processor > 2 * measure(python("")).processor


def test_it_tells_the_peak_of_memory_in_mib() -> None:
    small, large = measure(python("")), measure(python("'x' * 200 * 2**20"))
    assert 190 < large.peak - small.peak < 220


def test_it_waits_by_the_clock() -> None:
    cost = measure(python("import select; select.select([], [], [], 0.5)"))
    assert cost.wall >= 0.5 > cost.processor


def test_another_exit_code_is_an_error_with_what_it_printed() -> None:
    with pytest.raises(CommandError, match=r"ended with 3\nnothing there"):
        measure(python("print('nothing there'); raise SystemExit(3)"))
    measure(python("raise SystemExit(3)"), expected=(3,))


def test_folder_and_environment_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "here").touch()
    code = "import os; assert os.path.exists('here') and dict(os.environ)['A'] == 'b'"
    measure(python(code), folder=tmp_path, environment={"A": "b"})
