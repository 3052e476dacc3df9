"""What the pages of a run show: what became of each record, counted and named. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Case, CharField, Count, Q, QuerySet, Value, When

from exceptions.looks import Look
from exceptions.models import ResubmitRun, RunItem, RunItemState, RunState
from exceptions.models.run import UNDER_WAY
from exceptions.states import State


def outcomes(to_item: str = "") -> dict[str, Q]:
    """What became of one record, as conditions: where it stands now decides, so a page that is drawn later says more.

    ``to_item`` is the way to a run item, such as ``items__``.
    """

    def where(**conditions: object) -> Q:
        return Q(**{f"{to_item}{name}": value for name, value in conditions.items()})

    sent, back = where(state=RunItemState.SENT), where(record__state=State.RESUBMITTED)
    verified = where(record__state=State.VERIFIED)
    return {
        "waiting": where(state=RunItemState.WAITING),
        "sending": sent & back & where(record__accepted_at__isnull=True),
        "accepted": sent & back & where(record__accepted_at__isnull=False),
        "verified": sent & verified,
        "came_back": sent & ~back & ~verified,
        "not_sent": where(state=RunItemState.REFUSED),
        "left": where(state=RunItemState.LEFT),
    }


FAILED: Final = ("came_back", "not_sent")
LOOKS: Final[dict[str, Look]] = {
    "waiting": Look("neutral", "hourglass", "Waiting"),
    "sending": Look("info", "loader", "Not accepted yet"),
    "accepted": Look("info", "send", "Accepted"),
    "verified": Look("success", "circle-check", "Verified"),
    "came_back": Look("danger", "undo-2", "Came back"),
    "not_sent": Look("warning", "circle-alert", "Not sent"),
    "left": Look("neutral", "circle-slash", "Left in the queue"),
}
RUNS: Final[dict[str, Look]] = {
    RunState.WAITING: Look("info", "hourglass", "Starting"),
    RunState.RUNNING: Look("info", "loader", "Running"),
    RunState.PAUSED: Look("warning", "pause", "Paused"),
    RunState.CANCELLED: Look("neutral", "circle-slash", "Cancelled"),
    RunState.DONE: Look("success", "circle-check", "Finished"),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records of a run stand where; each is counted once."""

    waiting: int = 0
    sending: int = 0
    accepted: int = 0
    verified: int = 0
    came_back: int = 0
    not_sent: int = 0
    left: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.tried + self.waiting + self.left

    @property
    def tried(self) -> int:
        """Those that had their turn."""
        return self.sending + self.taken + self.failed

    @property
    def taken(self) -> int:
        """Those that the other side has accepted."""
        return self.accepted + self.verified

    @property
    def failed(self) -> int:
        """Those that were not sent, or came back."""
        return self.came_back + self.not_sent

    @property
    def is_settled(self) -> bool:
        """Whether nothing will change by itself any more."""
        return not (self.waiting or self.sending or self.accepted)


def tally(run: ResubmitRun) -> Tally:
    """Count the records of a run, in one query."""
    return Tally(**run.items.aggregate(**_counts()))


def _counts(to_item: str = "") -> dict[str, Count]:
    return {name: Count(f"{to_item}pk", filter=condition) for name, condition in outcomes(to_item).items()}


def with_outcome(items: QuerySet[RunItem]) -> QuerySet[RunItem]:
    """Items with ``outcome``, and all that a row shows."""
    cases = [When(condition, then=Value(name)) for name, condition in outcomes().items()]
    named = Case(*cases, default=Value("waiting"), output_field=CharField())
    return items.select_related("record__item").annotate(outcome=named)


def runs() -> QuerySet[ResubmitRun]:
    """Every run with what its row shows: how many had their turn, were accepted, and failed."""
    counts = _counts("items__")
    taken, failed = counts["accepted"] + counts["verified"], counts["came_back"] + counts["not_sent"]
    tried = counts["sending"] + taken + failed
    rows = ResubmitRun.objects.select_related("by", "cause")
    return rows.annotate(number=Count("items"), tried=tried, taken=taken, failed=failed)


def is_over(run: ResubmitRun) -> bool:
    """Whether no record of it will have its turn any more."""
    return run.state not in UNDER_WAY and run.state != RunState.PAUSED
