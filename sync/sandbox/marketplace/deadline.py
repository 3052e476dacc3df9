"""By when an order must be sent: cut-off hour, closed days, end of day in London (John Lewis contract 1.2 and 7)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
CUT_OFF_HOUR = 16
WORKING_DAYS = 2
SUNDAY = 6
LAST_MOMENT = time(23, 59, 59, 999_000)


def shipping_deadline(paid: datetime) -> datetime:
    """The last instant to send an order that was paid at `paid`: two working days on, at the end of the London day.

    An order paid after 16:00 in London, or on a Sunday, counts from the next working day. Sundays are closed.
    """
    local = paid.astimezone(LONDON)
    day = local.date()
    if local.hour >= CUT_OFF_HOUR or day.weekday() == SUNDAY:
        day = _working_day_after(day)
    for _ in range(WORKING_DAYS):
        day = _working_day_after(day)
    return end_of_day(day)


def end_of_day(day: date) -> datetime:
    """The last millisecond of a London day, in UTC."""
    return datetime.combine(day, LAST_MOMENT, LONDON).astimezone(UTC)


def _working_day_after(day: date) -> date:
    day += timedelta(days=1)
    return day + timedelta(days=1) if day.weekday() == SUNDAY else day
