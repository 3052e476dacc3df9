"""The checklist of what the contracts leave open: asked, answered, and what an answer confirms.

:func:`flags` is the one place that says whether something is still provisional.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Concat

from jlseko.clock import business_now
from sync import timeline
from sync.connections import policy_changes, policy_words
from sync.connections.questions import BY_SETTING, BY_SLUG, QUESTIONS, Question
from sync.models import Budget, Connection, OnboardingAnswer
from sync.policy import Policy

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST_ANSWER = 2000


class State(StrEnum):
    """Where a question stands."""

    OPEN = "open"
    ASKED = "asked"
    ANSWERED = "answered"
    TOLD = "told"  # by the partner itself, through its interface


@dataclass(frozen=True, slots=True)
class Standing:
    """One question of one connection. ``told`` is what John Lewis's interface says; ``at`` is business time."""

    question: Question
    state: State
    answer: str
    told: str
    asked_at: datetime | None
    at: datetime | None
    by: "User | None"

    @property
    def is_answered(self) -> bool:
        """Whether nobody has to ask any more."""
        return self.state in (State.ANSWERED, State.TOLD)


def standings(connection: Connection) -> list[Standing]:
    """Every question, in the order of the checklist."""
    rows = OnboardingAnswer.objects.filter(connection=connection).select_related("by")
    known = {row.question: row for row in rows}
    return [_standing(connection, question, known.get(question.slug)) for question in QUESTIONS]


def standing(connection: Connection, slug: str) -> Standing:
    """One question; ``KeyError`` for one that does not exist."""
    row = OnboardingAnswer.objects.filter(connection=connection, question=slug).select_related("by").first()
    return _standing(connection, BY_SLUG[slug], row)


def _standing(connection: Connection, question: Question, row: OnboardingAnswer | None) -> Standing:
    told = question.told(connection.profile) if question.told and connection.profile else ""
    if row and row.answered_at:
        return Standing(question, State.ANSWERED, row.answer, told, row.asked_at, row.answered_at, row.by)
    if told:
        return Standing(question, State.TOLD, "", told, None, connection.profile_read_at, None)
    if row and row.asked_at:
        return Standing(question, State.ASKED, "", "", row.asked_at, row.asked_at, row.by)
    return Standing(question, State.OPEN, "", "", None, None, None)


@dataclass(frozen=True, slots=True)
class Flags:
    """What is still provisional: settings by name, and the sides whose call allowances nobody has confirmed."""

    settings: tuple[str, ...]
    ceilings: tuple[str, ...]


def flags(connection: Connection) -> Flags:
    """What nobody has confirmed yet: a setting is provisional until the question that it hangs on is answered."""
    answered = OnboardingAnswer.objects.filter(connection=connection, answered_at__isnull=False)
    slugs = set(answered.values_list("question", flat=True))
    names = [setting.name for setting in fields(Policy) if setting.metadata["provisional"]]
    sides = [question.side.value for question in QUESTIONS if question.ceilings and question.slug not in slugs]
    open_names = (name for name in names if name not in BY_SETTING or BY_SETTING[name].slug not in slugs)
    return Flags(tuple(open_names), tuple(sides))


def with_confirmed(budgets: QuerySet[Budget]) -> QuerySet[Budget]:
    """Budgets, each with ``confirmed``: the partner has told its limits, so that a ceiling is no guess any more."""
    answered = OnboardingAnswer.objects.filter(
        connection=OuterRef("connection"),
        answered_at__isnull=False,
        question=Concat(OuterRef("side"), Value("-limits")),
    )
    return budgets.annotate(confirmed=Exists(answered))


@transaction.atomic
def note_asked(connection: Connection, slug: str, *, by: "User | None") -> None:
    """Somebody has put the question to the partner; asking again renews the date."""
    now = business_now()
    OnboardingAnswer.objects.update_or_create(
        connection=connection, question=slug, defaults={"asked_at": now, "answered_at": None, "answer": "", "by": by}
    )
    _note(connection, slug, "Asked", by=by)


@transaction.atomic
def answer(connection: Connection, slug: str, text: str, *, values: Mapping[str, Any], by: "User | None") -> list[str]:
    """Keep the answer, and with it the settings that hang on the question, which are confirmed by that.

    Returns the settings that changed. Raises ``ValueError`` with a sentence: no answer, or one that is too long.
    """
    text = text.strip()
    if not text:
        raise ValueError("Write down what the partner said.")
    if len(text) > LONGEST_ANSWER:
        raise ValueError(f"The answer may be {LONGEST_ANSWER} characters long; this one has {len(text)}.")
    locked = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    changed = policy_changes.change(locked, values, by=by)
    OnboardingAnswer.objects.update_or_create(
        connection=connection, question=slug, defaults={"answer": text, "answered_at": business_now(), "by": by}
    )
    confirmed = ", ".join(policy_words.words_of(name) for name in BY_SLUG[slug].settings)
    _note(connection, slug, "Answered", detail=f"Confirmed: {confirmed}." if confirmed else "", by=by)
    return changed


@transaction.atomic
def reopen(connection: Connection, slug: str, *, by: "User | None") -> bool:
    """Take an answer back: what hung on it is provisional again. False when there was none."""
    rows = OnboardingAnswer.objects.filter(connection=connection, question=slug)
    if not rows.exclude(asked_at=None, answered_at=None).update(asked_at=None, answered_at=None, by=by):
        return False
    _note(connection, slug, "Opened again", by=by)
    return True


def _note(connection: Connection, slug: str, what: str, *, by: "User | None", detail: str = "") -> None:
    question = BY_SLUG[slug]
    title = f"{what}: {question.text}"
    timeline.record(connection, "onboarding", title, detail=f"{question.side.label}. {detail}".strip(), actor=by)
