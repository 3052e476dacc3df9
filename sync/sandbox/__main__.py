"""``python -m sync.sandbox marketplace|warehouse``: one simulated partner, without Django."""

from __future__ import annotations

import sys

from .command import main

sys.exit(main())
