"""The fault switchboard: rules that make an answer late, wrong or lost, counted, and changeable while running."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from .store import Store

KINDS = frozenset(
    {"timeout", "hang", "reset", "500", "503", "429", "html", "empty", "truncated", "drip", "slow", "big"}
)
# These spoil a real answer, so the request is always handled first.
NEEDS_ANSWER = frozenset({"truncated", "drip", "slow", "big"})
EFFECTS = frozenset({"before", "after"})
TABLE = "fault"


@dataclass
class Rule:
    """One fault.

    `operation` is an operation's name (``OR24``, ``websubmit``) or ``*``; `match` a natural key (an order id) or ``*``.
    `effect` ``before`` leaves the request without effect, ``after`` lets it take effect and then spoils the answer.
    `times` is how often it happens, 0 = always. `retry_after` is the seconds that a 429 names (None = no header),
    `seconds` how long ``timeout``, ``hang``, ``slow`` and ``drip`` take, in real time (0 = the kind's own default).
    """

    operation: str
    kind: str
    match: str = "*"
    effect: str = "before"
    times: int = 1
    retry_after: int | None = 1
    seconds: float = 0.0
    fired: int = field(default=0)

    def __post_init__(self) -> None:
        self.kind = str(self.kind)
        if self.kind not in KINDS or self.effect not in EFFECTS:
            raise ValueError(f"a fault's kind is one of {sorted(KINDS)}, its effect before or after, not {self}")
        if self.kind in NEEDS_ANSWER:
            self.effect = "after"

    @property
    def armed(self) -> bool:
        """Whether it can still happen."""
        return self.times == 0 or self.fired < self.times

    def applies(self, operation: str, key: str, effect: str) -> bool:
        """Whether it strikes this request at this point."""
        return self.armed and self.effect == effect and self.operation in ("*", operation) and self.match in ("*", key)


class Faults:
    """All rules in force: those of a file (read again when it changes) and those that scenarios arm.

    Given a store, armed rules and the counts of what happened survive a restart.
    """

    def __init__(self, path: Path | None = None, store: Store | None = None) -> None:
        self._path = path
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

    def take(self, operation: str, key: str, effect: str) -> Rule | None:
        """The first rule that strikes this request, counted as fired; None when the request goes well."""
        with self._lock:
            self._reload()
            for name, rule in self._rules.items():
                if rule.applies(operation, key, effect):
                    rule.fired += 1
                    self._keep(name, rule)
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
            rule.fired = self._counted(name)
        self._rules, self._stamp = {**fresh, **kept}, stamp

    def _counted(self, name: str) -> int:
        stored: Mapping[str, Any] | None = self._store.get(TABLE, name) if self._store else None
        return int(stored["fired"]) if stored else 0


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
