"""The database's clock: leases and due times are compared on one machine's time only."""

from datetime import UTC, datetime

from django.db import connection
from django.db.models import DateTimeField, Func


class DatabaseNow(Func):
    """``clock_timestamp()``: the instant of evaluation, not of the transaction's start."""

    function = "clock_timestamp"
    output_field = DateTimeField()


def database_now() -> datetime:
    """The time on the database's clock, aware, in UTC: the clocks of several machines need not agree."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row: tuple[datetime] = cursor.fetchone()
    return row[0].astimezone(UTC)
