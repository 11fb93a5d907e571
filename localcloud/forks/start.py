"""Runs a script or a module as Python does, in a fork of the fork server where there is one.

``python -I -S start.py [--keep FD]... [-P] (-m MODULE | SCRIPT) [ARGUMENT]...``

This process stays as long as the fork: it passes signals on, and ends as the fork ended. If it is
killed, or its parent ends, so does the fork. Without a fork server, or with another Python than
the server's, it becomes a plain Python. Imports little, since each process of the engine pays.
"""

import contextlib
import json
import os
import select
import signal
import socket
import sys

_STANDARD = (0, 1, 2)
_PASSED_ON = (signal.SIGINT, signal.SIGTERM)


def _connect(address: str) -> "socket.socket | None":
    """A connection to the fork server; None where there is none.

    The address of a socket may have 107 bytes at most, so it is reached through its folder.
    """
    folder, name = os.path.split(address)
    connection = socket.socket(socket.AF_UNIX)
    try:
        descriptor = os.open(folder, os.O_PATH)
        try:
            connection.connect(f"/proc/self/fd/{descriptor}/{name}")
        finally:
            os.close(descriptor)
    except OSError:
        connection.close()
        return None
    return connection


def _send_request(connection: socket.socket, kept: "list[int]", words: "list[str]") -> None:
    descriptors = [*_STANDARD, *kept]
    request = {
        "python": sys.executable,
        "folder": os.getcwd(),  # noqa: PTH109 - pathlib takes as long to import as all else
        "environment": dict(os.environ),
        "descriptors": descriptors,
        "words": words,
    }
    data = json.dumps(request).encode()
    sent = socket.send_fds(connection, [data], descriptors)
    connection.sendall(data[sent:])
    connection.shutdown(socket.SHUT_WR)


def _line(connection: socket.socket) -> str:
    found = b""
    while not found.endswith(b"\n"):
        piece = connection.recv(1)
        if not piece:
            return ""
        found += piece
    return found.decode().strip()


def _follow(connection: socket.socket, kept: "list[int]", signals: int) -> int:
    """Waits for the fork; its exit code, or 1 when nobody knows it any more."""
    fork = int(_line(connection) or 0)
    if not fork:
        return 1
    parent = os.pidfd_open(os.getppid())
    if _is_unread(1, *kept):
        return 1
    for descriptor in (*_STANDARD, *kept):
        os.close(descriptor)  # whoever reads the other end waits for the fork alone
    ready: list[socket.socket | int] = []
    while connection not in ready and parent not in ready:
        ready, _, _ = select.select([connection, parent, signals], [], [])
        if signals in ready:
            for number in os.read(signals, 4096):
                _pass_on(fork, number)
    status = _line(connection) if connection in ready else ""
    if not status:
        return 1
    code = int(status)
    if code < 0:
        if -code in _PASSED_ON:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


def _arriving_signals() -> int:
    """A descriptor that gives the number of each SIGINT and SIGTERM from now on, a byte each.

    The interpreter's own handler writes them: one in Python runs between two instructions, and so
    would miss a signal that comes on the way into a call that waits.
    """
    reads, writes = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    for number in _PASSED_ON:
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    return reads


def _suffer(signals: int, ignored: "list[signal.Signals]") -> None:
    """Takes the signals that arrived as a process does that has no handler."""
    for number in _PASSED_ON:
        signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)
    with contextlib.suppress(BlockingIOError):
        for number in os.read(signals, 4096):
            os.kill(os.getpid(), number)


def _is_unread(*descriptors: int) -> bool:
    """Whether nobody is left to read what is written to one of them.

    That tells of a parent that ended before this process asked who it is.
    """
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, 0)  # errors are told unasked
    return any(event & select.POLLERR for _, event in poll.poll(0))


def _pass_on(fork: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(fork, number)


def main() -> int:
    """Runs the words; returns the exit code of the fork, or becomes a Python."""
    words = sys.argv[1:]
    kept: list[int] = []
    while words[:1] == ["--keep"]:
        kept.append(int(words[1]))
        words = words[2:]
    state = os.environ.get("LOCALCLOUD_STATE")
    connection = _connect(f"{state}/forks/socket") if state else None
    if connection is not None:
        # Before there is a fork: it may be ready, and whoever waits for it signal, at once.
        ignored = [n for n in _PASSED_ON if signal.getsignal(n) is signal.SIG_IGN]
        signals = _arriving_signals()
        _send_request(connection, kept, words)
        if _line(connection) == "yes":
            return _follow(connection, kept, signals)
        _suffer(signals, ignored)
    return os.execv(sys.executable, [sys.executable, *words])  # noqa: S606 - not by a shell


if __name__ == "__main__":
    code = main()
    os._exit(code)
