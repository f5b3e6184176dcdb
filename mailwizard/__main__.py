"""`python -m mailwizard`."""

import sys

from mailwizard.cli import main

sys.exit(main())
