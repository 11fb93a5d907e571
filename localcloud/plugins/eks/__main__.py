"""The plugin `pulumi-resource-eks`: the engine starts it and reads its port."""

import signal
import sys

from pulumi.provider import main as serve

from localcloud.plugins.eks.provider import EksProvider
from localcloud.plugins.language import end_with_parent


def main() -> None:
    """Serves until the engine interrupts this process or ends."""
    end_with_parent()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    serve(EksProvider(), sys.argv[1:])


if __name__ == "__main__":
    main()
