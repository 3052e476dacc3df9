"""What is done to many exceptions at once: one transaction for each, so that one refusal stops none of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any, Final

from django import forms
from django.contrib.auth.models import User
from django.db.models import QuerySet

from exceptions import services
from exceptions.forms import DismissForm, PersonField, SnoozeForm, name_of
from exceptions.models import ExceptionRecord
from exceptions.roles import people_for
from exceptions.states import State
from exceptions.triage.selection import Selection
from jlseko.ui.times import short_london

MOST: Final = 500

Act = Callable[[ExceptionRecord, User, Mapping[str, Any], int | None], object]


class GiveForm(forms.Form):
    """To whom the selected exceptions go."""

    prefix = "assign"

    user = PersonField(label="Person", queryset=User.objects.none(), empty_label="Choose a person")

    def __init__(self, *args: Any, selection: Selection, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = self.fields["user"]
        if isinstance(user, PersonField):
            user.queryset = people_of(selection)


def people_of(selection: Selection) -> QuerySet[User]:
    """Everybody who works one of the queues that the selected records stand in."""
    queues = selection.rows.order_by().values_list("owner_role", flat=True).distinct()
    return reduce(or_, (people_for(role) for role in queues), User.objects.none())


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing to do. ``past`` says what became of several ("are yours now") and of one ("is yours now")."""

    label: str
    icon: str
    past: tuple[str, str]
    act: Act
    form: type[forms.Form] | None = None
    most: int = MOST
    undone_by_putting_back: bool = False

    def bound(self, data: Mapping[str, Any] | None, selection: Selection) -> forms.Form | None:
        """The form for what has to be entered, if anything has."""
        if self.form is GiveForm:
            return GiveForm(data, selection=selection)
        return self.form(data) if self.form else None


DEEDS: Final[dict[str, Deed]] = {
    "take": Deed(
        "Take", "hand", ("are yours now", "is yours now"),
        lambda record, by, cleaned, seen: services.claim(record, by=by, expected_version=seen),
        undone_by_putting_back=True,
    ),
    "hand-back": Deed(
        "Put back", "undo-2", ("are back in their queue", "is back in its queue"),
        lambda record, by, cleaned, seen: services.hand_back(record, by=by, expected_version=seen),
    ),
    "assign": Deed(
        "Assign", "user-round-plus", ("have a new owner", "has a new owner"),
        lambda record, by, cleaned, seen: services.assign(record, cleaned["user"], by=by, expected_version=seen),
        form=GiveForm, undone_by_putting_back=True,
    ),
    "snooze": Deed(
        "Snooze", "moon", ("are asleep", "is asleep"),
        lambda record, by, cleaned, seen: services.snooze(
            record, until=cleaned["moment"], by=by, reason=cleaned["reason"], expected_version=seen
        ),
        form=SnoozeForm, undone_by_putting_back=True,
    ),
    "dismiss": Deed(
        "Dismiss", "circle-slash", ("are dismissed", "is dismissed"),
        lambda record, by, cleaned, seen: services.dismiss(
            record, reason=cleaned["reason"], by=by, expected_version=seen
        ),
        form=DismissForm,
    ),
    "send-back": Deed(
        "Resubmit", "send", ("are on their way again", "is on its way again"),
        lambda record, by, cleaned, seen: services.resubmit(record, by=by, expected_version=seen),
        most=1,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of each record: those in ``done`` as they were before, and in ``versions`` which they have now."""

    deed: Deed
    detail: str = ""
    done: list[ExceptionRecord] = field(default_factory=list)
    versions: dict[int, int] = field(default_factory=dict)
    refused: list[tuple[ExceptionRecord, services.DeskError]] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """The result in words: "12 are yours now. 2 stay as they were."."""
        parts = []
        if self.done:
            many, one = self.deed.past
            told = f"{_named(self.done)} {one if len(self.done) == 1 else many}"
            parts.append(f"{told}{self.detail}.")
        if self.refused:
            parts.append(
                f"{_named(self.refused)} {'stays as it was' if len(self.refused) == 1 else 'stay as they were'}."
            )
        return " ".join(parts)

    @property
    def undo(self) -> list[tuple[str, str]]:
        """Fields with which “Put back” makes it undone; empty where that would not restore what was before."""
        if not self.done or not self.deed.undone_by_putting_back:
            return []
        if any(record.owner_id is not None or record.state != State.OPEN for record in self.done):
            return []
        return [*(("record", str(record.pk)) for record in self.done), *(("seen", each) for each in self.seen)]

    @property
    def seen(self) -> list[str]:
        """The versions that the person has made, as :class:`Selection` reads them."""
        return [f"{pk}:{version}" for pk, version in self.versions.items()]

    def reasons(self) -> list[tuple[str, list[ExceptionRecord]]]:
        """Why records were refused, each reason with its records."""
        found: dict[str, list[ExceptionRecord]] = {}
        for record, error in self.refused:
            found.setdefault(str(error), []).append(record)
        return list(found.items())


def _named(records: list[Any]) -> str:
    if len(records) > 1:
        return f"{len(records):,}"
    record = records[0] if isinstance(records[0], ExceptionRecord) else records[0][0]
    return record.subject or f"“{record.headline}”"


def do(deed: Deed, selection: Selection, cleaned: Mapping[str, Any], *, by: User) -> Outcome:
    """Do it to each record as its page showed it. Whoever was changed meanwhile by somebody else is left alone.

    Raises:
        Refused: more are selected than can be done at once.
    """
    if selection.count > deed.most:
        raise services.Refused(_too_many(deed, selection.count))
    outcome = Outcome(deed, _detail(cleaned))
    for record in _records(selection):
        try:
            now = deed.act(record, by, cleaned, selection.versions.get(record.pk))
        except services.DeskError as error:
            outcome.refused.append((record, error))
            continue
        outcome.done.append(record)
        if isinstance(now, ExceptionRecord):
            outcome.versions[record.pk] = now.version
    return outcome


def _records(selection: Selection) -> Iterable[ExceptionRecord]:
    return list(selection.rows.select_related("item", "cause"))


def _too_many(deed: Deed, count: int) -> str:
    if deed.most == 1:
        return "Orders are sent back one by one here. For many, plan a run: select them and press Resubmit."
    return f"{count:,} are too many at once; {deed.label.lower()} at most {deed.most}. Narrow the list down first."


def _detail(cleaned: Mapping[str, Any]) -> str:
    if "user" in cleaned:
        return f": {name_of(cleaned['user'])}"
    return f" until {short_london(cleaned['moment'])}" if "moment" in cleaned else ""
