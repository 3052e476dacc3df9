"""Faults of the database itself: nobody knows whether the last commit was kept, and no item is at fault."""

import time
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, close_old_connections

DATABASE_FAULTS = (OperationalError, InterfaceError)  # the line, the server, a lock, a full disk
PAUSES = (0.0, 1.0, 2.0, 4.0)  # seconds; together far shorter than a lease


def patiently(end: Callable[[], object]) -> None:
    """Note what holds whether or not the last commit was kept, on a new connection, as soon as the database is back.

    Raises the fault when it stays away; then the lease ends by itself.
    """
    for pause in PAUSES:
        close_old_connections()
        try:
            end()
            return
        except DATABASE_FAULTS:
            time.sleep(pause)
    close_old_connections()
    end()
