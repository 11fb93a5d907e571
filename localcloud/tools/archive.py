"""Takes one program out of a tar archive."""

import tarfile
import zlib
from pathlib import Path
from typing import IO

from localcloud.tools.cache import explained
from localcloud.tools.fetch import UnavailableError

_CHUNK = 2**18
_DAMAGED = (tarfile.TarError, zlib.error, EOFError, OSError)


def extract(archive: Path, member: str, target: Path) -> bool:
    """Writes the file `member` of an archive to `target`; False when the archive has none.

    Nothing else is written, and no link is followed. The archive was verified before.

    Raises:
        UnavailableError: it cannot be unpacked, or the member is no plain file.
        ToolError: the program cannot be written.
    """
    try:
        # Plain, gzip, bzip2 or xz.
        with tarfile.open(archive, "r:*") as tar:
            for info in tar:
                if info.name.removeprefix("./").removeprefix("/") == member:
                    content = tar.extractfile(info) if info.isreg() else None
                    if content is None:
                        raise UnavailableError(f"{member} in the archive is no plain file")
                    _copy(content, target)
                    return True
    except _DAMAGED as error:
        raise _damaged(error) from error
    return False


def _copy(content: IO[bytes], target: Path) -> None:
    # The disk may be full when the file is closed, too.
    with explained(), target.open("wb") as file:
        while chunk := _read(content):
            file.write(chunk)


def _read(content: IO[bytes]) -> bytes:
    try:
        return content.read(_CHUNK)
    except _DAMAGED as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> UnavailableError:
    return UnavailableError(f"the archive cannot be unpacked ({error})")
