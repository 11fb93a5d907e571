"""Tells the operator what goes on: steps with their time, and what is waited for."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text


class Report:
    """Prints to a console; without a terminal, one line at each step's end.

    Args:
        console: where to. With ``--json`` it is standard error, so that standard output holds
            the result alone.
    """

    def __init__(self, console: Console) -> None:
        self.console = console

    def print_line(self, text: str, *, mark: str = "", style: str = "") -> None:
        """Plain text, whatever brackets it has: it may quote the engine.

        Args:
            text: a line or more.
            mark: word before it, which then has the style alone.
            style: Rich style.
        """
        told = Text.assemble((f"{mark} ", style), text) if mark else Text(text, style)
        self.console.print(told)

    @contextmanager
    def step(
        self, title: str, *, untold: type[BaseException] | tuple[()] = ()
    ) -> Generator[Callable[[str], None]]:
        """A piece of work; the value takes what to show beside its title while it runs.

        Args:
            title: what it is, in Rich markup.
            untold: kind of error that leaves no line: whoever catches it tells of it.
        """
        started = time.monotonic()
        # The title last: it is what a narrow terminal may cut.
        columns = (
            SpinnerColumn(),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[detail]}[/dim]"),
            TextColumn("{task.description}"),
        )
        hidden = not self.console.is_terminal
        with Progress(*columns, console=self.console, transient=True, disable=hidden) as progress:
            task = progress.add_task(title, total=None, detail="")

            def show(detail: str) -> None:
                progress.update(task, detail=escape(detail))

            try:
                yield show
            except BaseException as error:
                progress.stop()
                if not isinstance(error, untold):
                    self._ended("[red]✗[/red]", title, started)
                raise
        self._ended("[green]✓[/green]", title, started)

    def _ended(self, mark: str, title: str, started: float) -> None:
        self.console.print(f"{mark} {title} [dim]({_seconds(started)})[/dim]", highlight=False)


def _seconds(started: float) -> str:
    return f"{time.monotonic() - started:.0f} s"
