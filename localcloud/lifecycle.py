"""Starts and ends a local cloud: its folder, its server process and what clients need."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from localcloud import charts, extras, programs, workspace
from localcloud.fair_clock import FairClock
from localcloud.latencies import set_speed
from localcloud.liveness import Liveness, StalledError, last_lines
from localcloud.occupancy import is_occupied
from localcloud.plugins.install import forked_python
from localcloud.plugins.install import install as install_plugins
from localcloud.plugins.real import RealPlugins
from localcloud.server_settings import ServerSettings
from localcloud.state import PROJECT_ROOT, RunningCloud, StateFolder
from localcloud.tools.catalogue import FIRST, TOOLS
from localcloud.tools.obtain import ensure, found
from localcloud.tools.progress import Progress

STOP_DEADLINE = 60.0
"""Seconds of a `FairClock` that the server gets to end its clusters before it is killed."""

_END_DEADLINE = 5.0
"""The same, of any other program."""

_POLL = 0.1
_KILLED = 5.0  # seconds; what cannot be killed, such as one that waits for a disk, is left

_CONTRACT_COMMANDS = {
    "aws-iam-authenticator-wrapper": "wrapper",
    "eks-platform-kubeconfig": "kubeconfig_command",
}
"""What people have from the contract package, with the module of each."""

_PYTHON = f'"{sys.executable}"'

_NO_LOGS = """\
The engine writes no log of each command here: that takes a third of its time.
Remove this file, and it writes them into a folder of the same name.
"""
"""In the place of the engine's folder of logs: no setting of it switches them off."""

AWS_COMMAND_PREAMBLE = """\
case " $* " in
*" --endpoint-url"*) ;;
*" sqs "* | *" emr "* | *" rds "* | *" docdb "* | *" neptune "* | *" health "*)
  set -- --endpoint-url "$AWS_ENDPOINT_URL" "$@" ;;
esac
"""
"""First lines of the shell's `aws`: of some services, AWS CLI 1 takes the endpoint from its option
alone (awscli/customizations/overridesslcommonname.py)."""


class CloudError(Exception):
    """The local cloud cannot do what was asked; the message says why and what to do."""


def start(
    state: StateFolder,
    ports: tuple[int, int, int],
    report: Callable[[Progress], None] = lambda _: None,
    settings: ServerSettings | None = None,
    *,
    tied: bool = False,
    plugins: RealPlugins | None = None,
    speed: float | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> RunningCloud:
    """Starts a local cloud, or returns the one that already runs from this folder.

    Args:
        state: folder of this local cloud.
        ports: loopback ports of the AWS APIs, of DNS and of the proxy; 0 takes any free one.
        report: told of each tool that it starts with; the others come while it runs.
        settings: of the server; its defaults when None.
        tied: end it with this process, however that ends.
        plugins: which provider plugins are real ones; none when None.
        speed: how many times as fast as on AWS a resource is made or deleted; None: as fast as
            it can be.
        say: told every ten seconds that the server still starts.

    Raises:
        CloudError: the server did not start, for example because a port is taken, or one that
            cannot be seen from here runs from this folder, or one runs without an extra that is
            asked for.
        ToolError: a program cannot be had, or files that it comes with.
    """
    settings = settings or ServerSettings()
    running = find(state)
    if running is not None:
        _refuse_if_lacking(running, settings)
        if speed is not None:
            set_speed(state.root, speed)
        return running
    _refuse_if_occupied(state)
    tools = ensure((*FIRST, *extras.tools_of(settings.extras)), report)
    extras.fetch_files(settings.extras)
    shutil.rmtree(state.root, ignore_errors=True)
    for folder in (state.bin, state.logs, state.clusters, state.backend, state.pulumi_home):
        folder.mkdir(parents=True)
    state.root.chmod(0o700)
    for tool in programs.ON_PATH:
        path = tools.get(tool) or found(tool)
        if path is not None:
            programs.put(state, tool, path)
        else:
            programs.put_waiting(state, tool)
    _write_python_command(state.bin / "dig", "-m", "localcloud.dig")
    # kubectl starts it each time that it needs a token.
    _write_python_command(
        state.bin / "aws", "-m", "awscli", python=forked_python(), before=AWS_COMMAND_PREAMBLE
    )
    for command, module in _CONTRACT_COMMANDS.items():
        _write_python_command(state.bin / command, "-m", f"eks_platform_contract.{module}")
    _write_python_command(state.bin / "bluegreen", "-m", "bluegreen")
    install_plugins(state, plugins)
    set_speed(state.root, speed)
    (state.pulumi_home / "logs").write_text(_NO_LOGS)
    settings = settings_with(plugins, settings)
    cloud = _start_server(state, ports, settings, os.getpid() if tied else None, say)
    workspace.prepare(state, cloud)
    if plugins is not None and plugins.renders_charts:
        charts.take_real(PROJECT_ROOT, state.project)
    return cloud


def settings_with(
    plugins: RealPlugins | None, settings: ServerSettings | None
) -> ServerSettings | None:
    """Settings of a server for these plugins.

    Real charts bring webhooks, of which no pod here runs the program: with ``failurePolicy: Fail``
    the first object after them would be refused. So they are answered without a check.
    """
    if plugins is None or not plugins.renders_charts:
        return settings
    return (settings or ServerSettings()).model_copy(update={"unchecked_webhooks": True})


def find(state: StateFolder) -> RunningCloud | None:
    """The local cloud that runs from this folder, or None; a dead one's file does not count."""
    cloud = state.read_running()
    if cloud is None or not psutil.pid_exists(cloud.pid):
        return None
    try:
        command = psutil.Process(cloud.pid).cmdline()
    except psutil.Error:
        return None
    return cloud if "localcloud.server" in command and str(state.root) in command else None


def stop(state: StateFolder) -> bool:
    """Ends every process of the local cloud and removes its folder.

    Returns whether one was running. A Pulumi command that still runs against it is ended too.

    Raises:
        CloudError: it cannot be seen from here, so it runs on, and its folder stays.
    """
    cloud = find(state)
    if cloud is not None:
        server = psutil.Process(cloud.pid)
        family = server.children(recursive=True)
        _end([server], STOP_DEADLINE)
        _end(family, _END_DEADLINE)
    _refuse_if_occupied(state)
    _end(_users(state), _END_DEADLINE)
    shutil.rmtree(state.root, ignore_errors=True)
    return cloud is not None


def _refuse_if_lacking(running: RunningCloud, settings: ServerSettings) -> None:
    lacking = sorted(set(settings.extras) - set(running.extras))
    if lacking:
        raise CloudError(
            f"the local cloud that runs was started without {', '.join(lacking)}; end it with "
            "`make down`, then start it anew"
        )


def _refuse_if_occupied(state: StateFolder) -> None:
    if is_occupied(state):
        raise CloudError(
            f"a local cloud has {state.root}, and it is just starting or cannot be seen from here,"
            " as one in another container: end it where it was started"
        )


def _users(state: StateFolder) -> list[psutil.Process]:
    """Programs of the local cloud, other than this one and its parents, that use this folder."""
    mine = psutil.Process()
    spared = {mine.pid, *(parent.pid for parent in mine.parents())}
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            uses = is_user(process.cmdline(), process.exe(), state)
        except psutil.Error:
            continue
        if uses and process.pid not in spared:
            found.append(process)
    return found


def is_user(command: Sequence[str], program: str, state: StateFolder) -> bool:
    """Whether a process is a program of the local cloud that uses its folder.

    Not whatever else names a file of it: an editor, or a `tail -f` on a log.

    Args:
        command: its command line.
        program: path of what it runs.
        state: folder of the local cloud.
    """
    prefix = str(state.root) + os.sep
    if not any(prefix in word for word in command):
        return False
    known = {tool.name for tool in (*TOOLS, *extras.tools_of(extras.EXTRAS))}
    ours = command[0].startswith(prefix) or Path(program).name in known
    return ours or Path(program) == Path(sys.executable).resolve()


def _end(processes: list[psutil.Process], deadline: float) -> None:
    for process in processes:
        if process.is_running():
            process.terminate()
    clock, left = FairClock(), processes
    while left and clock.seconds < deadline:
        _, left = psutil.wait_procs(left, timeout=_POLL)
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=_KILLED)


def _start_server(
    state: StateFolder,
    ports: tuple[int, int, int],
    settings: ServerSettings | None,
    owner: int | None,
    say: Callable[[str], None],
) -> RunningCloud:
    log = state.logs / "server.log"
    command = [sys.executable, "-m", "localcloud.server", "--state", str(state.root)]
    for option, port in zip(("--aws-port", "--dns-port", "--proxy-port"), ports, strict=True):
        command += [option, str(port)]
    if settings is not None:
        command += ["--settings", settings.model_dump_json()]
    if owner is not None:
        command += ["--owner", str(owner)]
    with log.open("w") as output:
        server = subprocess.Popen(
            command,
            cwd=PROJECT_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    alive = Liveness(server.pid, "the local cloud to start", log, say, usual="10 s")
    while (cloud := state.read_running()) is None:
        if server.poll() is not None:
            raise CloudError(f"the local cloud did not start: {last_lines(log)}")
        try:
            alive.look()
        except StalledError as error:
            server.kill()
            raise CloudError(str(error)) from error
        time.sleep(_POLL)
    return cloud


def _write_python_command(
    path: Path, *arguments: str, python: str = _PYTHON, before: str = ""
) -> None:
    words = " ".join(arguments)
    path.write_text(f'#!/bin/sh\n{before}PYTHONPATH="{PROJECT_ROOT}" exec {python} {words} "$@"\n')
    path.chmod(0o755)
