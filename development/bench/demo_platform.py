"""A whole platform on a local cloud, as `make demo` brings it up."""

import os
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from localcloud import demo, lifecycle, workspace
from localcloud.state import RunningCloud, StateFolder

STANDING = "BENCH_STATE"
"""Environment variable: state folder of a local cloud on which the demo has run. It is measured in
the place of one that is brought up for it, and keeps running. What deletes colours takes none."""

_FORKS = "LOCALCLOUD_STATE"


@dataclass(frozen=True)
class Platform:
    """Both colours, blue active, and the sample application on them.

    Attributes:
        state: folder of its local cloud.
        cloud: its ports.
    """

    state: StateFolder
    cloud: RunningCloud

    @property
    def environment(self) -> Mapping[str, str]:
        """Of a command that is to meet this platform."""
        return self.state.environment(self.cloud)

    @property
    def environment_without_forks(self) -> Mapping[str, str]:
        """The same, by which the engine's processes do not find the local cloud's fork server.

        Then all that runs for an engine is a child of it, and AWS has no such server either.
        """
        return {key: it for key, it in self.environment.items() if key != _FORKS}

    @property
    def project(self) -> Path:
        """Folder of the stack files."""
        return self.state.project


@contextmanager
def standing(tell: Callable[[str], None]) -> Generator[Platform]:
    """The platform that is to be measured; what was brought up for it ends with the block.

    Raises:
        CloudError: it could not be brought up, or none stands where the environment says so.
    """
    if folder := os.environ.get(STANDING):
        state = StateFolder(Path(folder).resolve())
        cloud = lifecycle.find(state)
        if cloud is None:
            raise lifecycle.CloudError(f"no local cloud runs in {state.root}, as {STANDING} has it")
        yield Platform(state, cloud)
        return
    with brought_up(tell) as platform:
        yield platform


@contextmanager
def brought_up(tell: Callable[[str], None]) -> Generator[Platform]:
    """One of its own, which ends with the block. Raises CloudError: it could not be brought up."""
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        state = StateFolder(Path(place) / "state")
        try:
            tell("bring the platform up, which takes minutes")
            cloud = lifecycle.start(state, (0, 0, 0), tied=True)
            with workspace.entered(state, cloud):
                demo.run(state, cloud, Console(stderr=True, emoji=False))
            yield Platform(state, cloud)
        finally:
            lifecycle.stop(state)
