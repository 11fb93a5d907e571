"""What an archive calls itself; whatever somebody packed instead of a chart is told in words."""

import io
import tarfile

import pytest

from bluegreen.world.chart_metadata import NoChartError, read_metadata
from localcloud.plugins.kubernetes import chart_archive
from localcloud.plugins.kubernetes.chart_archive import ChartError


def packed(content: bytes, kind: bytes = tarfile.REGTYPE) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as tar:
        member = tarfile.TarInfo("c/Chart.yaml")
        member.type, member.size = kind, len(content)
        member.linkname = "elsewhere"
        tar.addfile(member, io.BytesIO(content))
    return written.getvalue()


def test_a_byte_order_mark_is_no_part_of_the_name() -> None:
    found = read_metadata(packed(b"\xef\xbb\xbfname: c\nversion: 1.2.3\n"))
    assert found == ("c", "1.2.3")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        packed(b"", tarfile.SYMTYPE),
        packed(b"", tarfile.LNKTYPE),
        packed(b"[" * 5000),
        packed(b"\0"),
        packed(b"name: \xe9"),
        packed(b"- name"),
        packed(b"!!python/object:os.x {}"),
        packed(b"name: c\nversion: 1.2.3\n")[:40],
    ],
    ids=["nothing", "link", "hard-link", "deep", "nul", "latin", "list", "tag", "cut-off"],
)
def test_what_is_no_chart_is_told(content: bytes) -> None:
    with pytest.raises(NoChartError, match=r"\S"):
        read_metadata(content)
    with pytest.raises(ChartError, match=r"\S"):
        chart_archive.parse(content, "c.tgz")


def test_no_more_is_read_than_a_chart_has() -> None:
    """An archive of some kilobytes may unpack to gigabytes."""
    with pytest.raises(NoChartError):
        read_metadata(packed(b'name: "' + b" " * 2**21 + b'"\nversion: 1.2.3\n'))
