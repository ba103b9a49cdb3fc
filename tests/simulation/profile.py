"""How many examples are tried: a few, always the same, with every change; as many as one likes."""

import os
from typing import Final

from hypothesis import HealthCheck, Verbosity, settings

EXAMPLES: Final = int(os.environ.get("SIMULATE_EXAMPLES", "0"))
LIMIT: Final = 0 if EXAMPLES else 900
"""Seconds that a machine may take: with every change some, else as many as it needs (0)."""

SETTINGS: Final = settings(
    stateful_step_count=30 if EXAMPLES else 20,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    print_blob=True,
    verbosity=Verbosity.normal,
    suppress_health_check=list(HealthCheck),
)
