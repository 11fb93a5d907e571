"""Stack files that a command changes: pipelines read them from the repository's main branch."""

import subprocess
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager

from bluegreen.context import Context
from settings.names import COLOURS, SHARED


@contextmanager
def advise_commit(context: Context) -> Generator[None]:
    """Ends with a line that says which stack files are to be committed, if any has changed.

    Not of a command that failed or was interrupted: what it left in them is halfway, and belongs
    on no branch. Run again it completes that, and advises of all that differs from what is
    committed, whoever changed it.
    """
    before = _contents(context)
    try:
        yield
    except BaseException:
        if changed := _changed(context, before):
            _print(context, _warning(changed))
        raise
    differ = {*_changed(context, before), *_uncommitted(context)}
    if differ:
        _print(context, _advice([file for file in _contents(context) if file in differ]))


def _changed(context: Context, before: Mapping[str, bytes]) -> list[str]:
    after = _contents(context)
    return [file for file in after if after[file] != before.get(file)]


def _uncommitted(context: Context) -> list[str]:
    """Stack files that git has otherwise; none where it is not git that keeps them."""
    try:
        said = subprocess.run(
            ["git", "diff", "--name-only", "--relative", "HEAD", "--", *_contents(context)],
            cwd=context.folder,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return said.splitlines()


def _print(context: Context, text: str) -> None:
    if not context.as_json:
        context.console.print(text, highlight=False, soft_wrap=True)


def _contents(context: Context) -> Mapping[str, bytes]:
    files = [context.folder / f"Pulumi.{stack}.yaml" for stack in (SHARED, *COLOURS)]
    return {file.name: file.read_bytes() for file in files if file.is_file()}


def _advice(files: Sequence[str]) -> str:
    return (
        f"Commit and push {_listed(files)}: pipelines run from the main branch, and would undo this"
    )


def _warning(files: Sequence[str]) -> str:
    one = len(files) == 1
    return (
        f"Do not commit {_listed(files)} yet: {'it holds' if one else 'they hold'} a state on the"
        " way, which pipelines must not make. Run a command that completes this or takes it back"
        " first; it says then what to commit"
    )


def _listed(files: Sequence[str]) -> str:
    *first, last = files
    return f"{', '.join(first)} and {last}" if first else last
