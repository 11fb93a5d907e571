"""Stack files that a command changes: pipelines read them from the repository's main branch."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from bluegreen.context import Context
from settings.names import COLOURS, SHARED


@contextmanager
def advise_commit(context: Context) -> Generator[None]:
    """Ends with a line that says which stack files are to be committed, if any has changed.

    Also when the command fails: run again, it finds its file changed already and says nothing.
    """
    before = _contents(context)
    try:
        yield
    finally:
        after = _contents(context)
        changed = [file for file in after if after[file] != before.get(file)]
        if changed and not context.as_json:
            context.console.print(_advice(changed), highlight=False, soft_wrap=True)


def _contents(context: Context) -> Mapping[str, bytes]:
    files = [context.folder / f"Pulumi.{stack}.yaml" for stack in (SHARED, *COLOURS)]
    return {file.name: file.read_bytes() for file in files if file.is_file()}


def _advice(files: list[str]) -> str:
    *first, last = files
    names = f"{', '.join(first)} and {last}" if first else last
    return f"Commit and push {names}: pipelines run from the main branch, and would undo this"
