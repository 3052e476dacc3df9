"""One question to a partner, and the class of its answer: never what the partner said."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sync import limits, timeline
from sync.budgets import TEST
from sync.connections import connecting
from sync.failures import NotSent, PartnerError, Reach, Throttled, Unauthorised, Unclear
from sync.models import Connection, Event, Side
from sync.partners_of import partners_of
from sync.ports import Port

if TYPE_CHECKING:
    from django.contrib.auth.models import User

ASKED: dict[str, str] = {
    Side.MARKETPLACE: "the account of the shop (A01)",
    Side.WAREHOUSE: "the stock of a product that nobody has",
}


class Result(StrEnum):
    """How a test can end."""

    GOOD = "good"
    KEY_REFUSED = "key_refused"
    NAME = "name"
    TLS = "tls"
    PRIVATE = "private"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    AWAY = "away"
    OTHER = "other"
    PAUSE = "pause"
    NOT_USABLE = "not_usable"
    TOO_SOON = "too_soon"


WORDS: dict[Result, tuple[str, str, str]] = {
    Result.GOOD: ("good", "answers, and the key is accepted.", ""),
    Result.KEY_REFUSED: (
        "bad", "the key is refused.", "Ask the partner for a new one and enter it under “Keys and addresses”.",
    ),
    Result.NAME: ("bad", "cannot be reached: its host name is not known (DNS).", "Check the address with the partner."),
    Result.TLS: (
        "bad", "cannot be reached: no secure connection (TLS).",
        "The certificate was not accepted. Check the address; tell the partner.",
    ),
    Result.PRIVATE: (
        "bad", "cannot be reached: its host name points into a private network.", "Check the address with the partner.",
    ),
    Result.REFUSED: ("bad", "cannot be reached: the connection is refused.", "Ask the partner whether we are let in."),
    Result.TIMEOUT: ("bad", "cannot be reached: no answer in time.", "Try again; call the partner if it stays so."),
    Result.AWAY: ("bad", "cannot be reached: the connection broke.", "Try again; call the partner if it stays so."),
    Result.OTHER: (
        "bad", "answers something else than it should.", "Check the address: it may lead to another service.",
    ),
    Result.PAUSE: ("warn", "answers, but asks for a pause.", "Try again shortly."),
    Result.NOT_USABLE: ("bad", "was not asked.", ""),
    Result.TOO_SOON: ("warn", "was not asked: tested a moment ago.", "Try again shortly."),
}  # fmt: skip
COUNTED = frozenset(
    {Result.NAME, Result.TLS, Result.PRIVATE, Result.REFUSED, Result.TIMEOUT, Result.AWAY, Result.OTHER}
)
BY_REACH = {
    Reach.NAME: Result.NAME,
    Reach.TLS: Result.TLS,
    Reach.PRIVATE: Result.PRIVATE,
    Reach.REFUSED: Result.REFUSED,
    Reach.TIMEOUT: Result.TIMEOUT,
    Reach.BUSY: Result.PAUSE,
    Reach.BROKEN: Result.AWAY,
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of it. ``seconds`` is real time; ``why`` says what hindered the question, where it was not asked."""

    side: Side
    result: Result
    seconds: float
    why: str = ""

    @property
    def tone(self) -> str:
        """One of good, warn, bad."""
        return WORDS[self.result][0]

    @property
    def words(self) -> str:
        """The result in a sentence that begins with the partner."""
        _, words, advice = WORDS[self.result]
        return " ".join(part for part in (f"{self.side.label}: {words}", self.why or advice) if part)


def check(connection: Connection, side: Side, *, by: "User | None") -> Checked:
    """Ask one side with the stored key, inside the budget. Kept on the timeline, and counted as any other call is: a
    good answer ends an outage, a refused key begins one.
    """

    def stored() -> Port:
        partners = partners_of(connection)
        return partners.marketplace if side == Side.MARKETPLACE else partners.warehouse

    checked = _ask(connection, side, stored)
    if checked.result == Result.GOOD:
        limits.note_recovered(connection, side)
        limits.note_good(connection, side)
    elif checked.result == Result.KEY_REFUSED:
        limits.note_bad(connection, side, Unauthorised(checked.words))
    elif checked.result in COUNTED:
        limits.note_bad(connection, side, Unclear(checked.words))
    return _noted(connection, checked, by=by)


def check_entered(connection: Connection, entered: connecting.Entered, *, by: "User | None") -> Checked:
    """Ask one side with a key that is not saved yet, inside the budget. Kept on the timeline, without the key."""
    made: list[Port] = []

    def fresh() -> Port:
        made.append(connecting.client_with(connection, entered))
        return made[0]

    try:
        checked = _ask(connection, entered.side, fresh)
    finally:
        for port in made:
            port.close()
    return _noted(connection, checked, by=by, detail=" With what was entered, before saving." if entered.key else "")


def _ask(connection: Connection, side: Side, client: Callable[[], Port]) -> Checked:
    began = time.monotonic()
    result, why = Result.GOOD, ""
    try:
        port = client()
        limits.spend(connection, side, TEST)
        began = time.monotonic()
        port.ping()
    except ValueError as error:
        result, why = Result.NOT_USABLE, str(error)
    except limits.Postponed:
        result = Result.TOO_SOON
    except PartnerError as error:
        result = _class_of(error)
    return Checked(side, result, time.monotonic() - began, why)


def _class_of(error: PartnerError) -> Result:
    if isinstance(error, Unauthorised):
        return Result.KEY_REFUSED
    if isinstance(error, Throttled):
        return Result.PAUSE
    if error.reach:
        return BY_REACH[error.reach]
    return Result.AWAY if isinstance(error, NotSent) else Result.OTHER


def _noted(connection: Connection, checked: Checked, *, by: "User | None", detail: str = "") -> Checked:
    if checked.result != Result.TOO_SOON:
        timeline.record(
            connection, "tested", f"Tested {checked.words}"[:300], lane=limits.EVENT_LANES[checked.side],
            detail=f"Asked for {ASKED[checked.side]}; {checked.seconds:.1f} s.{detail}", tone=checked.tone, actor=by,
        )  # fmt: skip
    return checked


@dataclass(frozen=True, slots=True)
class LastTest:
    """The newest test of one side, as the timeline keeps it; without an event it was never tested."""

    side: Side
    event: Event | None

    @property
    def words(self) -> str:
        """The result without the partner's name."""
        return self.event.title.removeprefix(f"Tested {self.side.label}: ") if self.event else ""


def last_tests(connection: Connection) -> list[LastTest]:
    """The newest test of each side."""
    rows = Event.objects.filter(connection=connection, kind="tested").order_by("lane", "-id").distinct("lane")
    newest = {row.lane: row for row in rows.select_related("actor")}
    return [LastTest(side, newest.get(limits.EVENT_LANES[side])) for side in Side]
