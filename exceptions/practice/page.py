"""What the pages of the practice exception show, as template context."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exceptions.category import registry
from exceptions.detail import comparing, stuck
from exceptions.detail.edits import Beneath
from exceptions.looks import severity_of, state_of, word_of
from exceptions.models import ExceptionRecord
from exceptions.practice.story import ANSWER, CATEGORY, GIVEN, NUMBER, PracticeForm, Story
from exceptions.practice.walk import Walk
from exceptions.runbooks import sections
from exceptions.services.fixing import Part, Rehearsed
from exceptions.tables import RecordTable
from jlseko.ui.columns import DeskColumn
from jlseko.ui.icons import icon
from sync.masking import Mask
from sync.order_pages import story as pictures

STEPS: Final = ("Find it", "Read it", "Take it", "Fix it", "Rehearse", "Send back", "See the proof")
KEYS: Final = (
    (("j", "k"), "next and previous row"),
    (("Enter",), "open the row"),
    (("x",), "select the row, to do one thing with many"),
    (("e",), "fix it"),
    (("a",), "take it"),
    (("s",), "snooze it: it comes back at a time that you choose"),
    (("r",), "send it back (Resubmit)"),
    (("/",), "search"),
    (("?",), "all keys"),
)
OPEN_SEEN: Final = Mask(show=True)  # the customer is invented
HINTS: Final = {
    "PRACTICE-2": "This one is due in seven hours, and it stands in the queue “Mapping”: only a Manager may choose a"
    " carrier code. One row has less time left.",
    "snooze": "Snooze puts a row aside until a time that you choose. Nobody has looked at these yet: open the row"
    " that is due soonest.",
    "PRACTICE-3": "SEKO has no stock for this one, and there are two days left. One row has much less time.",
}


class PracticeTable(RecordTable):
    """The small list: the columns of the real one, with links that stay in the practice."""

    caption = "Practice list"
    actions = DeskColumn(accessor="order_number", verbose_name="Actions")

    class Meta:
        exclude = ("state",)
        sequence = ("act_by", "headline", "order_number", "value", "owner", "opened_at", "actions")

    def row_url(self, record: ExceptionRecord) -> str:
        """The exception for the right row; for the others a hint."""
        if record.order_number == NUMBER:
            return reverse("exceptions:practice-order")
        return f"{reverse('exceptions:practice')}?row={record.order_number}"

    def render_actions(self, record: ExceptionRecord) -> SafeString:
        """What the keys e, a and s press; the form is around the table, as in the real list."""
        name = record.order_number
        value = ("step", "take") if name == NUMBER else ("row", name)
        return format_html(
            '<div class="row-acts"><a class="btn btn-sm" href="{0}" data-act="fix" aria-label="Open {1}">{2}Open</a>'
            '<button class="btn btn-sm" name="{3}" value="{4}" data-act="take" aria-label="Take {1}">{5}Take</button>'
            '<button class="btn btn-sm btn-icon" name="row" value="snooze" data-act="snooze" aria-label="Snooze {1}"'
            ' title="Snooze">{6}</button></div>',
            self.row_url(record), name, icon("arrow-right", "s"), *value, icon("hand", "s"), icon("moon", "s"),
        )  # fmt: skip


def stage_of(walk: Walk) -> str:
    """What comes next: take, fix, send, wait or done."""
    if walk.done:
        return "done"
    if walk.sent:
        return "wait"
    if not walk.taken:
        return "take"
    return "send" if walk.rehearsed else "fix"


REACHED: Final = {"list": 0, "take": 2, "fix": 3, "send": 5, "wait": 6, "done": len(STEPS)}


def _steps(stage: str) -> list[dict[str, str]]:
    reached = REACHED[stage]
    return [
        {"label": label, "tone": "success" if at < reached else "info" if at == reached else "", "note": ""}
        for at, label in enumerate(STEPS)
    ]


def list_context(request: HttpRequest, story: Story) -> dict[str, Any]:
    """The small list, and a hint where somebody opened a row that can wait."""
    table = PracticeTable(data=story.rows, request=request)
    return {
        "title": "Practice: find the most urgent exception", "stage": "list", "practice_steps": _steps("list"),
        "keys": KEYS, "table": table, "hint": HINTS.get(request.GET.get("row", "")),
    }  # fmt: skip


def form_of(story: Story, data: Any = None) -> PracticeForm:
    """The form over the one wrong field."""
    return PracticeForm(data, faults=[story.fault], prefix="practice")


def order_context(
    story: Story, *, form: PracticeForm | None = None, tried: Rehearsed | None = None, error: str = ""
) -> dict[str, Any]:
    """The exception as its page shows it.

    Args:
        story: the order as it stands.
        form: what was typed, where something was.
        tried: what trying it brought.
        error: why nothing was done.
    """
    record, walk, category = story.record, story.walk, registry.get(CATEGORY)
    stage = stage_of(walk)
    used = form or form_of(story)
    parts = [Part(category, story.item, [story.fault], used)] if record.is_open and walk.taken else []
    deadline = record.deadline if record.is_live else None
    compared = comparing.compare([tried] if tried else [], [], faults=[story.fault], mask=OPEN_SEEN, own=OPEN_SEEN)
    runbook = next(each.html for each in sections(category) if each.steps)
    return {
        "title": record.headline, "record": record, "order": story.order, "stage": stage, "error": error, "walk": walk,
        "practice_steps": _steps(stage), "keys": KEYS, "address": GIVEN, "answer": ANSWER, "category": category,
        "state_badge_html": state_of(record), "severity_badge": severity_of(record), "checklist": [_check(story)],
        "stuck": stuck.describe(record, order=story.order, faults=[story.fault], now=story.now, policy=story.policy),
        "steps": pictures.steps(story.order, stuck=_stuck_step(record), events=story.events),
        "steps_label": "How far the order has come", "runbook": runbook,
        "events": pictures.lanes(story.events, deadline=deadline, now=story.now, policy=story.policy),
        "parts": parts, "has_parts": bool(parts), "goes_back": True, "fix_url": reverse("exceptions:practice-order"),
        "rehearsals": compared or None,
        "field_notes": {used["postcode"].html_name: Beneath(original=GIVEN.postcode)} if walk.postcode else {},
    }  # fmt: skip


def _check(story: Story) -> dict[str, str]:
    word, tone = word_of(story.fault, is_open=story.record.is_open)
    return {"label": story.fault.text, "word": word, "tone": tone, "note": f"It says: {GIVEN.postcode}"}


def _stuck_step(record: ExceptionRecord) -> tuple[str, str] | None:
    if not record.is_live:
        return None
    return ("danger", "stuck here") if record.is_open else ("info", "under way")
