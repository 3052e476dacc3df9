"""How the simulated marketplace turns a request down."""

from __future__ import annotations


class Refusal(Exception):
    """A request that the marketplace turns down.

    `status` is the HTTP status, `message` the text, `code` the machine code that some calls have, `retry_after` the
    real seconds that a 429 names (John Lewis contract 1.4 and 1.5).
    """

    def __init__(self, status: int, message: str, code: str | None = None, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.retry_after = retry_after
