"""The world on disk: documents in named tables and counters, in one SQLite file that survives a killed process."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Document = dict[str, Any]
WRITTEN = json.JSONEncoder(ensure_ascii=False)  # made once: that is a third of the time of a small document

SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""


class Store:
    """A small document store.

    Every change outside `transaction()` is committed at once; inside it, all changes are committed together or not
    at all. Write-ahead logging keeps what was committed when the process is killed. Documents hold plain JSON values.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._base = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute("PRAGMA synchronous=NORMAL")
        self._base.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything that is written inside together; roll all of it back when an error leaves the block."""
        with self._lock:
            if self._depth == 0:
                self._base.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._base.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._base.execute("COMMIT")

    def put(self, table: str, key: str, doc: Document) -> None:
        """Write a document, replacing the one with the same key."""
        with self._lock:
            self._base.execute(
                "INSERT INTO document VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
                (table, key, WRITTEN.encode(doc)),
            )

    def put_many(self, table: str, docs: Iterable[tuple[str, Document]]) -> None:
        """Write many (key, document) of one table, committed together."""
        with self.transaction():
            self._base.executemany(
                "INSERT INTO document VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
                ((table, key, WRITTEN.encode(doc)) for key, doc in docs),
            )

    def get(self, table: str, key: str) -> Document | None:
        """A fresh copy of one document, or None."""
        with self._lock:
            row = self._base.execute("SELECT body FROM document WHERE kind = ? AND key = ?", (table, key)).fetchone()
        return json.loads(row[0]) if row else None

    def all(self, table: str) -> list[tuple[str, Document]]:
        """Every (key, document) of a table, ordered by key."""
        with self._lock:
            rows = self._base.execute("SELECT key, body FROM document WHERE kind = ? ORDER BY key", (table,)).fetchall()
        return [(key, json.loads(body)) for key, body in rows]

    def delete(self, table: str, key: str) -> None:
        """Remove a document; nothing happens when it is not there."""
        with self._lock:
            self._base.execute("DELETE FROM document WHERE kind = ? AND key = ?", (table, key))

    def counter(self, name: str, step: int = 1) -> int:
        """Raise a named counter by `step` and return its new value; a new counter starts from 0."""
        with self._lock:
            row = self._base.execute(
                "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + ? RETURNING value",
                (name, step, step),
            ).fetchall()[0]
        return int(row[0])

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        with self._lock:
            self._base.close()
