"""What people see while tools are prepared."""

import io

from rich.console import Console

from localcloud.tools.catalogue import ETCD, KUBECTL
from localcloud.tools.display import ToolDisplay
from localcloud.tools.progress import Progress, ToolState

MIB = 2**20


def progress(step: ToolState, detail: str = "", done: int = 0, size: int | None = None) -> Progress:
    return Progress(ETCD, step, 2, 12, detail, done, size)


def lines(*steps: Progress, every: bool = False) -> list[str]:
    """What is printed where there is no terminal."""
    text = io.StringIO()
    with ToolDisplay(Console(file=text, width=140), every=every) as display:
        for step in steps:
            display(step)
    return text.getvalue().splitlines()


def test_a_pipe_gets_a_line_for_each_step() -> None:
    assert lines(
        progress("waiting", "process 7, which is downloading it since 14:03:22"),
        progress("downloading", done=0, size=MIB),
        progress("downloading", done=MIB, size=MIB),
        progress("downloaded"),
    ) == [
        f"2/12 etcd {ETCD.version}: waiting for process 7, which is downloading it since 14:03:22",
        f"2/12 etcd {ETCD.version}: downloading",
        f"2/12 etcd {ETCD.version}: downloaded",
    ]


def test_a_build_says_in_one_line_why() -> None:
    assert lines(
        progress("downloading"),
        progress("building", "github.com broke the connection off, 4 times"),
        progress("built"),
    )[1:] == [
        f"2/12 etcd {ETCD.version}: building, as github.com broke the connection off, 4 times",
        f"2/12 etcd {ETCD.version}: built",
    ]


def test_what_was_there_is_said_only_when_all_is_asked_for() -> None:
    assert lines(progress("found"), progress("cached")) == []
    assert lines(progress("cached"), every=True) == [f"2/12 etcd {ETCD.version}: cached"]


def test_a_terminal_gets_a_bar_for_what_goes_on() -> None:
    text = io.StringIO()
    console = Console(file=text, width=140, force_terminal=True)
    with ToolDisplay(console) as display:
        display(progress("downloading", done=MIB, size=4 * MIB))
        display(Progress(KUBECTL, "building", 9, 12, "it is new"))
        shown = [task.description for task in display.bars.tasks]
        assert shown == [
            f"downloading etcd {ETCD.version}",
            f"building kubectl {KUBECTL.version}",
        ]
        assert (display.bars.tasks[0].completed, display.bars.tasks[0].total) == (MIB, 4 * MIB)
        display(progress("downloaded"))
        assert len(display.bars.tasks) == 1
        text.truncate(0)
        display.bars.refresh()
        assert "building kubectl" in text.getvalue()
        assert "bytes" not in text.getvalue()
    assert not display.bars.live.is_started
