"""Has every tool ready: from PATH, else from the cache, else downloaded, else built."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from localcloud.fair_clock import communicate
from localcloud.tools.cache import cached
from localcloud.tools.catalogue import Tool
from localcloud.tools.limits import Limits
from localcloud.tools.progress import Progress, Teller

_VERSION_SECONDS = 20.0


def ensure(
    tools: Iterable[Tool],
    report: Callable[[Progress], None] = lambda _: None,
    limits: Limits | None = None,
) -> dict[Tool, Path]:
    """Paths of all `tools`, each taken from where it is had first.

    That is PATH, if the program there has exactly the pinned version; the cache; its pinned release
    file, verified; and a build from source. `localcloud.tools.mirror` says where release files come
    from.

    Args:
        tools: what is needed.
        report: called before, while and after something takes time, never twice at once.
        limits: when a download is given up; those of `Limits` when None.

    Raises:
        ToolError: a file is not the pinned one, Go is needed and missing or too old, a build
            failed, or the cache cannot be written to.
    """
    wanted = list(tools)
    teller = Teller(wanted, report)
    had: dict[Tool, Path] = {}
    for tool in wanted:
        on_path = _on_path(tool)
        path = on_path or cached(tool)
        if path is not None:
            teller.report(tool, "found" if on_path else "cached")
            had[tool] = path
    missing = [tool for tool in wanted if tool not in had]
    if missing:
        # The HTTP client takes a while to import, and is seldom needed.
        from localcloud.tools.missing import make  # noqa: PLC0415

        had.update(make(missing, teller, limits or Limits()))
    return {tool: had[tool] for tool in wanted}


def found(tool: Tool) -> Path | None:
    """The tool on PATH or in the cache, or None where it would have to be made."""
    return _on_path(tool) or cached(tool)


def _on_path(tool: Tool) -> Path | None:
    """The tool on PATH, if it reports exactly the pinned version."""
    where = shutil.which(tool.name)
    if where is None or not tool.version_args:
        return None
    try:
        # Version managers' shims print the version on either stream.
        with subprocess.Popen(
            [where, *tool.version_args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as asked:
            said = "".join(communicate(asked, _VERSION_SECONDS))
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.escape(tool.version.removeprefix("v"))
    exact = re.search(rf"(?<![\d.]){version}(?![\w.+-])", said) is not None
    return Path(where) if exact and asked.returncode == 0 else None
