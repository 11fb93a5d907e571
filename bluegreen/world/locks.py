"""Locks that updates hold on stacks.

A file or bucket backend knows that an update runs only by its lock files, and a killed engine
leaves its own behind. Neither the CLI nor the Automation API shows them before an update is
refused, so those of ``file://`` and ``s3://`` backends are read where the engine keeps them
(``.pulumi/locks/organization/PROJECT/STACK/ID.json``). Pulumi Cloud says itself whether an update
runs; `Stacks` asks it. Of other backends nothing is seen beforehand, which is told wherever it
matters; there the engine alone refuses an update, before it changes anything.

A lock counts as dead where `witnesses` prove it, or where the operator names it as dead; never
because nobody here has the process id that it names.
"""

import json
import re
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.errors import OperatorError
from bluegreen.snapshot import Lock
from bluegreen.world import bucket, witnesses

FOLDER = ".pulumi/locks/organization"
"""Where a file or bucket backend keeps locks: in folders by project, then by stack."""

_ADVICE = {
    "s3": "Who runs this needs s3:ListBucket on the bucket and s3:GetObject on what is in it, and"
    " s3:DeleteObject to remove a dead one. If"
    " other credentials than the default ones have them, name them in the URL of the backend, for"
    " Pulumi too: `pulumi login 's3://BUCKET?profile=PROFILE&region=REGION'`",
    "file": "Who runs this must be able to read them",
}
"""What to do where locks cannot be looked at, by the kinds of backends whose locks can be."""

_REFUSAL = re.compile(r"created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)")


class LocksError(OperatorError):
    """Locks that can be looked at could not be."""


def is_cloud(backend_url: str) -> bool:
    """Whether a backend is Pulumi Cloud, or one of one's own that speaks as it does."""
    return urlsplit(backend_url).scheme in ("https", "http")


@dataclass(frozen=True)
class Locks:
    """Locks of the stacks of a project.

    Attributes:
        backend_url: as PULUMI_BACKEND_URL has it.
        project: Pulumi project.
        said_dead: locks that are dead by the operator's word, as `Lock.in_words` names them.
    """

    backend_url: str
    project: str
    said_dead: Collection[str] = ()

    def read(self, stack: str) -> tuple[Lock, ...] | None:
        """Locks on a stack; None where those of the backend cannot be read.

        Raises:
            LocksError: the backend does not let them be looked at.
        """
        if self._url.scheme not in _ADVICE:
            return None
        with self._explained(f"whether an update holds stack {stack} cannot be seen", "read"):
            return tuple(self._judge(stack, it) for _, it in self._read_files(stack))

    def in_refusal(self, stack: str, message: str) -> tuple[Lock, ...]:
        """Locks that the engine names when it refuses an update of a stack."""
        return tuple(
            self._judge(stack, _Content(user, host, int(pid), since))
            for user, host, pid, since in _REFUSAL.findall(message)
        )

    def remove(self, stack: str, gone: Collection[Lock]) -> bool:
        """Removes just these locks, and none that has come since; False where it cannot.

        Raises:
            LocksError: the backend does not let them be removed.
        """
        if self._url.scheme not in _ADVICE:
            return False
        names = {lock.in_words for lock in gone}
        with self._explained(f"the dead lock of stack {stack} may still be there", "removed"):
            for place, content in list(self._read_files(stack)):
                if self._judge(stack, content).in_words not in names:
                    continue
                if self._url.scheme == "s3":
                    bucket.delete_object(self._url, place)
                else:
                    Path(place).unlink(missing_ok=True)
        return True

    @property
    def _url(self) -> SplitResult:
        return urlsplit(self.backend_url)

    def _read_files(self, stack: str) -> Iterator[tuple[str, "_Content"]]:
        url = self._url
        folder = f"{FOLDER}/{self.project}/{stack}"
        if url.scheme == "s3":
            files = bucket.read_objects(url, folder)
        else:
            files = _read_folder(Path(unquote(url.netloc + url.path)).expanduser() / folder)
        return ((place, _parse(place, text)) for place, text in files)

    def _judge(self, stack: str, content: "_Content") -> Lock:
        lock = Lock(holder=content.holder, since=content.since, dead=False)
        fate = witnesses.fate_of_holder(
            content.user,
            content.host,
            content.pid,
            content.since,
            backend=self.backend_url,
            stack=stack,
        )
        said_dead = fate == "unknown" and lock.is_for_operator and lock.in_words in self.said_dead
        return lock.model_copy(
            update={
                "dead": fate == "gone" or said_dead,
                "alive": fate == "lives",
                "by_word": said_dead,
            }
        )

    @contextmanager
    def _explained(self, means: str, done: str) -> Generator[None]:
        url = self._url
        try:
            yield
        except (OSError, ValueError, BotoCoreError, ClientError) as error:
            place = f"{url.scheme}://{url.netloc}{url.path}"
            raise LocksError(
                f"{means}: locks in {place} cannot be {done}: {error}. {_ADVICE[url.scheme]}"
            ) from error


class _Content(NamedTuple):
    """What a lock says."""

    user: str
    host: str
    pid: int
    since: str

    @property
    def holder(self) -> str:
        return f"{self.user}@{self.host} (pid {self.pid})"


def _read_folder(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob("*.json")):
        try:
            yield str(path), path.read_text()
        except FileNotFoundError:
            continue  # the update ended meanwhile


def _parse(name: str, text: str) -> _Content:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name} is no lock: {error}") from None
    if not isinstance(content, dict) or not str(content.get("pid", 0)).isdigit():
        raise ValueError(f"{name} is no lock: it holds {text[:40].strip()}")
    user, host, since = (str(content.get(key, "")) for key in ("username", "hostname", "timestamp"))
    return _Content(user, host, int(str(content.get("pid", 0))), since)
