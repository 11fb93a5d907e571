"""Runs one Pulumi program in its own Python, for the language host.

Started by path with the number of a file descriptor. Reads a `RunRequest` from standard input
and writes one byte, then a `RunResponse`, to the descriptor. Needs nothing but the Pulumi SDK.
"""

import os
import runpy
import select
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, cast

from pulumi import RunError
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2
from pulumi.runtime.settings import SETTINGS

_DONE = b"\n"
"""Tells an empty response, whose serialised form has no bytes, from none."""


def entry_file(info: language_pb2.ProgramInfo) -> Path:
    """The file that a program starts with.

    Raises:
        RunError: there is no such file.
    """
    place = Path(info.program_directory) / (info.entry_point or ".")
    file = place / "__main__.py" if place.is_dir() else place
    if not file.is_file():
        raise RunError(f"the program has no file {file}")
    return file.resolve()


def _end_with_reader(descriptor: int) -> None:
    """Ends this process once nobody waits for its answer any more."""
    poll = select.poll()
    poll.register(descriptor, 0)  # errors are told unasked

    def wait() -> None:
        poll.poll()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _readable(error: BaseException) -> str:
    """The traceback from the program's first frame on: what runs it is of no use to its author."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_globals.get("__name__") != "__main__":
        frames = frames.tb_next
    while frames is not None and frames.tb_frame.f_code.co_filename in {__file__, "<frozen runpy>"}:
        frames = frames.tb_next
    text = "".join(traceback.format_exception(type(error), error, frames))
    return f"Program failed with an unhandled exception:\n{text}"


def run(request: language_pb2.RunRequest) -> language_pb2.RunResponse:
    """Runs the program of `request` to its end.

    An error is logged to the engine once; the response then only tells the engine to stop.
    """

    def program() -> None:
        # The SDK's server leaves it out; the real language host hands it over.
        cast("Any", SETTINGS).root_directory = request.info.root_directory
        file = entry_file(request.info)
        sys.path.insert(0, str(file.parent))
        sys.argv = [str(file)]
        try:
            runpy.run_path(str(file), run_name="__main__")
        except RunError:
            raise
        except SystemExit as stop:
            if stop.code:
                raise RunError(f"the program ended itself with {stop.code}") from stop
        except BaseException as error:
            raise RunError(_readable(error)) from error

    answer = LanguageServer(program).Run(request, cast("Any", None))
    return language_pb2.RunResponse(bail=bool(answer.error))


def main() -> None:
    """Reads the request, runs the program, writes the response."""
    descriptor = int(sys.argv[1])
    _end_with_reader(descriptor)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    request = language_pb2.RunRequest.FromString(sys.stdin.buffer.read())
    answer = run(request)
    with os.fdopen(descriptor, "wb") as answers:
        answers.write(_DONE + answer.SerializeToString())


if __name__ == "__main__":
    main()
