"""The runs of the crash matrix: which point or state, which kill, which repeat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jlseko.failpoints import POINTS

KINDS = ("horse", "parent", "all")
REDIS = (
    "flushall idle", "flushall mid-job", "flushall between commit and ring", "down 5 s", "down 20 s",
    "connections cut or slow",
)  # fmt: skip
POSTGRES = (
    "restart idle", "restart mid-claim", "restart mid-commit", "connections terminated", "read-only or timing out",
    "connections cut",
)  # fmt: skip
REPEATS = 3
# In which part of an order's way a point is armed, by repeat: orders, resubmit, stock, dispatch
_EVERYWHERE = ("orders", "dispatch", "stock")
PHASES: dict[str, tuple[str, str, str]] = {
    **dict.fromkeys(("poll.fetched", "poll.stored", "poll.watermark"), ("orders", "dispatch", "orders")),
    **dict.fromkeys(
        ("claim.committed", "attempt.announced", "http.sent", "http.answered", "outcome.committed"), _EVERYWHERE
    ),
    "ring.before": ("orders", "dispatch", "resubmit"),
    "dispatch.tracking_done": ("dispatch", "dispatch", "dispatch"),
    "dispatch.shipped": ("dispatch", "dispatch", "dispatch"),
    "stock.submitted": ("stock", "stock", "stock"),
    "stock.import_polled": ("stock", "stock", "stock"),
    "exception.opened": ("orders", "orders", "orders"),
    "resubmit.saved": ("resubmit", "resubmit", "resubmit"),
}


@dataclass(frozen=True, order=True)
class Case:
    """One run. ``group`` is kill, redis, postgres or lease (any of the three at the production lease)."""

    group: str
    name: str
    kind: str
    repeat: int

    @property
    def key(self) -> str:
        """Its name in lists and on the command line."""
        return "/".join(part for part in (self.group, self.name, self.kind, str(self.repeat)) if part)

    @property
    def strikes(self) -> str:
        """What it does harm to: kill, redis or postgres."""
        return "kill" if self.name in PHASES else "redis" if self.name in REDIS else "postgres"

    @property
    def phase(self) -> str:
        """Where the point is armed, or the state brought about."""
        if self.name in PHASES:
            return PHASES[self.name][self.repeat - 1]
        return ("orders", "dispatch", "orders")[self.repeat - 1]

    @property
    def several(self) -> bool:
        """Whether the marketplace knows several shipments for an order in this run."""
        return self.repeat == 2 or (self.group in ("redis", "postgres") and self.repeat == 3)

    @property
    def lease(self) -> float:
        """Seconds of a lease."""
        return 60.0 if self.group == "lease" else 10.0


def every() -> Iterator[Case]:
    """The whole matrix: 135 kills, 18 states of Redis, 18 of PostgreSQL, and two of each at the production lease."""
    for repeat in range(1, REPEATS + 1):
        for point in POINTS:
            for kind in KINDS:
                yield Case("kill", point, kind, repeat)
        for name in REDIS:
            yield Case("redis", name, "", repeat)
        for name in POSTGRES:
            yield Case("postgres", name, "", repeat)
    yield Case("lease", "http.sent", "horse", 1)
    yield Case("lease", "claim.committed", "all", 1)
    for name in ("flushall mid-job", "down 20 s", "restart mid-claim", "restart mid-commit"):
        yield Case("lease", name, "", 1)
