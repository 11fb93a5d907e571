"""The real kubernetes plugin needs the real charts: what the checkout lacks is named before."""

from pathlib import Path

import pytest

from catalogue.chart_archives import COMMAND, pins
from localcloud.charts import FOLDER, RealChartsError, refuse_without_real, write_stand_ins


def test_a_checkout_without_charts_is_sent_to_what_fetches_them(tmp_path: Path) -> None:
    with pytest.raises(RealChartsError) as raised:
        refuse_without_real(tmp_path)
    said = str(raised.value)
    assert f"`{COMMAND}` fetches them" in said
    assert f"no folder {FOLDER}" in said
    # The public repositories are out of reach here.
    assert "public" not in said


def test_each_archive_that_is_lacking_or_another_is_named(tmp_path: Path) -> None:
    write_stand_ins(tmp_path)
    refuse_without_real(tmp_path)
    lacking, other, *_ = pins()
    (tmp_path / FOLDER / lacking.file).unlink()
    (tmp_path / FOLDER / other.file).write_bytes(b"another")
    with pytest.raises(RealChartsError) as raised:
        refuse_without_real(tmp_path)
    named = str(raised.value).splitlines()[1:]
    assert len(named) == 2
    assert lacking.file in named[0]
    assert other.file in named[1]
