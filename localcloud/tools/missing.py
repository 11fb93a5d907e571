"""Makes tools that are neither on PATH nor cached: downloads several at once, builds the rest."""

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from localcloud.tools import mirror
from localcloud.tools.build import build
from localcloud.tools.cache import built_path, cached, downloaded_path, locked
from localcloud.tools.catalogue import Tool
from localcloud.tools.digests import Release, release_of, this_platform
from localcloud.tools.download import download
from localcloud.tools.fetch import Fetcher, UnavailableError
from localcloud.tools.limits import Limits
from localcloud.tools.modules import Prefetch
from localcloud.tools.progress import Teller, ToolError

STREAMS = 4
"""Tools that are downloaded at once."""


def make(tools: Sequence[Tool], teller: Teller, limits: Limits) -> dict[Tool, Path]:
    """Downloads each of `tools` into the cache, and builds those that cannot be downloaded.

    Args:
        tools: none of them is on PATH; another run may make them meanwhile.
        teller: told of each step.
        limits: when a download is given up.

    Raises:
        ToolError: see `localcloud.tools.obtain.ensure`.
    """
    run = _Run(teller, Fetcher(limits), Prefetch())
    pool = ThreadPoolExecutor(STREAMS, thread_name_prefix="download")
    try:
        to_build: dict[Tool, str] = {}
        downloads: dict[Tool, Future[Path | str]] = {}
        for tool in tools:
            release = _release(tool)
            if isinstance(release, str):
                to_build[tool] = release
                run.modules.add(tool)
            else:
                downloads[tool] = pool.submit(run.download, tool, release)
        return run.collect(downloads, to_build)
    finally:
        # Nothing but an error or an interruption leaves any of these at work.
        run.fetcher.end()
        run.modules.end()
        pool.shutdown(cancel_futures=True)


def _release(tool: Tool) -> Release | str:
    """What to download, or why there is nothing: that is known before anything is asked."""
    if mirror.is_off():
        return f"{mirror.VARIABLE} is {mirror.OFF}"
    platform = this_platform()
    return release_of(tool.name, tool.version, platform) or f"no file for {platform} is pinned"


@dataclass(frozen=True)
class _Run:
    teller: Teller
    fetcher: Fetcher
    modules: Prefetch

    def collect(
        self, downloads: dict[Tool, "Future[Path | str]"], builds: dict[Tool, str]
    ) -> dict[Tool, Path]:
        """Waits for the downloads, and builds meanwhile what has none, and what turned out so."""
        found: dict[Tool, Path] = {}
        waiting = dict(downloads)
        to_build = dict(builds)
        while waiting or to_build:
            if not to_build:
                wait(waiting.values(), return_when=FIRST_COMPLETED)
            for tool in [tool for tool, future in waiting.items() if future.done()]:
                outcome = waiting.pop(tool).result()
                if isinstance(outcome, Path):
                    found[tool] = outcome
                else:
                    to_build[tool] = outcome
            if to_build:
                tool = next(iter(to_build))
                found[tool] = self.build(tool, to_build.pop(tool))
        return found

    def download(self, tool: Tool, release: Release) -> Path | str:
        """The downloaded tool, or why it must be built."""
        outcome = self._download(tool, release)
        if isinstance(outcome, str):
            self.modules.add(tool)
        return outcome

    def _download(self, tool: Tool, release: Release) -> Path | str:
        target = downloaded_path(tool, release)
        with self._locked(tool, "downloading"):
            made = cached(tool)
            if made is not None:
                self.teller.report(tool, "cached")
                return made
            try:
                download(
                    self.fetcher,
                    release,
                    built_path(tool).parent,
                    target,
                    lambda done, size: self.teller.report(tool, "downloading", "", done, size),
                )
            except UnavailableError as reason:
                return str(reason)
        self.teller.report(tool, "downloaded")
        return target

    def build(self, tool: Tool, reason: str) -> Path:
        """The built tool; modules of those that are built later are fetched meanwhile."""
        target = built_path(tool)
        with self._locked(tool, "building"):
            made = cached(tool)
            if made is not None:
                self.teller.report(tool, "cached")
                return made
            self.teller.report(tool, "building", reason)
            try:
                self.modules.drop(tool)
                build(tool, target)
            except ToolError as error:
                raise ToolError(
                    f"{tool.name} {tool.version} must be built, as {reason}: {error}"
                ) from error
        self.teller.report(tool, "built")
        return target

    def _locked(self, tool: Tool, doing: str) -> AbstractContextManager[None]:
        return locked(
            tool,
            doing,
            lambda holder: self.teller.report(tool, "waiting", str(holder)),
            self.fetcher.ended,
        )
