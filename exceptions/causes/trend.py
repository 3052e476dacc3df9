"""How a cause went over time: opened above the line, closed below it, by hour or by day, drawn on the server."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, IntegerField, Value
from django.db.models.functions import TruncDay, TruncHour

from exceptions.models import Fault
from jlseko.ui.times import LONDON

HOURS: Final = 24
DAYS: Final = 14
BY_HOUR: Final = timedelta(hours=36)  # a cause that is younger is shown by the hour
STEP: Final = 12  # of the drawing, for one hour or day
BAR: Final = 8
HEIGHT: Final = 40  # of each half


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour or day. ``x``, ``up`` and ``down`` are units of the drawing."""

    label: str
    opened: int
    closed: int
    x: int
    up: float
    down: float

    @property
    def top(self) -> float:
        """Where the upper bar begins."""
        return HEIGHT - self.up


@dataclass(frozen=True, slots=True)
class Trend:
    """The plot of one cause and what it says in words."""

    bars: list[Bar]
    unit: str

    @property
    def width(self) -> int:
        """Of the drawing."""
        return STEP * len(self.bars)

    @property
    def height(self) -> int:
        """Of the drawing."""
        return 2 * HEIGHT + 2

    @property
    def axis(self) -> int:
        """Where closed begins."""
        return HEIGHT + 1

    @property
    def bar(self) -> int:
        """The breadth of a bar."""
        return BAR

    @property
    def first(self) -> str:
        """The label of the oldest bar."""
        return self.bars[0].label

    @property
    def opened(self) -> int:
        """All that was opened in the time shown."""
        return sum(bar.opened for bar in self.bars)

    @property
    def closed(self) -> int:
        """All that was closed in the time shown."""
        return sum(bar.closed for bar in self.bars)

    @property
    def summary(self) -> str:
        """The plot as a sentence."""
        span = f"{len(self.bars)} {self.unit}s"
        return f"{self.opened:,} opened and {self.closed:,} closed in the last {span}"

    @property
    def told(self) -> list[Bar]:
        """The bars that have anything to tell, for the table."""
        return [bar for bar in self.bars if bar.opened or bar.closed]


def trend(causes: Iterable[int], *, first_seen: datetime, now: datetime) -> Trend:
    """The last day by hours for a young cause, else the last fortnight by days; one query."""
    hourly = now - first_seen < BY_HOUR
    places = _places(now, hourly=hourly)
    cut = TruncHour if hourly else TruncDay
    faults = Fault.objects.filter(cause__in=set(causes)).order_by()
    none = Value(0, output_field=IntegerField())

    def counted(column: str, **counts: Any) -> Any:
        rows = faults.filter(**{f"{column}__gte": places[0]}).annotate(place=cut(column, tzinfo=LONDON))
        return rows.values("place").annotate(**counts).values_list("place", "opened", "closed")

    number = Count("record", distinct=True)
    rows = counted("found_at", opened=number, closed=none).union(
        counted("cleared_at", opened=none, closed=number), all=True
    )
    opened, closed = dict.fromkeys(places, 0), dict.fromkeys(places, 0)
    for place, more, fewer in rows:
        if place in opened:
            opened[place] += more
            closed[place] += fewer
    most = max([*opened.values(), *closed.values(), 1])
    return Trend(
        [
            Bar(
                f"{place:%a %H:%M}" if hourly else f"{place.day} {place:%b}", opened[place], closed[place],
                index * STEP + (STEP - BAR) // 2, _tall(opened[place], most), _tall(closed[place], most),
            )
            for index, place in enumerate(places)
        ],
        "hour" if hourly else "day",
    )  # fmt: skip


def _tall(number: int, most: int) -> float:
    """Something is always to be seen where there is something."""
    return round(max(number / most * HEIGHT, 2.0), 1) if number else 0.0


def _places(now: datetime, *, hourly: bool) -> list[datetime]:
    """The beginnings of the hours or days shown, in London, the present one last."""
    if hourly:
        start = now.replace(minute=0, second=0, microsecond=0)
        return [(start - timedelta(hours=back)).astimezone(LONDON) for back in range(HOURS - 1, -1, -1)]
    today = now.astimezone(LONDON).replace(hour=0, minute=0, second=0, microsecond=0)
    return [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
