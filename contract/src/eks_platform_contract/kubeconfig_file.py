"""Puts contexts into somebody's kubeconfig file and leaves everything else in it alone."""

import base64
import os
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, cast

import yaml

from eks_platform_contract.encodings import decoded
from eks_platform_contract.kubeconfig import Kubeconfig
from eks_platform_contract.names import PROJECT

Entry: TypeAlias = dict[str, Any]
"""A map of a YAML file; only the keys that are ours have known types."""

_LISTS = {"clusters": "cluster", "users": "user", "contexts": "context"}
# Kubernetes keeps `extensions` for such marks: by it, an entry of ours may be written again.
_AUTHORITY = "certificate-authority-data"
_MARK: Entry = {"name": PROJECT, "extension": {"writtenBy": "eks-platform-kubeconfig"}}


class KubeconfigFileError(Exception):
    """The file was left as it was; the message says why and what to do."""


@dataclass(frozen=True)
class Written:
    """What was done to a file.

    Attributes:
        path: the file.
        contexts: names of the contexts that were put in, in order.
        current: the file's current context.
    """

    path: Path
    contexts: tuple[str, ...]
    current: str


def default_paths() -> list[Path]:
    """The files that kubectl reads: those of ``$KUBECONFIG``, else ``~/.kube/config``."""
    files = [name for name in os.environ.get("KUBECONFIG", "").split(os.pathsep) if name]
    return [Path(it).expanduser() for it in files] or [Path.home() / ".kube" / "config"]


def default_path() -> Path:
    """The file that kubectl writes to: the first of those."""
    return default_paths()[0]


def authorities_of(bundle: str) -> list[str]:
    """Base64 of each PEM of a bundle. Raises ValueError if it is not base64."""
    end = b"-----END CERTIFICATE-----"
    pems = base64.b64decode(bundle, validate=True).split(end)
    return [base64.b64encode(pem.strip() + b"\n" + end).decode() for pem in pems if pem.strip()]


def trust(path: Path, name: str, bundle: str) -> bool:
    """Has a file's entry of a cluster trust other certificate authorities.

    Args:
        path: the file; a link is followed.
        name: name of the cluster's entry, which this package wrote.
        bundle: base64 of the PEMs.

    Returns:
        Whether it did not trust just these, and does now.

    Raises:
        KubeconfigFileError: as of `merge`.
    """
    target = Path(os.path.realpath(path))
    if not target.is_file():
        return False
    try:
        with _locked(target):
            document = _load(target)
            clusters = [cast("Entry", it) for it in document.get("clusters") or []]
            ours = [it["cluster"] for it in clusters if it.get("name") == name and _is_marked(it)]
            changed = [it for it in ours if it.get(_AUTHORITY) != bundle]
            for entry in changed:
                entry[_AUTHORITY] = bundle
            if changed:
                _replace(target, document)
            return bool(changed)
    except OSError as error:
        raise KubeconfigFileError(f"{target} cannot be written: {error.strerror}") from error


def _is_marked(entry: Entry) -> bool:
    marks = cast("Entry", entry.get("cluster") or {}).get("extensions")
    return isinstance(marks, list) and _MARK in marks


def merge(
    path: Path, config: Kubeconfig, *, current: str | None = None, force: bool = False
) -> Written:
    """Puts a kubeconfig's entries into a file, which is created if it does not exist.

    Entries that an earlier run wrote are replaced. The file changes at once or not at all, and
    only its owner may read it. The current context changes only if asked to, or if there is none.

    Args:
        path: the file; a link is followed.
        config: what to put in.
        current: context to make the current one.
        force: replace entries of the same names that somebody else made, too.

    Raises:
        KubeconfigFileError: the file is malformed, is being written by another program, cannot
            be written, or holds other entries of the same names.
    """
    target = Path(os.path.realpath(path))
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(target):
            document = merged_document(_load(target), config, current=current, force=force)
            _replace(target, document)
    except OSError as error:
        raise KubeconfigFileError(f"{target} cannot be written: {error.strerror}") from error
    except _NotOursError as error:
        raise KubeconfigFileError(
            f"{target} already has {error}, which this command did not write: rename it there,"
            " or use --force to replace it"
        ) from None
    contexts = tuple(it.name for it in config.contexts)
    return Written(target, contexts, str(document["current-context"]))


class _NotOursError(Exception):
    """An entry of the same name was made by somebody else."""


def merged_document(
    document: Mapping[str, Any],
    config: Kubeconfig,
    *,
    current: str | None = None,
    force: bool = False,
) -> Entry:
    """A kubeconfig's document with another's entries in it; what else it holds stays.

    Args:
        document: the file's content, perhaps empty.
        config: what to put in.
        current: context to make the current one.
        force: replace entries that somebody else made, too.
    """
    new = config.to_json()
    result: Entry = {"apiVersion": "v1", "kind": "Config", **document}
    foreign: list[str] = []
    for plural, singular in _LISTS.items():
        entries = [cast("Entry", entry) for entry in result.get(plural) or []]
        for entry in cast("list[Entry]", new[plural]):
            marked = {**entry, singular: {**entry[singular], "extensions": [_MARK]}}
            found = [it for it in entries if it.get("name") == entry["name"]]
            if not force and any(not _is_ours(it, entry, singular) for it in found):
                foreign.append(f"a {singular} named {entry['name']}")
            entries = _put(entries, marked)
        result[plural] = entries
    if foreign:
        raise _NotOursError(" and ".join(foreign))
    result["current-context"] = current or result.get("current-context") or new["current-context"]
    return result


def _is_ours(found: Entry, entry: Entry, singular: str) -> bool:
    inner = cast("Entry", found.get(singular) or {})
    marks = inner.get("extensions")
    return (isinstance(marks, list) and _MARK in marks) or inner == entry[singular]


def _put(entries: list[Entry], entry: Entry) -> list[Entry]:
    """The list with the entry in place of the first of its name, or at the end."""
    names = [it.get("name") for it in entries]
    if entry["name"] not in names:
        return [*entries, entry]
    place = names.index(entry["name"])
    kept = [it for it in entries[place + 1 :] if it.get("name") != entry["name"]]
    return [*entries[:place], entry, *kept]


def _load(path: Path) -> Entry:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    try:
        document: object = yaml.safe_load(decoded(data))
    except UnicodeDecodeError:
        raise _left(path, "no text in UTF-8 or UTF-16") from None
    except RecursionError:
        raise _left(path, "nested too deeply") from None
    except (yaml.YAMLError, ValueError) as error:
        raise _left(path, f"no YAML ({' '.join(str(error).split())})") from None
    if document is None:
        return {}
    if not isinstance(document, dict) or not all(
        _is_list_of(document, *it) for it in _LISTS.items()
    ):
        raise _left(path, "no kubeconfig")
    return cast("Entry", document)


def _left(path: Path, why: str) -> KubeconfigFileError:
    return KubeconfigFileError(f"{path} is {why}, so it is left as it is")


def _is_list_of(document: Mapping[Any, Any], plural: str, singular: str) -> bool:
    """Whether entries of a kind are maps that each hold a map, or are not there."""
    entries = document.get(plural) or []
    return isinstance(entries, list) and all(
        isinstance(entry, dict) and isinstance(entry.get(singular) or {}, dict) for entry in entries
    )


@contextmanager
def _locked(path: Path) -> Generator[None]:
    """Holds the lock that kubectl, too, takes before it writes: a file beside it."""
    lock = path.with_name(f"{path.name}.lock")
    try:
        descriptor = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise KubeconfigFileError(
            f"another program is writing {path}; if none is, remove {lock} and run this again"
        ) from None
    try:
        os.close(descriptor)
        yield
    finally:
        lock.unlink(missing_ok=True)


def _replace(path: Path, document: Entry) -> None:
    """Writes a new file beside the old one, then puts it in its place. Its mode is 0600."""
    try:
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    except RecursionError:
        raise _left(path, "nested too deeply") from None
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
