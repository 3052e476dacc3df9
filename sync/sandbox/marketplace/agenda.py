"""When time alone moves something on: one instant for each thing that waits."""

from __future__ import annotations

Entry = tuple[str, str]


class Agenda:
    """The instants, in whole milliseconds, at which things of the world are due; kept in memory, told on every start.

    A thing is named by its kind and its key and has one instant at most.
    """

    def __init__(self) -> None:
        self._due: dict[Entry, int] = {}
        self._next: int | None = None

    def put(self, kind: str, key: str, due: int | None) -> None:
        """Note when a thing is due; None takes it off."""
        if due is None:
            self._due.pop((kind, key), None)
            return
        self._due[kind, key] = due
        if self._next is None or due < self._next:
            self._next = due

    def due(self, now: int) -> list[Entry]:
        """Everything whose time has come, the longest due first. It stays due until it is put elsewhere."""
        if self._next is None or self._next > now:
            return []
        found = sorted((due, entry) for entry, due in self._due.items() if due <= now)
        if not found:  # what was next has been put off since
            self._next = min(self._due.values(), default=None)
        return [entry for _, entry in found]
