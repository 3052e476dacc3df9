"""The fault switchboard: rules that make an answer late, wrong or lost, counted, and changeable while running."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from .scenarios import chance
from .store import Store

# What becomes of the connection or of the answer.
ANSWERS = frozenset({"timeout", "hang", "reset", "500", "503", "429", "html", "empty", "refusal"})
# These spoil a real answer, so the request is always handled first.
NEEDS_ANSWER = frozenset({"truncated", "drip", "slow", "big", "collapsed", "unknown_value", "unknown_field"})
# These go on inside the partner, behind an answer that looks well.
INSIDE = frozenset({"import_failed", "import_stuck", "line_errors", "gap", "duplicate", "out_of_order"})
KINDS = ANSWERS | NEEDS_ANSWER | INSIDE
EFFECTS = frozenset({"before", "after", "inside"})
TABLE = "fault"


@dataclass
class Rule:
    """One fault.

    `operation` is an operation's name (``OR24``, ``websubmit``) or ``*``; `match` a natural key (an order id), one of
    the keys of a batch, or ``*``. `effect` ``before`` leaves the request without effect, ``after`` lets it take effect
    and then spoils the answer. `times` is how often it happens, 0 = always; `share` (0 to 1) how many of the requests
    that it concerns it strikes, drawn from the seed: ``share=0.25, times=0`` is one in four, for ever.

    `retry_after` is what a 429 names: seconds, any other text (a client must live with it), or None = no header.
    `seconds` is how long ``timeout``, ``hang``, ``slow`` and ``drip`` take, in real time (0 = the kind's own default).
    ``refusal`` answers with `status` and `message` in the partner's envelope, ``html`` with `status`;
    ``unknown_value`` puts `value` into every `field` of a JSON answer, ``unknown_field`` adds a field to every object.
    ``collapsed`` makes one-entry lists objects and empty texts ``{}``, as SEKO's older answers do.
    ``import_failed``, ``import_stuck`` and ``line_errors`` (a `share` of the lines) are fates of a stock import;
    ``gap``, ``duplicate`` and ``out_of_order`` those of a push, whose service is the operation.
    """

    operation: str
    kind: str
    match: str = "*"
    effect: str = "before"
    times: int = 1
    share: float = 1.0
    retry_after: int | str | None = 1
    seconds: float = 0.0
    status: int = 0
    message: str = "The request was refused"
    field: str = "status"
    value: str = "VALUE_OF_TOMORROW"
    fired: int = 0
    seen: int = 0

    def __post_init__(self) -> None:
        self.kind = str(self.kind)
        if self.kind not in KINDS or self.effect not in EFFECTS:
            raise ValueError(f"a fault's kind is one of {sorted(KINDS)}, its effect before or after, not {self}")
        if not 0 <= self.share <= 1:
            raise ValueError(f"a fault's share is between 0 and 1, not {self.share}")
        if self.kind in NEEDS_ANSWER:
            self.effect = "after"
        if self.kind in INSIDE:
            self.effect = "inside"

    @property
    def armed(self) -> bool:
        """Whether it can still happen."""
        return self.times == 0 or self.fired < self.times

    def applies(self, operation: str, key: str, effect: str) -> bool:
        """Whether it concerns this request at this point."""
        return (
            self.armed
            and self.effect == effect
            and self.operation in ("*", operation)
            and (self.match in ("*", key) or self.match in key.split(","))
        )

    def strikes(self, seed: int) -> bool:
        """Count a request that it concerns, and draw whether it strikes it."""
        self.seen += 1
        drawn = 1.0 if self.kind == "line_errors" else self.share  # there the share is one of lines
        return drawn >= 1 or chance(seed, "fault", self.operation, self.kind, self.match, self.seen) < drawn


class Faults:
    """All rules in force: those of a file (read again when it changes) and those that scenarios arm.

    Given a store, armed rules and the counts of what happened survive a restart.
    """

    def __init__(self, path: Path | None = None, store: Store | None = None, *, seed: int = 0) -> None:
        self._path = path
        self._seed = seed
        self._store = store
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._rules: dict[str, Rule] = {}
        for name, told in store.all(TABLE) if store else ():
            if not name.startswith("file:"):
                self._rules[name] = Rule(**told)
        self._reload()

    def arm(self, name: str, rule: Rule) -> None:
        """Put a rule in force; a rule of the same name stays as it is, so arming twice counts once."""
        with self._lock:
            if name not in self._rules:
                self._keep(name, rule)

    def disarm(self, name: str) -> Rule | None:
        """Take a rule out of force; returns it with its counts, None when there is none of this name."""
        with self._lock:
            rule = self._rules.pop(name, None)
            if rule is not None and self._store is not None:
                self._store.delete(TABLE, name)
            return rule

    def take(self, operation: str, key: str, effect: str) -> Rule | None:
        """The first rule that strikes this request, counted as fired; None when the request goes well."""
        with self._lock:
            self._reload()
            for name, rule in self._rules.items():
                if not rule.applies(operation, key, effect):
                    continue
                struck = rule.strikes(self._seed)
                rule.fired += struck
                self._keep(name, rule)
                if struck:
                    return rule
        return None

    def state(self) -> list[dict[str, Any]]:
        """Every rule with its counts, for people and tests."""
        with self._lock:
            self._reload()
            return [{"name": name, **asdict(rule), "armed": rule.armed} for name, rule in self._rules.items()]

    def _keep(self, name: str, rule: Rule) -> None:
        self._rules[name] = rule
        if self._store is not None:
            self._store.put(TABLE, name, asdict(rule))

    def _reload(self) -> None:
        if self._path is None:
            return
        try:
            stat = self._path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if stamp == self._stamp:
                return
            told = [Rule(**entry) for entry in json.loads(self._path.read_text(encoding="utf-8"))]
        except (OSError, ValueError, TypeError):
            return
        kept = {name: rule for name, rule in self._rules.items() if not name.startswith("file:")}
        fresh = {
            f"file:{i}:{rule.operation}:{rule.match}:{rule.effect}:{rule.kind}": rule for i, rule in enumerate(told)
        }
        for name, rule in fresh.items():
            rule.fired, rule.seen = self._counted(name)
        self._rules, self._stamp = {**fresh, **kept}, stamp

    def _counted(self, name: str) -> tuple[int, int]:
        stored: Mapping[str, Any] = (self._store.get(TABLE, name) if self._store else None) or {}
        return int(stored.get("fired", 0)), int(stored.get("seen", 0))


@dataclass(frozen=True)
class Windows:
    """Stretches of simulated time, counted from the world's start, in which a whole partner misbehaves."""

    spans: tuple[tuple[timedelta, timedelta], ...] = ()

    @classmethod
    def parse(cls, text: str | None) -> Windows:
        """Read ``START:LENGTH,START:LENGTH`` in simulated minutes. Raises ValueError on anything else."""
        spans = []
        for part in (text or "").split(","):
            if part.strip():
                start, sign, length = part.partition(":")
                if not sign:
                    raise ValueError(f"a window is written START_MINUTES:LENGTH_MINUTES, not {part!r}")
                spans.append((timedelta(minutes=float(start)), timedelta(minutes=float(length))))
        return cls(tuple(spans))

    def cover(self, age: timedelta) -> bool:
        """Whether the world, at this age, is inside one of the windows."""
        return any(start <= age < start + length for start, length in self.spans)


NEVER = Windows()
