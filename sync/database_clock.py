"""The database's clock: leases and due times are compared on one machine's time only."""

from django.db.models import DateTimeField, Func


class DatabaseNow(Func):
    """``clock_timestamp()``: the instant of evaluation, not of the transaction's start."""

    function = "clock_timestamp"
    output_field = DateTimeField()
