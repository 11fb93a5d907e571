"""``python -m localcloud.tools``: prepares every tool and prints where it is."""

import sys

from localcloud.tools.build import Progress, ToolError, ensure
from localcloud.tools.catalogue import TOOLS


def main() -> int:
    """Prepares all tools; 0 when each is there, 1 with one sentence when one is not."""

    def report(progress: Progress) -> None:
        at = f"[{progress.position}/{progress.total}]"
        print(f"{at} {progress.tool.name} {progress.tool.version}: {progress.step}", flush=True)

    try:
        ensure(TOOLS, report)
    except ToolError as error:
        print(f"tools: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
