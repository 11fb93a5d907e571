"""Records what a command prints on a terminal, and when: the text of an asciicast, version 2.

The format: https://docs.asciinema.org/manual/asciicast/v2/. A header line, then a line for each
piece of output: seconds since the start, ``"o"``, text.
"""

import fcntl
import json
import os
import pty
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

COLUMNS, ROWS = 100, 34

_READ = 65_536


@dataclass(frozen=True)
class Cast:
    """A recording.

    Attributes:
        command: what was run, as a reader would type it.
        events: seconds since the start, and what was printed then.
        columns: width of the terminal.
        rows: its height.
    """

    command: str
    events: Sequence[tuple[float, str]]
    columns: int = COLUMNS
    rows: int = ROWS

    def write(self, path: Path) -> None:
        """Writes it as an asciicast."""
        header = {
            "version": 2,
            "width": self.columns,
            "height": self.rows,
            "command": self.command,
        }
        lines = [header, *([round(at, 2), "o", text] for at, text in self.events)]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))

    @classmethod
    def read(cls, path: Path) -> "Cast":
        """Reads one that `write` wrote."""
        first, *rest = path.read_text().splitlines()
        header = json.loads(first)
        events = [(float(at), str(text)) for at, _, text in map(json.loads, rest)]
        return cls(str(header["command"]), events, int(header["width"]), int(header["height"]))


class RecordedCommandError(Exception):
    """A command that was recorded did not end with 0; the message has the end of its output."""


def record(
    shown: str, command: Sequence[str], environment: Mapping[str, str], folder: Path
) -> Cast:
    """Runs a command on a terminal of its own.

    Args:
        shown: what a reader would type.
        command: what is run.
        environment: its whole environment but for what says which terminal it is.
        folder: where it runs.

    Raises:
        RecordedCommandError: it failed.
    """
    whole = {**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    whole = {key: whole[key] for key in whole if key not in ("COLUMNS", "LINES", "NO_COLOR")}
    started = time.monotonic()
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        # The parent sets the size, which the command reads when it first prints.
        os.execvpe(command[0], list(command), whole)  # noqa: S606 - a command of ours
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    events: list[tuple[float, str]] = []
    kept = b""
    while chunk := _read(terminal):
        kept += chunk
        text = kept.decode("utf-8", errors="ignore")
        # A character may be cut in two by the end of a chunk.
        if text.encode() != kept:
            continue
        kept = b""
        events.append((time.monotonic() - started, text))
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code != 0:
        last = "".join(text for _, text in events)[-2000:]
        raise RecordedCommandError(f"{shown} ended with {code}: {last}")
    return Cast(shown, events)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, _READ)
    except OSError:  # Linux says so of a terminal whose last program has ended
        return b""
