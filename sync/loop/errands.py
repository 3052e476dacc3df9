"""Errands of other apps that somebody is watching: too urgent to wait for a recurring flow, too long for a request.

The ticker does them itself, a moment at a time, so that neither Redis nor a busy worker stands in their way.
"""

import logging
from collections.abc import Callable

from django.db import DatabaseError

log = logging.getLogger(__name__)

Errand = Callable[[float], int]

_errands: dict[str, Errand] = {}


def register(slug: str, run: Errand) -> None:
    """Have ``run(seconds)`` called in every round of the ticker; it returns how much it did, 0 when nothing was due."""
    _errands[slug] = run


def run(*, seconds: float) -> int:
    """Give each errand so many seconds (real time); returns how much was done. One that fails leaves the others."""
    done = 0
    for slug, errand in _errands.items():
        try:
            done += errand(seconds)
        except DatabaseError:
            raise
        except Exception:
            log.exception("errand failed", extra={"errand": slug})
    return done
