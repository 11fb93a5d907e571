"""See `development.chaos.retirements.cli`."""

import sys

from development.chaos.retirements.cli import main

sys.exit(main())
