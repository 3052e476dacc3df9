"""Named points of the engine at which a rehearsal may kill the process; nothing at all in production.

A rehearsal names a file in `JLSEKO_FAILPOINTS`. While that file holds an order such as
`{"point": "http.sent", "process": "horse", "times": 1, "spare": [4711]}`, the process that reaches the point dies by
SIGKILL as if the machine had taken it: nothing is tidied up. Before it dies it leaves a mark beside the file, so that
the order is carried out as often as it says and no more, however many processes reach the point at once.

`process` is `horse` (the process that reached the point), `parent` (the one that started it; the horse works on) or
`all` (both). A parent in `spare`, such as the rehearsal itself, is left alone: then the process that reached the point
stands for it. With `"signal": "STOP"` the process stands still instead, until somebody lets it go on: a zombie.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jlseko.env import is_production

VARIABLE = "JLSEKO_FAILPOINTS"
POINTS = (
    "poll.fetched",  # a page of orders was read, and not stored
    "poll.stored",  # a page is stored, the watermark not moved
    "poll.watermark",  # the watermark is moved, the run not noted
    "claim.committed",  # items are leased, nothing else was done
    "attempt.announced",  # a write is announced, nothing has left
    "http.sent",  # a write has left, its answer was not read
    "http.answered",  # the answer was read, and not stored
    "outcome.committed",  # what became of the write is stored, the item not moved
    "ring.before",  # the work is stored, nobody was told
    "dispatch.tracking_done",  # the marketplace has the tracking number, and not yet the confirmation
    "dispatch.shipped",  # the marketplace has the confirmation, the item was not moved
    "stock.submitted",  # a stock file was taken, its import's number not stored
    "stock.import_polled",  # the marketplace said where an import stands, nothing was made of it
    "exception.opened",  # an exception is written and not yet committed with the item that it stops
    "resubmit.saved",  # a person's (or the machine's) wish to send again is stored
)
PROCESSES = frozenset({"horse", "parent", "all"})


def _pass(point: str) -> None:
    """Go on: no rehearsal is on."""


class Armed:
    """The fail-points of a rehearsal, armed by the content of ``path``."""

    def __init__(self, path: Path, *, kill: Callable[[int, int], None] = os.kill) -> None:
        self._path = path
        self._kill = kill

    def __call__(self, point: str) -> None:
        """Die if the file says so. A file that is missing or half-written says nothing."""
        try:
            order = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        if not isinstance(order, dict) or order.get("point") != point or order.get("process") not in PROCESSES:
            return
        if self._is_mine(order, point):
            self._die(order)

    def mark(self, number: int) -> Path:
        """The mark of the ``number``-th time, counted from 1."""
        return self._path.with_name(f"{self._path.name}.fired-{number}")

    def _is_mine(self, order: dict[str, Any], point: str) -> bool:
        told = {"point": point, "pid": os.getpid(), "parent": os.getppid(), "at": time.time()}
        for number in range(1, int(order.get("times", 1)) + 1):
            try:
                handle = os.open(self.mark(number), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            except FileExistsError:
                continue
            os.write(handle, json.dumps(told).encode())
            os.close(handle)
            return True
        return False

    def _die(self, order: dict[str, Any]) -> None:
        parent = os.getppid()
        number = signal.SIGSTOP if order.get("signal") == "STOP" else signal.SIGKILL
        alone = parent <= 1 or parent in order.get("spare", ())
        if order["process"] != "horse" and not alone:
            self._kill(parent, number)
        if order["process"] != "parent" or alone:
            self._kill(os.getpid(), number)


def _choose() -> Callable[[str], None]:
    named = os.environ.get(VARIABLE, "").strip()
    return Armed(Path(named)) if named and not is_production() else _pass


reach = _choose()
is_rehearsal = reach is not _pass
