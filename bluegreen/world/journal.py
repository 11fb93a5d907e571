"""Records of switches, kept beside the states of the stacks.

In a file or bucket backend they are objects below ``.pulumi/bluegreen/PROJECT``: whoever may write
states may write them. Pulumi Cloud keeps no objects of one's own; there none are kept, and that is
told.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from bluegreen.errors import OperatorError
from bluegreen.switch_record import SwitchRecord
from bluegreen.world import bucket

FOLDER = ".pulumi/bluegreen"


class JournalError(OperatorError):
    """Records cannot be written or read."""


@dataclass(frozen=True)
class Journal:
    """Records of one project.

    Attributes:
        backend_url: as PULUMI_BACKEND_URL has it.
        project: Pulumi project.
    """

    backend_url: str
    project: str

    def write(self, record: SwitchRecord) -> None:
        """Keeps a record, in place of an earlier one of the same run. Raises JournalError."""
        text = record.model_dump_json(by_alias=True, indent=1) + "\n"
        try:
            if self._kind == "s3":
                bucket.write_object(self._url, f"{self._folder}/{record.key}", text)
            else:
                _write_file(self._path / record.key, text)
        except (OSError, ValueError, BotoCoreError, ClientError) as error:
            raise JournalError(f"the record cannot be kept in {self._place}: {error}") from error

    def read(self) -> tuple[SwitchRecord, ...]:
        """All records, the oldest first. Raises JournalError."""
        try:
            if self._kind == "s3":
                found = dict(bucket.read_objects(self._url, self._folder))
            else:
                found = {path.name: path.read_text() for path in self._path.glob("*.json")}
            return tuple(SwitchRecord.model_validate_json(found[key]) for key in sorted(found))
        except ValidationError as error:
            raise JournalError(
                f"{self._place} holds something that is no record: {error}"
            ) from error
        except (OSError, ValueError, BotoCoreError, ClientError) as error:
            raise JournalError(f"records in {self._place} cannot be read: {error}") from error

    @property
    def _kind(self) -> str:
        if self._url.scheme not in ("s3", "file"):
            raise JournalError(
                f"a backend of the kind {self._url.scheme}:// keeps no records of switches; file://"
                " and s3:// do. `pulumi stack history -s shared` says who updated it and when"
            )
        return self._url.scheme

    @property
    def _url(self) -> SplitResult:
        return urlsplit(self.backend_url)

    @property
    def _folder(self) -> str:
        return f"{FOLDER}/{self.project}"

    @property
    def _path(self) -> Path:
        return Path(unquote(self._url.netloc + self._url.path)).expanduser() / self._folder

    @property
    def _place(self) -> str:
        return f"{self._url.scheme}://{self._url.netloc}{self._url.path}"


def _write_file(path: Path, text: str) -> None:
    """At once: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    half.write_text(text)
    half.replace(path)
