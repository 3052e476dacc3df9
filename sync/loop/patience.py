"""Faults of the database itself: nobody knows whether the last commit was kept, and no item is at fault."""

import time
from collections.abc import Callable

from django.db import Error, close_old_connections

from jlseko.sqlstates import LINE, READ_ONLY, SERVER

PAUSES = (0.0, 1.0, 2.0, 4.0)  # seconds; together far shorter than a lease


def is_of_the_database(fault: BaseException) -> bool:
    """Whether the line, the server, a lock, a full disk or a server that takes no writes is at fault, and no item."""
    if isinstance(fault, (*LINE, *SERVER)):
        return True
    return isinstance(fault, Error) and getattr(fault.__cause__, "sqlstate", None) == READ_ONLY


def patiently(end: Callable[[], object]) -> None:
    """Note what holds whether or not the last commit was kept, on a new connection, as soon as the database is back.

    Raises the fault when it stays away; then the lease ends by itself.
    """
    for pause in PAUSES:
        close_old_connections()
        try:
            end()
            return
        except Error as fault:
            if not is_of_the_database(fault):
                raise
            time.sleep(pause)
    close_old_connections()
    end()
