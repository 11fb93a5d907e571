"""A local cloud that a test run started ends with it, however that ends."""

import subprocess
import sys
from pathlib import Path

import psutil

from localcloud import lifecycle
from localcloud.state import PROJECT_ROOT, StateFolder
from tests.waiting import has_ended, wait_until

OWNER = """
import sys
from pathlib import Path
from localcloud import lifecycle
from localcloud.state import StateFolder
print(lifecycle.start(StateFolder(Path(sys.argv[1])), (0, 0, 0), tied=True).pid, flush=True)
sys.stdin.read()
"""


def test_a_tied_local_cloud_ends_with_its_killed_owner(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "cloud")
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(state.root)],
        cwd=PROJECT_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout
        server = psutil.Process(int(owner.stdout.readline()))
        try:
            owner.kill()
            owner.wait()
            wait_until("the server has ended", lambda: has_ended(server))
        finally:
            lifecycle.stop(state)


def test_the_aws_cli_asks_the_local_cloud_for_every_service(tmp_path: Path) -> None:
    """Of some, it takes the endpoint from its option alone, and would ask AWS itself."""
    state = StateFolder(tmp_path / "cloud")
    cloud = lifecycle.start(state, (0, 0, 0), tied=True)
    commands = ("sqs list-queues", "--output json sqs list-queues", "rds describe-db-instances")
    try:
        for command in (*commands, "route53 list-hosted-zones"):
            done = subprocess.run(
                [str(state.bin / "aws"), *command.split()],
                env=state.environment(cloud),
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"aws {command}: {done.stderr}"
    finally:
        lifecycle.stop(state)
