"""The server process of one local cloud: ``python -m localcloud.server --state FOLDER``."""

import argparse
import contextlib
import logging
import os
import sys
import threading
from pathlib import Path

import psutil

# Before anything of moto is imported: it reads these when it is.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
os.environ["MOTO_ENABLE_AMI_VALIDATION"] = "true"

from localcloud.ending import Ending
from localcloud.occupancy import occupy
from localcloud.server.cloud import Cloud
from localcloud.server.ports import PortError, Ports
from localcloud.server_settings import ServerSettings
from localcloud.state import StateFolder
from localcloud.tools.progress import ToolError


def main() -> int:
    """Runs until SIGTERM or SIGINT; 1 with one sentence when it cannot start."""
    parser = argparse.ArgumentParser(prog="localcloud.server")
    parser.add_argument("--state", required=True, type=Path, help="folder of the local cloud")
    for name in ("aws", "dns", "proxy"):
        parser.add_argument(f"--{name}-port", required=True, type=int, help="0 takes any free one")
    parser.add_argument(
        "--settings", default="{}", help="JSON of localcloud.server_settings.ServerSettings"
    )
    parser.add_argument("--owner", type=int, help="process with whose end the local cloud ends")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    # It tells of each call that it tries again; one that fails for good is raised and told.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    ending = Ending()
    if options.owner is not None:
        threading.Thread(target=_wait_for, args=(options.owner, ending), daemon=True).start()
    ports = Ports(options.aws_port, options.dns_port, options.proxy_port)
    try:
        settings = ServerSettings.model_validate_json(options.settings)
        state = StateFolder(options.state)
        occupy(state)
        cloud = Cloud(state, ports, settings)
        cloud.start()
    except (OSError, PortError, ToolError) as error:
        print(error, file=sys.stderr)
        return 1
    ending.wait()
    cloud.stop()
    return 0


def _wait_for(owner: int, ending: Ending) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(owner).wait()
    ending.announce()


if __name__ == "__main__":
    code = main()
    # Threads that still wait for a client must not keep the process.
    sys.stdout.flush()
    os._exit(code)
