"""Fetches one pinned file over HTTP: verified, resumed where it broke off, given up where it must.

What a server sends is hashed as it is written, and not used before the hash is the pinned one.
"""

import hashlib
import io
import re
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import BinaryIO, TypeAlias
from urllib.parse import urlsplit

import requests
import urllib3

from localcloud.tools import mirror
from localcloud.tools.cache import EndedError
from localcloud.tools.limits import Limits
from localcloud.tools.progress import ToolError

Told: TypeAlias = Callable[[int, int | None], None]
"""Told how many bytes are there, and how many come in all if that is known."""

LARGEST = 2**30
"""Bytes of the largest file that is taken; the largest tool has a tenth of it."""

_CHUNK = 2**18
_WORTH_ANOTHER_TRY = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
)
_REDIRECTS = 5


class UnavailableError(Exception):
    """A file cannot be had, and nothing is wrong with what was sent; says why, in a clause."""


class DigestError(ToolError):
    """What was sent is not what is pinned."""

    def __init__(self, address: str, expected: str, found: str) -> None:
        super().__init__(
            f"{mirror.shown(address)} is not the file that is pinned: expected SHA-256 {expected}, "
            f"found {found}. Nothing of it was kept. If whoever serves it cannot be trusted, let "
            f"{mirror.VARIABLE} name a mirror, or be {mirror.OFF!r} to build the tools."
        )


class _BrokenError(Exception):
    """This attempt failed, and another may not."""


class _Received:
    """What has come of one file, over all attempts."""

    def __init__(self, file: BinaryIO, most: int) -> None:
        self._file = file
        self._most = most
        self._hash = hashlib.sha256()
        self.count = 0

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    @property
    def too_long(self) -> bool:
        return self.count > self._most

    def restart(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._hash = hashlib.sha256()
        self.count = 0

    def append(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._hash.update(chunk)
        self.count += len(chunk)


class Fetcher:
    """Fetches files for one run of a command, from several threads at once."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._unreachable: dict[str, str] = {}
        self._live: set[urllib3.BaseHTTPResponse] = set()
        self._lock = threading.Lock()
        self.ended = threading.Event()

    def end(self) -> None:
        """Makes every call that still runs raise `EndedError`."""
        self.ended.set()
        with self._lock:
            for response in self._live:
                # Not every response has a socket left to close.
                with suppress(ValueError, RuntimeError, OSError):
                    response.shutdown()

    def document(self, url: str, sha256: str, most: int) -> bytes:
        """The verified content of a small file; raises what `fetch` does."""
        content = io.BytesIO()
        self.fetch(url, sha256, content, most)
        return content.getvalue()

    def fetch(
        self,
        url: str,
        sha256: str,
        file: BinaryIO,
        most: int = LARGEST,
        told: Told = lambda _done, _size: None,
    ) -> None:
        """Writes the verified file at `url` into `file`, which is empty.

        Args:
            url: where the file is published; a mirror is asked instead if there is one.
            sha256: what it must hash to, in hexadecimal.
            file: where it is written to; of no use when this raises.
            most: bytes that it may have.
            told: called with the bytes that are there, and with all that come if that is known.

        Raises:
            UnavailableError: it cannot be had from there.
            DigestError: it is another file.
            OSError: `file` cannot be written.
            EndedError: `end` was called.
        """
        address = mirror.address(url)
        received = _Received(file, most)
        for attempt in range(1, self._limits.attempts + 1):
            try:
                self._attempt(address, received, told)
                break
            except _BrokenError as error:
                if attempt == self._limits.attempts:
                    raise UnavailableError(
                        f"{_host(address)} {error} at the last of {attempt} attempts"
                    ) from error
            if self.ended.wait(self._limits.pause * 2 ** (attempt - 1)):
                raise EndedError
        if received.too_long:
            raise DigestError(address, sha256, f"more than the {most} bytes that it may have")
        if received.sha256 != sha256:
            raise DigestError(address, sha256, received.sha256)

    def _attempt(self, address: str, received: _Received, told: Told) -> None:
        """Asks for what is missing of the file, and takes what comes."""
        with self._session(address) as session, self._answer(session, address, received) as answer:
            self._check(answer, received)
            with self._watched(answer.raw) as body:
                told(received.count, _size(body, received))
                self._read(body, received, told)

    @contextmanager
    def _session(self, address: str) -> Generator[requests.Session]:
        with requests.Session() as session:
            session.max_redirects = _REDIRECTS
            if address.startswith("https://"):
                # A redirect must not lead out of TLS.
                del session.adapters["http://"]
            yield session

    def _answer(
        self, session: requests.Session, address: str, received: _Received
    ) -> requests.Response:
        host = _host(address)
        if host in self._unreachable:
            raise UnavailableError(self._unreachable[host])
        # What is hashed is the file: no server may pack it on the way.
        headers = {"Accept-Encoding": "identity", "Accept": "*/*"}
        if received.count:
            headers["Range"] = f"bytes={received.count}-"
        timeout = (self._limits.connect, self._limits.stall)
        try:
            return session.get(address, headers=headers, stream=True, timeout=timeout)
        except requests.ReadTimeout as error:
            raise _BrokenError(f"sent nothing for {self._limits.stall:g} s") from error
        except requests.ConnectionError as error:
            if _broke_off(error):
                raise _BrokenError("broke the connection off") from error
            # Others on the same host need not wait for it again.
            self._unreachable[host] = f"{host} cannot be reached ({_reason(error)})"
            raise UnavailableError(self._unreachable[host]) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise UnavailableError(f"{host} cannot be asked ({error})") from error

    def _check(self, answer: requests.Response, received: _Received) -> None:
        """Makes `received` fit the answer, or refuses it."""
        status, host = answer.status_code, _host(answer.url)
        if status == HTTPStatus.PARTIAL_CONTENT and received.count:
            start = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
            if start is None or int(start[1]) != received.count:
                received.restart()
                raise _BrokenError("sent another part than was asked for")
        elif status == HTTPStatus.OK:
            if received.count:
                # It cannot resume.
                received.restart()
        elif status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            received.restart()
            raise _BrokenError("cannot resume")
        elif status in _WORTH_ANOTHER_TRY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _BrokenError(f"answered {status}")
        else:
            raise UnavailableError(f"{host} answered {status} for {mirror.shown(answer.url)}")

    @contextmanager
    def _watched(self, body: urllib3.BaseHTTPResponse) -> Generator[urllib3.BaseHTTPResponse]:
        """Lets `end` break the connection off."""
        with self._lock:
            self._live.add(body)
        try:
            yield body
        finally:
            with self._lock:
                self._live.discard(body)

    def _read(
        self,
        body: urllib3.BaseHTTPResponse,
        received: _Received,
        told: Told,
    ) -> None:
        size = _size(body, received)
        began, had = self._limits.clock(), received.count
        while not received.too_long:
            chunk = self._chunk(body)
            if not chunk:
                return
            received.append(chunk)
            told(received.count, size)
            passed = self._limits.clock() - began
            if passed > self._limits.stall:
                if received.count - had < passed * self._limits.slowest:
                    raise _BrokenError(f"sent {received.count - had} bytes in {passed:.0f} s")
                began, had = self._limits.clock(), received.count

    def _chunk(self, body: urllib3.BaseHTTPResponse) -> bytes:
        """Whatever is there by now; nothing at the end of the file."""
        try:
            chunk = body.read1(_CHUNK, decode_content=False)
        except urllib3.exceptions.HTTPError as error:
            if self.ended.is_set():
                raise EndedError from error
            if isinstance(error, urllib3.exceptions.ReadTimeoutError):
                raise _BrokenError(f"sent nothing for {self._limits.stall:g} s") from error
            raise _BrokenError("broke the connection off") from error
        if self.ended.is_set():
            raise EndedError
        return chunk


def _size(body: urllib3.BaseHTTPResponse, received: _Received) -> int | None:
    rest = body.length_remaining
    return None if rest is None else received.count + rest


def _host(address: str) -> str:
    return urlsplit(address).hostname or address


def _broke_off(error: requests.ConnectionError) -> bool:
    """Whether there was a connection, and it ended before the answer."""
    return bool(error.args) and isinstance(error.args[0], urllib3.exceptions.ProtocolError)


def _reason(error: BaseException) -> str:
    """The innermost cause: ``Name or service not known``."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate: {error.verify_message}"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
