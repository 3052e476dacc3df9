"""Free stock as the ledger tells it: every change of it is one line, so that it can be known at any past instant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ..ground import Ground
from .stock import Stock

TOLD, META, OPENED = "free_told", "meta", "free opened"


class FreeBook:
    """Writes ``world`` / ``free`` lines: natural key = product code, note ``1200 -> 1199 order JL70000001-A``.

    A new world begins with one line per product, ``0 -> 1200 opening``. The figure on the right is free stock from that
    line on. What a killed warehouse could not write any more, its next start writes (``after a restart``).
    """

    def __init__(self, ground: Ground, stock: Stock) -> None:
        self._ground = ground
        self._stock = stock
        self.store = ground.store
        self._depth = 0
        self._waiting: list[tuple[str, int, str]] = []
        self._told: dict[str, int] = dict(stock.opening)
        self._told |= {code: doc["free"] for code, doc in self.store.all(TOLD)}

    def open(self) -> None:
        """Write the opening lines of a new world, or what the last run could not write."""
        if self.store.get(META, OPENED) is None:
            for code, quantity in self._stock.opening.items():
                self._write(code, f"0 -> {quantity} opening")
            self.store.put(META, OPENED, {"at": self._ground.started.isoformat()})
        self.tell(self._stock.opening, "after a restart")

    def tell(self, codes: Iterable[str], why: str) -> None:
        """Write a line for each of these products whose free stock is not what was told last."""
        for code in dict.fromkeys(codes):
            before, free = self._told.get(code, 0), self._stock.free(code)
            if before != free:
                self._told[code] = free
                self._waiting.append((code, free, f"{before} -> {free} {why}"))
        if not self._depth:
            self._write_waiting()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Change stock in one transaction of the store; its lines are written when it is committed, never before."""
        self._depth += 1
        try:
            with self.store.transaction():
                yield
        finally:
            self._depth -= 1
            if not self._depth:
                self._write_waiting()

    def _write_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for code, free, note in waiting:
            self._write(code, note)
            self.store.put(TOLD, code, {"free": free})

    def _write(self, code: str, note: str) -> None:
        self._ground.ledger.write(
            direction="world", method="", path="", operation="free", natural_key=code, applied=True, status=None,
            note=note,
        )  # fmt: skip
