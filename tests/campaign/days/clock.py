"""One clock for a whole simulated day: Python's, the database's and both partners', moved by the runner alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import time_machine
from django.db import connection as database

from sync.sandbox.clock import SandboxClock

SCHEMA = """
CREATE SCHEMA campaign;
CREATE FUNCTION campaign.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
    AS $$ SELECT pg_catalog.current_setting('campaign.now')::timestamptz $$;
CREATE FUNCTION campaign.now() RETURNS timestamptz LANGUAGE sql STABLE
    AS $$ SELECT pg_catalog.current_setting('campaign.now')::timestamptz $$;
"""
# A schema that is named before pg_catalog wins, so that the product's own SQL reads the clock of the campaign.
OPTIONS = "-c search_path=campaign,pg_catalog,public -c campaign.now=2000-01-01T00:00:00Z"
_BROKEN = psycopg.pq.TransactionStatus.INERROR


class TimeIsUp(Exception):
    """A wait that would outlast the patience of whoever waits; the clock stands where the patience ended."""


class VirtualClock:
    """Simulated time. It stands still unless somebody moves it, and never goes back.

    ``now`` is the simulated instant. ``patience`` is the instant at which the caller of a partner gives up; a nap
    beyond it raises :class:`TimeIsUp`.
    """

    def __init__(self, start: datetime) -> None:
        self.start = self.now = start
        self.patience: datetime | None = None
        self._travel = time_machine.travel(start, tick=False)
        self._traveller: Any = None
        self._told: tuple[int, datetime] | None = None

    def __enter__(self) -> VirtualClock:
        self._traveller = self._travel.start()
        self._rollback = database._rollback
        database._rollback = self._after(self._rollback)  # type: ignore[method-assign]
        database.execute_wrappers.append(self._feed)
        return self

    def __exit__(self, *_: object) -> None:
        database.execute_wrappers.remove(self._feed)
        database._rollback = self._rollback  # type: ignore[method-assign]
        self._travel.stop()

    def move_to(self, instant: datetime) -> None:
        """Let time pass until ``instant``; nothing happens when it is over already."""
        if instant > self.now:
            self._traveller.shift(instant - self.now)  # move_to() sets the time zone anew each time
            self.now = instant

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass. Raises :class:`TimeIsUp` where the caller's patience ends first."""
        until = self.now + timedelta(seconds=seconds)
        if self.patience is not None and until > self.patience:
            self.move_to(self.patience)
            raise TimeIsUp
        self.move_to(until)

    def monotonic(self) -> float:
        """Seconds since the day began."""
        return (self.now - self.start).total_seconds()

    def as_time(self) -> Any:
        """What stands in for the module ``time`` where the product waits or measures."""
        return SimpleNamespace(monotonic=self.monotonic, sleep=self.sleep, time=self._epoch,
                               perf_counter=self.monotonic)  # fmt: skip

    def _epoch(self) -> float:
        return self.now.timestamp()

    def as_asyncio(self) -> Any:
        """What stands in for the module ``asyncio`` where a simulated partner waits."""

        async def sleep(seconds: float) -> None:
            self.sleep(seconds)

        return SimpleNamespace(sleep=sleep)

    def _feed(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        first = sql[:8].upper() if isinstance(sql, str) else ""
        if first != "SET TRAN":  # which must come before everything else
            self._tell_database(context["connection"].connection)
        try:
            return execute(sql, params, many, context)
        finally:
            if first == "ROLLBACK":
                self._told = None

    def _tell_database(self, raw: Any) -> None:
        """One statement when time has moved since the last. A setting falls with a rollback and is told anew."""
        if self._told == (id(raw), self.now) or raw.info.transaction_status == _BROKEN:
            return
        raw.execute("SELECT pg_catalog.set_config('campaign.now', %s, false)", [self.now.isoformat()])
        self._told = id(raw), self.now

    def _after(self, rollback: Callable[[], None]) -> Callable[[], None]:
        def rolled_back() -> None:
            self._told = None
            rollback()

        return rolled_back


class PartnerClock(SandboxClock):
    """The clock of a simulated partner that is ahead of ours by ``ahead``."""

    def __init__(self, ahead: timedelta) -> None:
        super().__init__(datetime(2000, 1, 1, tzinfo=UTC))
        self.ahead = ahead

    def now(self) -> datetime:
        """The partner's instant."""
        return datetime.now(UTC) + self.ahead
