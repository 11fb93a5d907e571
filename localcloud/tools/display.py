"""Shows on a console what happens to tools: a line for each step, a bar for what goes on."""

from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from localcloud.tools.catalogue import Tool
from localcloud.tools.progress import Progress as ToolProgress

_AT_ONCE = ("found", "cached")
_GOES_ON = ("waiting", "downloading", "building")


class _Size(DownloadColumn):
    def render(self, task: Task) -> Text:
        return super().render(task) if task.completed else Text()


class _Speed(TransferSpeedColumn):
    def render(self, task: Task) -> Text:
        return super().render(task) if task.completed else Text()


class ToolDisplay:
    """Called with each `localcloud.tools.progress.Progress` while its context is entered.

    Without a terminal there are lines alone, and one for each download.
    """

    def __init__(self, console: Console, *, every: bool = False) -> None:
        """With `every`, tools that were there already have a line, too."""
        self._console = console
        self._every = every
        self._said: dict[Tool, str] = {}
        self._tasks: dict[Tool, TaskID] = {}
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            # What has no bytes, such as a build, shows none.
            _Size(),
            _Speed(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> "ToolDisplay":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.bars.live.is_started:
            self.bars.stop()

    def __call__(self, progress: ToolProgress) -> None:
        """Shows one step."""
        self._print(progress)
        self._draw(progress)

    def _print(self, progress: ToolProgress) -> None:
        tool, step = progress.tool, progress.step
        if self._said.get(tool) == step or (step in _AT_ONCE and not self._every):
            return
        self._said[tool] = step
        text = {"waiting": "waiting for ", "building": "building, as "}.get(step, step)
        at = f"{progress.position}/{progress.total}"
        detail = progress.detail if text != step else ""
        self._console.print(
            f"{at} {tool.name} {tool.version}: {text}{detail}", markup=False, highlight=False
        )

    def _draw(self, progress: ToolProgress) -> None:
        tool, goes_on = progress.tool, progress.step in _GOES_ON
        bar = self._tasks.get(tool)
        if bar is None and goes_on:
            self.bars.start()
            bar = self._tasks[tool] = self.bars.add_task(
                f"{progress.step} {tool.name} {tool.version}", total=None
            )
        elif bar is not None and not goes_on:
            self.bars.remove_task(self._tasks.pop(tool))
            return
        if bar is not None:
            self.bars.update(
                bar,
                description=f"{progress.step} {tool.name} {tool.version}",
                completed=progress.done,
                total=progress.size,
            )
