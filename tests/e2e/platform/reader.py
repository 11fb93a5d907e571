"""A reader of the README and the pages, who types what they say."""

import subprocess
from collections.abc import Callable

from localcloud.state import PROJECT_ROOT
from tests.e2e.platform.running import Platform
from tests.unit.documentation.commands import in_section


def run(platform: Platform, command: str, *, stdin: str = "") -> str:
    """What a command prints when a reader types it in `make shell`."""
    environment = platform.state.environment(platform.cloud)
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=PROJECT_ROOT if command.startswith("make") else platform.state.project,
        # Nobody is there to say yes.
        env=environment | {"PULUMI_SKIP_CONFIRMATIONS": "true", "SHELL": "/bin/sh"},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def follow(
    platform: Platform,
    file: str,
    section: str,
    after: Callable[[str], None] = lambda _: None,
) -> None:
    """Runs a section of a page, from its first command to its last.

    Updates show no preview first: it takes as long again.

    Args:
        platform: the platform.
        file: the page.
        section: its heading.
        after: called with each command once it has run.
    """
    for command in in_section(file, section):
        options = " --skip-preview" if command.startswith("pulumi up ") else ""
        run(platform, command + options)
        after(command)
