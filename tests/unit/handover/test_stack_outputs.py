"""An output of a stack is what this version needs, absent, or an error that says what to run."""

import pytest

from eks_platform_contract.outputs import ColourOutput
from handover.live_writer import WriterReport
from handover.stack_outputs import read_optional_output

REPORT = {"running": True, "term": 4, "names": "every name"}


class ReaderError(Exception):
    pass


def read(outputs: dict[str, object]) -> WriterReport | None:
    return read_optional_output(
        outputs, ColourOutput.LIVE_WRITERS, WriterReport, "blue", error_class=ReaderError
    )


def test_an_output_gets_its_type() -> None:
    found = read({"liveWriters": REPORT, "other": 1})
    assert found == WriterReport(running=True, term=4, names="every name")


@pytest.mark.parametrize("outputs", [{}, {"liveWriters": None}])
def test_an_absent_one_is_none(outputs: dict[str, object]) -> None:
    assert read(outputs) is None


@pytest.mark.parametrize("value", [{**REPORT, "term": "x"}, "no object"])
def test_another_shape_is_the_readers_error_and_says_what_to_run(value: object) -> None:
    said = (
        r"output liveWriters of stack blue has another shape than this version needs: run"
        r" `pulumi up -s blue` with this version first \(1 mismatches, first: .*\)"
    )
    with pytest.raises(ReaderError, match=said):
        read({"liveWriters": value})
