"""What the operator command asks the Pulumi CLI by itself."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from pulumi import automation
from semver import VersionInfo

from bluegreen.world.automation_api import Workspace

_AT_ONCE = 3


class Cli(automation.PulumiCommand):
    """Answers `pulumi whoami`, and counts how often."""

    def __init__(self) -> None:
        self.runs: list[list[str]] = []
        self.version = VersionInfo(3, 200)

    def run(self, args: list[str], *_: object, **_named: object) -> automation.CommandResult:
        self.runs.append(args)
        return automation.CommandResult('{"user": "ann", "url": "file:///state"}', "", 0)


def test_the_backend_is_asked_for_once_by_threads_that_all_want_to_know(tmp_path: Path) -> None:
    cli = Cli()
    workspace = Workspace(tmp_path, command=cli)
    start = Barrier(_AT_ONCE)

    def ask(_: int) -> str:
        start.wait()
        return workspace.backend_url

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        assert set(pool.map(ask, range(_AT_ONCE))) == {"file:///state"}
    assert len(cli.runs) == 1
