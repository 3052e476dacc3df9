"""How long to wait before trying again."""

import random
from datetime import timedelta

from jlseko.clock import real_delay

BASE = timedelta(seconds=30)
CAP = timedelta(minutes=30)


def backoff(tries: int) -> timedelta:
    """Full jitter, doubling from 30 s to 30 min of business time, as a real delay of at least one second."""
    ceiling = min(CAP, BASE * (2 ** min(tries, 10)))
    return real_delay(ceiling * random.uniform(0.3, 1.0), floor_seconds=1.0)  # noqa: S311  # nosec B311: spread, not secrecy
