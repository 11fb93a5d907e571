"""Files of the Go modules that tools are built of, such as definitions of Kubernetes kinds.

They are those of the pinned versions: Go checks each module against the group's go.sum.
"""

import json
import subprocess
from functools import cache
from pathlib import Path

from localcloud.tools import catalogue
from localcloud.tools.build import go_command, go_environment
from localcloud.tools.catalogue import required_version
from localcloud.tools.progress import ToolError


@cache
def folder_of(group: str, module: str) -> Path:
    """Folder of a module, fetched if this machine does not have it yet.

    Args:
        group: folder below `catalogue.MODULES` whose go.mod requires it.
        module: Go module.

    Raises:
        ToolError: Go is missing, or cannot fetch it.
    """
    named = f"{module}@{required_version(group, module)}"
    command = [*go_command("mod")[:2], "download", "-json", named]
    done = subprocess.run(
        command,
        cwd=catalogue.MODULES / group,
        env=go_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise ToolError(
            f"the files of {named} could not be fetched: {' / '.join(said)}; check that the Go "
            "module proxy can be reached and run the command again."
        )
    return Path(str(json.loads(done.stdout)["Dir"]))
