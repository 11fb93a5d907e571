"""Stands in ``bin/`` for a program that is still obtained: waits for it, then becomes it.

``python -m localcloud.late_program STATE NAME [ARGUMENT]…``. Once the program is there, the server
puts it in this one's place.
"""

import os
import sys
from pathlib import Path

from localcloud import later, lifecycle
from localcloud.state import StateFolder
from localcloud.tools.catalogue import LATER
from localcloud.tools.obtain import found
from localcloud.tools.progress import ToolError


def main(state: StateFolder, name: str, arguments: list[str]) -> int:
    """Becomes the program; 1, with a sentence on stderr, where it cannot be had."""
    cloud = lifecycle.find(state)
    if cloud is None:
        return _fail(name, "no local cloud runs; start one with `make demo` or `make up`")
    (tool,) = [tool for group in LATER for tool in group if tool.name == name]
    try:
        waited = later.wait_for(cloud, tool, lambda line: print(line, file=sys.stderr))
    except ToolError as error:
        return _fail(name, f"{error} Then run the command again.")
    except OSError as error:
        return _fail(name, f"the local cloud that obtains it has ended ({error})")
    except KeyboardInterrupt:
        return 130
    path = waited or found(tool)
    if path is None:
        return _fail(name, "the local cloud has lost it; run `make tools`, then try again")
    os.execv(path, [name, *arguments])  # noqa: S606 - what was asked for
    raise AssertionError  # it has become the program


def _fail(name: str, why: str) -> int:
    print(f"{name}: {why}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(StateFolder(Path(sys.argv[1])), sys.argv[2], sys.argv[3:]))
