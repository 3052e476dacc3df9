"""What the runner sees of the product's work: a trigger's list of every move of an item, a flow and a heartbeat.

For measuring and for waiting only; the judge never reads it. It lies in a schema of its own and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

MAKE = """
CREATE SCHEMA IF NOT EXISTS campaign;
CREATE TABLE IF NOT EXISTS campaign.move (
    id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), kind text, subject text,
    lane text, was text, now text, was_token text, now_token text, lease_until timestamptz
);
CREATE OR REPLACE FUNCTION campaign.note_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO campaign.move (kind, subject, lane, was, now, was_token, now_token, lease_until) VALUES (
        'item', NEW.id::text, NEW.lane, OLD.status || ' ' || OLD.stage, NEW.status || ' ' || NEW.stage,
        OLD.lease_token::text, NEW.lease_token::text, OLD.lease_until);
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION campaign.note_flow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO campaign.move (kind, subject, lane, was, now, was_token, now_token, lease_until) VALUES (
        'flow', NEW.flow, NEW.flow, OLD.watermark::text, NEW.watermark::text,
        OLD.lease_token::text, NEW.lease_token::text, OLD.leased_until);
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION campaign.note_beat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO campaign.move (kind, subject, lane) VALUES ('beat', NEW.role, NEW.role);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER campaign_item AFTER UPDATE ON sync_item FOR EACH ROW
    WHEN (OLD.lease_token IS DISTINCT FROM NEW.lease_token) EXECUTE FUNCTION campaign.note_item();
CREATE OR REPLACE TRIGGER campaign_flow AFTER UPDATE ON sync_flowstate FOR EACH ROW
    WHEN (OLD.lease_token IS DISTINCT FROM NEW.lease_token) EXECUTE FUNCTION campaign.note_flow();
CREATE OR REPLACE TRIGGER campaign_beat AFTER UPDATE ON sync_heartbeat FOR EACH ROW
    EXECUTE FUNCTION campaign.note_beat();
"""

_MOVES = """
SELECT id, extract(epoch FROM at)::float8, kind, subject, lane, was, now, was_token, now_token,
       extract(epoch FROM lease_until)::float8
FROM campaign.move WHERE id > %s ORDER BY id
"""

_OPEN = """
SELECT count(*) FILTER (WHERE status = 'leased' AND lease_until < clock_timestamp() - interval '1 s'),
       count(*) FILTER (WHERE status = 'unknown')
FROM sync_item
"""


@dataclass(frozen=True, slots=True)
class Move:
    """One change of a lease. ``at`` and ``lease_until`` in seconds since 1970."""

    id: int
    at: float
    kind: str
    subject: str
    lane: str
    was: str
    now: str
    was_token: str | None
    now_token: str | None
    lease_until: float | None

    @property
    def ended(self) -> bool:
        """Whether a lease ended here, in whatever way."""
        return self.was_token is not None and self.now_token != self.was_token

    @property
    def expired(self) -> bool:
        """Whether it ended because its holder did not come back in time."""
        return self.ended and self.lease_until is not None and self.lease_until < self.at


class Witness:
    """A connection of the runner's own, past every proxy; made anew after the database was away."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._base: psycopg.Connection[Any] | None = None

    def ask(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query. Raises psycopg.OperationalError while the database is away."""
        if self._base is None or self._base.closed:
            self._base = psycopg.connect(self._url, autocommit=True, connect_timeout=3)
            self._base.execute("SET default_transaction_read_only = off")
            self._base.execute("SET statement_timeout = 0")
        try:
            cursor = self._base.execute(query, values)
            return cursor.fetchall() if cursor.description else []
        except psycopg.OperationalError:
            self._base.close()
            raise

    def install(self) -> None:
        """Put the triggers in place."""
        self.ask(MAKE)

    def place(self) -> int:
        """Where the list ends now."""
        return int(self.ask("SELECT COALESCE(max(id), 0) FROM campaign.move")[0][0])

    def moves(self, after: int) -> list[Move]:
        """What has moved since a place in the list."""
        return [Move(*row) for row in self.ask(_MOVES, [after])]

    def leased(self) -> dict[str, str]:
        """Every lease of an item or a flow that is held now: token by item number or name of flow."""
        rows = self.ask(
            "SELECT id::text, lease_token::text FROM sync_item WHERE status = 'leased' "
            "UNION ALL SELECT flow, lease_token::text FROM sync_flowstate WHERE lease_token IS NOT NULL"
        )
        return dict(rows)

    def open(self) -> tuple[int, int]:
        """How many items are leased past the end of their lease, and how many have an unknown outcome."""
        late, unknown = self.ask(_OPEN)[0]
        return int(late), int(unknown)

    def stages(self, order_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Status and stage of orders."""
        rows = self.ask(
            "SELECT order_key, status, stage FROM sync_item WHERE kind = 'order' AND order_key = ANY(%s)",
            [list(order_ids)],
        )
        return {key: (status, stage) for key, status, stage in rows}

    def busy(self, order_ids: Sequence[str]) -> int:
        """How many items of these orders, and stock files, are not at rest."""
        rows = self.ask(
            "SELECT count(*) FROM sync_item WHERE (order_key = ANY(%s) OR kind = 'stock_file') "
            "AND (status IN ('leased', 'unknown') OR (status = 'ready' AND kind <> 'listing'))",
            [list(order_ids)],
        )
        return int(rows[0][0])
