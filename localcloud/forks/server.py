"""The fork server: a Python with the SDKs loaded that forks for each process it is asked for.

Started by path and without the checkout on its module path, so that a program finds only its own
modules. It has one thread and opens no channel, as only such a process can be forked safely.
"""

import contextlib
import fcntl
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

PRELOADED = (
    "boto3",
    "cryptography.hazmat.primitives.serialization",
    "cryptography.x509",
    "google.protobuf.json_format",
    "pulumi",
    "pulumi.automation._server",
    "pulumi.provider.server",
    "pulumi_aws.autoscaling",
    "pulumi_aws.cloudwatch",
    "pulumi_aws.ec2",
    "pulumi_aws.eks",
    "pulumi_aws.iam",
    "pulumi_aws.kms",
    "pulumi_aws.route53",
    "pulumi_aws.sqs",
    "pulumi_aws.ssm",
    "pulumi_eks",
    "pulumi_kubernetes.apps.v1",
    "pulumi_kubernetes.autoscaling.v2",
    "pulumi_kubernetes.core.v1",
    "pulumi_kubernetes.helm.v3",
    "pulumi_kubernetes.meta.v1",
    "pulumi_kubernetes.policy.v1",
    "pulumi_kubernetes.rbac.v1",
    "pulumi_kubernetes.scheduling.v1",
    "pulumi_kubernetes.storage.v1",
    "pulumi_tls",
    "pydantic.main",
    "pydantic.type_adapter",
    "yaml",
)
"""What the program and the plugins import; another program imports more by itself.

Not the AWS CLI: it changes its environment when it is imported, and a fork gets another one.
"""

_REQUEST_SECONDS = 10.0
_MOST_DESCRIPTORS = 32
_BEYOND = 256
"""Descriptors from here on are nobody's while those of a request are put in their places."""


@dataclass(frozen=True)
class Request:
    """What is to run.

    Attributes:
        asker: process that asked; the fork ends with it.
        folder: working directory.
        environment: all of it.
        descriptors: number in the fork → number here.
        words: command line after the Python.
    """

    asker: int
    folder: str
    environment: dict[str, str]
    descriptors: dict[int, int]
    words: list[str]


class ForkServer:
    """Forks on request until its parent ends.

    Args:
        folder: folder of its socket, and of a file for each fork: the fork's process id as name,
            that of the process which it stands for as content.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._selector = selectors.DefaultSelector()
        self._asked: dict[int, socket.socket] = {}
        self._watched: dict[int, int] = {}
        self._wakes, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._socket = _listen(folder / "socket")

    def serve(self) -> Request | None:
        """Returns the request in each fork, and nothing in the server once its parent has ended."""
        signal.set_wakeup_fd(self._wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        parent = os.pidfd_open(os.getppid())
        for ready in (self._socket, self._wakes, parent):
            self._selector.register(ready, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fd == parent:
                    return None
                if key.fd == self._wakes:
                    self._reap()
                elif key.data is not None:
                    self._abandon(key.data)
                elif request := self._answer():
                    return request

    def _answer(self) -> Request | None:
        connection, _ = self._socket.accept()
        connection.settimeout(_REQUEST_SECONDS)
        try:
            request = _receive(connection)
        except (OSError, ValueError, KeyError):
            connection.close()
            return None
        if request is None:
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"no\n")
            return None
        fork = os.fork()
        if fork == 0:
            connection.close()
            self._leave()
            (self._folder / str(os.getpid())).write_text(str(request.asker))
            return request
        for descriptor in request.descriptors.values():
            os.close(descriptor)
        self._asked[fork] = connection
        self._watch(fork, request.asker)
        with contextlib.suppress(OSError):
            connection.sendall(f"yes\n{fork}\n".encode())
        return None

    def _watch(self, fork: int, asker: int) -> None:
        """Kills a fork once the process that asked for it has ended."""
        try:
            self._watched[fork] = os.pidfd_open(asker)
        except ProcessLookupError:
            os.kill(fork, signal.SIGKILL)
        else:
            self._selector.register(self._watched[fork], selectors.EVENT_READ, fork)

    def _abandon(self, fork: int) -> None:
        if fork in self._watched:
            os.kill(fork, signal.SIGKILL)  # it has not been reaped, so the id is still its own
            self._forget(fork)

    def _forget(self, fork: int) -> None:
        watched = self._watched.pop(fork, None)
        if watched is not None:
            self._selector.unregister(watched)
            os.close(watched)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wakes, 4096)
        while True:
            try:
                fork, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not fork:
                return
            self._forget(fork)
            (self._folder / str(fork)).unlink(missing_ok=True)
            with self._asked.pop(fork) as connection, contextlib.suppress(OSError):
                connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())

    def _leave(self) -> None:
        """In a fork: gives back all that is the server's."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._socket.detach()
        for key in tuple(self._selector.get_map().values()):
            os.close(key.fd)
        self._selector.close()
        for other in self._asked.values():
            other.close()
        os.close(self._wake)


def _listen(path: Path) -> socket.socket:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    # Its address may have 107 bytes at most.
    os.chdir(path.parent)
    waiting = path.with_name(f".{path.name}")
    listening.bind(waiting.name)
    listening.listen(128)
    waiting.replace(path)
    return listening


def _receive(connection: socket.socket) -> Request | None:
    """A request; None where this Python is not the one that is wanted."""
    data, descriptors, _, _ = socket.recv_fds(connection, 1 << 20, _MOST_DESCRIPTORS)
    while piece := connection.recv(1 << 20):
        data += piece
    asked = json.loads(data)
    if os.path.normpath(asked["python"]) != os.path.normpath(sys.executable):
        for descriptor in descriptors:
            os.close(descriptor)
        return None
    size = struct.calcsize("3i")
    peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    return Request(
        asker=struct.unpack("3i", peer)[0],
        folder=asked["folder"],
        environment=asked["environment"],
        descriptors=dict(zip(asked["descriptors"], descriptors, strict=True)),
        words=asked["words"],
    )


def become(request: Request) -> None:
    """Turns a fork into the process that was asked for, and runs it."""
    high = {
        wanted: fcntl.fcntl(here, fcntl.F_DUPFD_CLOEXEC, _BEYOND)
        for wanted, here in request.descriptors.items()
    }
    for here in request.descriptors.values():
        os.close(here)
    for wanted, here in high.items():
        os.dup2(here, wanted)
        os.close(here)
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.environment)
    if os.environ.get("PYTHONUNBUFFERED"):
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(write_through=True)  # pyright: ignore[reportAttributeAccessIssue]
    run(request.words)


def run(words: list[str]) -> None:
    """Runs ``[-P] (-m MODULE | SCRIPT) [ARGUMENT]...`` in this process, as Python would."""
    safe = words[0] == "-P"
    words = words[safe:]
    named = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:0] = [folder for folder in named if folder]
    if words[0] == "-m":
        if not safe:
            sys.path.insert(0, str(Path.cwd()))
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        return
    if not safe:
        sys.path.insert(0, str(Path(words[0]).absolute().parent))
    sys.argv = words
    runpy.run_path(words[0], run_name="__main__")


def main() -> None:
    """Loads the SDKs, then serves; a fork goes on from here as what it became."""
    gc.disable()
    for module in PRELOADED:
        # The SDKs load their modules when something is asked of them.
        getattr(importlib.import_module(module), "__all__", None)
    gc.freeze()
    gc.enable()
    request = ForkServer(Path(sys.argv[1])).serve()
    if request is not None:
        become(request)


if __name__ == "__main__":
    main()
