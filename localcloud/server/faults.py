"""Makes the faults happen that were asked for."""

import contextlib
import fnmatch
import itertools
import json
import logging
import random
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psutil

from localcloud.fair_clock import FairClock
from localcloud.faults import KUBERNETES, REGISTRY, WEBHOOK, Fault, Fired, Report, Standing
from localcloud.server.calls import FAULT, HAPPENED
from localcloud.server.errors import AwsError, denial, is_in_json, throttling
from localcloud.server.identity import access_key_of, name_of
from localcloud.server.operations import action_of, read_body, service_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_log = logging.getLogger(__name__)

_OWN_CALLER = "local-cloud"
_ENDING = 5.0  # seconds of a `FairClock` that a process gets to end once its parent was killed
_LOOK = 0.02  # seconds between two looks at it
_BAD = 400


@dataclass(frozen=True)
class Strike:
    """A fault that happens to one call."""

    fault: Fault
    fired: Fired


@dataclass
class _Asked:
    id: str
    fault: Fault
    matched: int = 0
    fired: int = 0


class Faults:
    """The faults of one local cloud; safe for many threads.

    Attributes:
        forks: tells which processes stand for which, see `kill_peer`; by default none do.
    """

    forks: Callable[[], Mapping[int, int]]

    def __init__(self) -> None:
        self.forks = dict[int, int]
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._asked: list[_Asked] = []
        self._fired: list[Fired] = []

    def add(self, faults: Sequence[Fault]) -> tuple[str, ...]:
        """Takes faults; gives their ids."""
        with self._lock:
            added = [_Asked(f"fault-{next(self._ids)}", fault) for fault in faults]
            self._asked += added
            return tuple(asked.id for asked in added)

    def clear(self) -> Report:
        """Ends all faults; gives the last report."""
        with self._lock:
            report = self._report()
            self._asked, self._fired = [], []
            return report

    def report(self) -> Report:
        """What was asked for and what happened."""
        with self._lock:
            return self._report()

    def _report(self) -> Report:
        standing = [
            Standing(id=asked.id, fault=asked.fault, matched=asked.matched, fired=asked.fired)
            for asked in self._asked
        ]
        return Report(standing=tuple(standing), fired=tuple(self._fired))

    def decide(self, service: str, action: str, caller: str = "") -> Strike | None:
        """What happens to a call, or None. Every call must be asked about once."""
        with self._lock:
            for asked in self._asked:
                if _matches(asked.fault, service, action, caller) and _happens(asked):
                    fired = Fired(
                        id=asked.id,
                        time=datetime.now(UTC),
                        service=service,
                        action=action,
                        caller=caller,
                        number=asked.matched,
                        outcome=f"{asked.fault.kind} {asked.fault.when}",
                    )
                    self._fired.append(fired)
                    return Strike(asked.fault, fired)
            return None

    def kill(self, strike: Strike, ports: tuple[int, int], endpoint: str) -> None:
        """Kills who is at the other end, and notes what came of it; see `kill_peer`.

        Returns once whoever called has ended as well, if it ends with its parent.
        """
        outcome, orphan = kill_peer(
            ports, endpoint, parent=strike.fault.victim == "parent", forks=self.forks()
        )
        with self._lock:
            self._fired = [
                fired.model_copy(update={"outcome": outcome}) if fired is strike.fired else fired
                for fired in self._fired
            ]
        if orphan is not None:
            # One that heard of a broken connection now would try again, and do it twice.
            _wait_for_end(orphan)


def _matches(fault: Fault, service: str, action: str, caller: str) -> bool:
    if service in (KUBERNETES, WEBHOOK, REGISTRY):
        return fault.service == service and fnmatch.fnmatchcase(action, fault.action)
    return (
        fnmatch.fnmatchcase(service, fault.service)
        and fnmatch.fnmatchcase(action, fault.action)
        and fnmatch.fnmatchcase(caller, fault.caller)
    )


def _happens(asked: _Asked) -> bool:
    """Counts a matching call; whether the fault happens to it."""
    fault = asked.fault
    asked.matched += 1
    if fault.count is not None and asked.fired >= fault.count:
        return False
    if fault.calls and asked.matched not in fault.calls:
        return False
    # By seed and number alone, so that a run can be repeated.
    chance = random.Random(f"{fault.seed}:{asked.matched}").random()  # noqa: S311 - no secret
    if chance >= fault.probability:
        return False
    asked.fired += 1
    return True


class FaultyAws:
    """WSGI middleware before all AWS services; the local cloud's own calls never fail."""

    def __init__(self, app: "WSGIApplication", faults: Faults) -> None:
        self._app = app
        self._faults = faults

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serves one request, or does not."""
        body = read_body(environ)
        service = service_of(environ)
        caller = name_of(access_key_of(environ.get("HTTP_AUTHORIZATION", "")))
        if caller == _OWN_CALLER:
            return self._app(environ, start_response)
        strike = self._faults.decide(service, action_of(environ, body), caller)
        if strike is None:
            return self._app(environ, start_response)
        environ[FAULT] = f"{strike.fault.kind} {strike.fault.when}"
        if strike.fault.kind == "empty":
            return self._empty(environ, start_response)
        how = self._before if strike.fault.when == "before" else self._after
        return how(strike, service, environ, start_response)

    def _before(
        self,
        strike: Strike,
        service: str,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterable[bytes]:
        fault = strike.fault
        if fault.kind == "delay":
            time.sleep(fault.seconds)
            return self._app(environ, start_response)
        environ[HAPPENED] = False
        if fault.kind in ("throttle", "deny"):
            say = throttling if fault.kind == "throttle" else denial
            return say(service).answer(service, start_response, in_json=is_in_json(environ))
        return self._fail(strike, service, environ, start_response)

    def _empty(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        held: list[tuple[Any, ...]] = []

        def hold(*answer: Any) -> Callable[[bytes], object]:  # noqa: ANN401 - WSGI's own
            held.append(answer)
            return lambda _: None

        content = emptied(b"".join(self._app(environ, hold)))
        status, headers, *rest = held[0]
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start_response(status, [*kept, ("Content-Length", str(len(content)))], *rest)
        return [content]

    def _after(
        self,
        strike: Strike,
        service: str,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterable[bytes]:
        held: list[tuple[Any, ...]] = []

        def hold(*answer: Any) -> Callable[[bytes], object]:  # noqa: ANN401 - WSGI's own
            held.append(answer)
            return lambda _: None

        content = b"".join(self._app(environ, hold))
        environ[HAPPENED] = int(str(held[0][0]).split(maxsplit=1)[0]) < _BAD
        if strike.fault.kind == "delay":
            time.sleep(strike.fault.seconds)
            start_response(*held[0])
            return [content]
        return self._fail(strike, service, environ, start_response)

    def _fail(
        self,
        strike: Strike,
        service: str,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterable[bytes]:
        if strike.fault.kind == "error":
            error = AwsError("InternalFailure", "The request failed for an unknown reason.", 500)
            return error.answer(service, start_response, in_json=is_in_json(environ))
        if strike.fault.kind == "kill":
            own = int(str(environ["SERVER_PORT"]))
            ports = int(str(environ["REMOTE_PORT"])), own
            self._faults.kill(strike, ports, f"http://127.0.0.1:{own}")
        _break(environ["werkzeug.socket"])
        raise ConnectionResetError("a fault was asked for")


_XML_LIST = re.compile(rb"<(\w+)>\s*<item>.*</\1>", re.DOTALL)


def emptied(answer: bytes) -> bytes:
    """An answer of AWS whose lists are empty: in JSON at its top, in EC2's XML the outermost."""
    try:
        found = json.loads(answer)
    except ValueError:
        return _XML_LIST.sub(rb"<\1/>", answer)
    lists = {key: [] for key, value in found.items() if isinstance(value, list)}
    return json.dumps(found | lists).encode()


def _break(connection: socket.socket) -> None:
    """Ends a connection by RST, as one does whose other end is gone."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RD)
    connection.close()


def _fork_for(process: psutil.Process, forks: Mapping[int, int]) -> psutil.Process:
    """What stands for a process, or the process itself."""
    return next((psutil.Process(fork) for fork, of in forks.items() if of == process.pid), process)


def _wait_for_end(process: psutil.Process) -> None:
    clock = FairClock()
    with contextlib.suppress(psutil.NoSuchProcess):
        while process.status() != psutil.STATUS_ZOMBIE and clock.seconds < _ENDING:
            time.sleep(_LOOK)


def _process_at(ports: tuple[int, int]) -> int | None:
    """The process whose connection leads from the first port to the second one."""
    found = (
        known.pid
        for known in psutil.net_connections("tcp")
        if known.laddr and known.raddr and (known.laddr.port, known.raddr.port) == ports
    )
    return next((pid for pid in found if pid), None)


def kill_peer(
    ports: tuple[int, int], endpoint: str, *, parent: bool, forks: Mapping[int, int]
) -> tuple[str, psutil.Process | None]:
    """Kills the process at the other end of a loopback connection.

    Only what was started to use this local cloud is killed. So a test runner that calls from
    within itself is spared.

    Args:
        ports: the other end's, and this one's. One alone names nobody: the system gives a port
            of a client to another client as well, who calls somebody else.
        endpoint: of the AWS APIs, as the environment of such a process has it.
        parent: kill its parent instead.
        forks: processes that stand for others, see `localcloud.forks`; of these others the
            environment and the parent count.

    Returns:
        What came of it, and the process itself where its parent was killed.
    """
    try:
        pid = _process_at(ports)
        if pid is None:
            return f"nothing to kill: nobody has port {ports[0]} any more", None
        process = psutil.Process(pid)
        started = psutil.Process(forks.get(pid, pid))
        known = started.parent() if parent else started
        if known is None or known.environ().get("AWS_ENDPOINT_URL") != endpoint:
            return f"spared {pid}: it was not started to use this local cloud", None
        name = known.name()
        victim = _fork_for(known, forks) if parent else process
        victim.kill()
    except psutil.Error as error:
        return f"nothing to kill: {error}", None
    _log.info("killed %s (%s), as a fault asked for", victim.pid, name)
    return f"killed {victim.pid} ({name})", process if parent else None
