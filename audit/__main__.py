"""`python -m audit`."""

from __future__ import annotations

import sys

from audit.main import main

sys.exit(main())
