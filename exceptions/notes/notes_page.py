"""The history with its notes, the ticked runbook and the proof packs of one exception, as template context.

Two queries for all of it, however many lines, files and people there are; one where the record was read with
:func:`ticks_of_the_record`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.template.defaultfilters import filesizeformat
from django.utils.safestring import SafeString

from exceptions import runbooks
from exceptions.category import Category, registry
from exceptions.models import Attachment, Entry, EntryKind, ExceptionRecord, Mention, RunbookStep
from exceptions.notes.files import kind_of
from exceptions.notes.mentions import marked
from exceptions.roles import Person, may

EXPORT = "exceptions.export_exceptions"
FILES = Attachment.objects.filter(entry=OuterRef("pk")).order_by("pk")
NAMED = Mention.objects.filter(entry=OuterRef("pk")).order_by("pk")
TICK = JSONObject(
    text="text", number="number", at="at", first="by__first_name", last="by__last_name", user="by__username"
)


@dataclass(frozen=True, slots=True)
class Done:
    """A step that ``by`` has ticked, as it read then. ``at`` is business time."""

    text: str
    number: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history. ``files`` are rows of pk, name, size and icon; ``is_for_you`` = it names the reader."""

    entry: Entry
    html: SafeString
    files: Sequence[dict[str, Any]]
    named: Sequence[str]
    is_for_you: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """One step with its tick. ``done`` is None where nobody has ticked it."""

    key: str
    number: int
    html: SafeString
    done: Done | None


@dataclass(frozen=True, slots=True)
class Part:
    """One heading of the runbook: text, or steps to tick."""

    title: str
    html: SafeString
    ticks: Sequence[Tick] = field(default_factory=tuple)


def lines(record: ExceptionRecord, reader: Person) -> list[Line]:
    """Who did what, oldest first, with files and named people; one query."""
    rows = record.entries.select_related("actor").annotate(
        kept=ArraySubquery(FILES.values(row=JSONObject(pk="pk", name="name", size="size", type="content_type"))),
        told=ArraySubquery(NAMED.values(row=JSONObject(user="user", name="user__username", seen="seen_at"))),
    )
    return [_line(entry, reader) for entry in rows]


def _line(entry: Any, reader: Person) -> Line:
    names = [each["name"] for each in entry.told]
    return Line(
        entry=entry,
        html=marked(entry.text, names),
        files=[
            each | {"icon": kind_of(each["type"]).icon, "words": filesizeformat(each["size"])} for each in entry.kept
        ],
        named=names,
        is_for_you=any(each["user"] == reader.pk and each["seen"] is None for each in entry.told),
    )


def ticked(record: ExceptionRecord, category: Category) -> tuple[list[Part], list[Tick]]:
    """The runbook with its ticks, and ticks of steps that read differently now or belong to another runbook."""
    done = {row.text: row for row in _done(record)}
    steps: dict[str, list[Tick]] = {}
    for step in runbooks.steps_of(category):
        tick = Tick(step.key, step.number, runbooks.inline(step.text), done.pop(step.text, None))
        steps.setdefault(step.section, []).append(tick)
    parts = [Part(each.title, each.html, steps.get(each.title, ())) for each in runbooks.sections(category)]
    earlier = [Tick(runbooks.key_of(row.text), row.number, runbooks.inline(row.text), row) for row in done.values()]
    return parts, earlier


def ticks_of_the_record() -> ArraySubquery:
    """For an annotation of records as ``ticks``: their steps that were done, as JSON."""
    return ArraySubquery(RunbookStep.objects.filter(record=OuterRef("pk")).order_by("number").values(tick=TICK))


def _done(record: Any) -> list[Done]:
    ticks = getattr(record, "ticks", None)
    if ticks is None:
        ticks = record.steps_done.values_list(TICK, flat=True)
    return [
        Done(
            text=row["text"],
            number=row["number"],
            by=f"{row['first']} {row['last']}".strip() or row["user"],
            at=datetime.fromisoformat(row["at"]),
        )
        for row in ticks
    ]


def steps(record: ExceptionRecord, reader: Person) -> dict[str, Any]:
    """The context of ``_steps_done.html`` alone; one query."""
    category = registry.get(record.category)
    parts, earlier = ticked(record, category)
    every = [tick for part in parts for tick in part.ticks]
    allowed, why = may(reader, "claim_exception", record)
    return {
        "record": record, "category": category, "runbook_parts": parts, "earlier_steps": earlier,
        "steps_done": sum(tick.done is not None for tick in every), "steps_in_all": len(every),
        "may_tick": allowed and record.is_live,
        "why_not_tick": why if not allowed else "" if record.is_live else "This exception is closed.",
    }  # fmt: skip


def panel(record: ExceptionRecord, reader: Person) -> dict[str, Any]:
    """The context of ``_notes.html``, ``_steps_done.html`` and ``_proof.html`` on the page of an exception."""
    history = lines(record, reader)
    packs = [line for line in history if line.entry.kind == EntryKind.PROOF_MADE]
    return {
        "history": history, "proof_packs": packs[::-1], "notes_for_you": sum(line.is_for_you for line in history),
        "may_export": bool(getattr(reader, "has_perm")(EXPORT)),  # noqa: B009
        **steps(record, reader),
    }  # fmt: skip
