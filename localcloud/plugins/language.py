"""The Python language host of the Pulumi engine: `pulumi-language-python`.

The engine starts it with its own address as last argument, reads the port that it prints on its
first line, and calls the gRPC service `LanguageRuntime`. Programs and policy packs run in
processes of their own, with the Python that the project's `virtualenv` option names.

This file is started by path and imports nothing of this checkout, so that a program finds only
its own modules.
"""

import importlib.metadata
import os
import queue
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import IO

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import (
    language_pb2,
    language_pb2_grpc,
    plugin_pb2,
)

RUNNER = Path(__file__).with_name("language_program.py")
"""What runs a program inside the program's own Python."""

START = Path(__file__).parent.with_name("forks") / "start.py"
"""What is started in place of a Python, see `localcloud.forks`."""

_MAX_MESSAGE_BYTES = 400 * 1024 * 1024
MESSAGE_LIMITS = [
    ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", _MAX_MESSAGE_BYTES),
]
"""Of a plugin's server: the engine sends as much."""


class HostError(Exception):
    """The host cannot run what it was asked to run; the message says why."""


def program_python(info: language_pb2.ProgramInfo) -> str:
    """The Python that runs a program or a policy pack.

    That is the one of the runtime option `virtualenv` (a path from the project's folder), else
    the host's own.

    Raises:
        HostError: an option is not known, or there is no Python where `virtualenv` points.
    """
    options = dict(info.options.items())
    unknown = sorted(set(options) - {"virtualenv", "toolchain"})
    if unknown:
        raise HostError(f"runtime option not known to this language host: {', '.join(unknown)}")
    if options.get("toolchain", "pip") not in {"pip", "uv"}:
        raise HostError(f"runtime option toolchain: {options['toolchain']!r} is not known here")
    virtualenv = options.get("virtualenv")
    if not virtualenv:
        return sys.executable
    python = Path(info.root_directory) / str(virtualenv) / "bin" / "python"
    if not python.exists():
        raise HostError(f"runtime option virtualenv: there is no Python at {python}")
    return str(python)


def end_with_parent() -> None:
    """Ends this process as soon as its parent has ended, or nobody reads its standard output.

    PR_SET_PDEATHSIG would not do: it watches the thread that started this process, and the
    engine's threads come and go. Nor would the parent alone: one that ended before this process
    asked who it is has left it to another.
    """
    poll = select.poll()
    poll.register(1, 0)  # errors are told unasked
    try:
        poll.register(os.pidfd_open(os.getppid()), select.POLLIN)
    except ProcessLookupError:
        os._exit(1)

    def wait() -> None:
        poll.poll()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def run_server(server: grpc.Server) -> None:
    """Serves until the engine interrupts this process or ends."""
    end_with_parent()
    # The engine waits for the end of this process, so SIGINT must not be held up by Python.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Serves the engine.

    Attributes:
        engine: address of the engine, as given on the command line.
    """

    engine: str

    def __init__(self, engine: str) -> None:
        self.engine = engine

    def Handshake(  # noqa: N802, D102
        self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        self.engine = request.engine_address or self.engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(  # noqa: N802, D102
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=importlib.metadata.version("pulumi"))

    def GetRequiredPackages(  # noqa: N802
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        """None: each resource names its provider's version, and a missing plugin fails there."""
        return language_pb2.GetRequiredPackagesResponse()

    def GetRequiredPlugins(  # noqa: N802
        self, request: language_pb2.GetRequiredPluginsRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPluginsResponse:
        """None, for the same reason."""
        return language_pb2.GetRequiredPluginsResponse()

    def About(  # noqa: N802, D102
        self, request: language_pb2.AboutRequest, context: grpc.ServicerContext
    ) -> language_pb2.AboutResponse:
        version = ".".join(map(str, sys.version_info[:3]))
        return language_pb2.AboutResponse(executable=sys.executable, version=version)

    def GetProgramDependencies(  # noqa: N802
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        """Every distribution of the host's own Python."""
        found = {d.name: d.version for d in importlib.metadata.distributions()}
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[
                language_pb2.DependencyInfo(name=name, version=version)
                for name, version in sorted(found.items())
            ]
        )

    def RuntimeOptionsPrompts(  # noqa: N802
        self, request: language_pb2.RuntimeOptionsRequest, context: grpc.ServicerContext
    ) -> language_pb2.RuntimeOptionsResponse:
        """Asks nothing."""
        return language_pb2.RuntimeOptionsResponse()

    def Cancel(  # noqa: N802
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Nothing to do: the engine then interrupts the whole process group."""
        return empty_pb2.Empty()

    def Run(  # noqa: N802
        self, request: language_pb2.RunRequest, context: grpc.ServicerContext
    ) -> language_pb2.RunResponse:
        """Runs the program to its end; its errors have been logged when this returns."""
        if request.attach_debugger:
            return language_pb2.RunResponse(error="this language host attaches no debugger")
        try:
            python = program_python(request.info)
        except HostError as error:
            return language_pb2.RunResponse(error=str(error))
        request.args[:] = [self.engine]
        asked, ask = os.pipe()
        answered, answer_to = os.pipe()
        with subprocess.Popen(
            [python, "-I", "-S", START, "--keep", str(answer_to), "-P", RUNNER, str(answer_to)],
            cwd=request.pwd or request.info.program_directory,
            stdin=asked,
            pass_fds=[answer_to],
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        ) as process:
            os.close(asked)
            os.close(answer_to)
            context.add_callback(process.kill)
            with os.fdopen(ask, "wb") as questions:
                questions.write(request.SerializeToString())
            with os.fdopen(answered, "rb") as answers:
                answer = answers.read()
        if not answer:
            return language_pb2.RunResponse(
                error=f"the program's process ended with {process.returncode} before its end"
            )
        return language_pb2.RunResponse.FromString(answer[1:])

    def RunPlugin(  # noqa: N802
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Runs a policy pack, or a provider written in Python, and streams what it prints."""
        folder = request.info.program_directory or request.program
        try:
            python = program_python(request.info)
        except HostError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        if request.kind == "analyzer":
            command = [python, "-u", "-m", "pulumi.policy", *request.args, folder]
        elif request.kind == "resource":
            command = [python, "-u", folder, *request.args]
        else:
            message = f"plugins of kind {request.kind!r} are not known to this language host"
            context.abort(grpc.StatusCode.UNIMPLEMENTED, message)
        out, out_end = os.pipe()
        err, err_end = os.pipe()
        with subprocess.Popen(
            command,
            cwd=request.pwd or folder,
            stdin=subprocess.DEVNULL,
            stdout=out_end,
            stderr=err_end,
            env=dict(line.split("=", 1) for line in request.env) or None,
        ) as process:
            os.close(out_end)
            os.close(err_end)
            context.add_callback(process.kill)
            with os.fdopen(out, "rb") as stdout, os.fdopen(err, "rb") as stderr:
                yield from _output(stdout, stderr)
        yield language_pb2.RunPluginResponse(exitcode=process.returncode)


def _output(stdout: IO[bytes], stderr: IO[bytes]) -> Iterator[language_pb2.RunPluginResponse]:
    """What comes out of both streams, as it comes, until both are closed."""
    pieces: queue.SimpleQueue[language_pb2.RunPluginResponse | None] = queue.SimpleQueue()

    def copy(stream: IO[bytes]) -> None:
        while piece := os.read(stream.fileno(), 65536):
            if stream is stdout:
                pieces.put(language_pb2.RunPluginResponse(stdout=piece))
            else:
                pieces.put(language_pb2.RunPluginResponse(stderr=piece))
        pieces.put(None)

    for stream in (stdout, stderr):
        threading.Thread(target=copy, args=(stream,), daemon=True).start()
    open_streams = 2
    while open_streams:
        piece = pieces.get()
        if piece is None:
            open_streams -= 1
        else:
            yield piece


def main() -> None:
    """Serves until the engine interrupts this process or ends."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16), options=MESSAGE_LIMITS)
    host = LanguageHost(sys.argv[-1] if len(sys.argv) > 1 else "")
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    run_server(server)


if __name__ == "__main__":
    main()
