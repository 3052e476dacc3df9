"""What people enter beside the fix: waiting, snoozing, dismissing, owners. Times are London time on screen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import User

from exceptions.category import Category
from exceptions.models import ExceptionRecord
from exceptions.roles import is_about_an_order, people_for
from exceptions.states import OwnerRole
from jlseko.clock import business_now
from jlseko.ui.times import LONDON

MOMENTS = (
    ("1h", "In 1 hour"),
    ("3h", "In 3 hours"),
    ("tomorrow", "Tomorrow 08:00"),
    ("monday", "Monday 08:00"),
    ("at", "At the time below"),
)
OTHER = "other"
WHOM = ("SEKO", "John Lewis", "The customer")
OFFICE_OPENS = 8  # o'clock, London


def moment(choice: str, now: datetime) -> datetime:
    """The business time that one of :data:`MOMENTS` (but “at”) means."""
    if choice.endswith("h"):
        return now + timedelta(hours=int(choice[:-1]))
    local = now.astimezone(LONDON)
    days = 1 if choice == "tomorrow" else (7 - local.weekday())
    return (local + timedelta(days=days)).replace(hour=OFFICE_OPENS, minute=0, second=0, microsecond=0)


class MomentForm(forms.Form):
    """A moment ahead: a usual one, or exactly."""

    in_ = forms.ChoiceField(label="When", choices=MOMENTS, initial="tomorrow")
    at = forms.DateTimeField(
        label="Exact time, London",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean(self) -> dict[str, Any]:
        """Work out ``cleaned_data["moment"]``, which lies ahead."""
        cleaned = super().clean() or {}
        now, choice, exact = business_now(), cleaned.get("in_"), cleaned.get("at")
        if exact and choice != "at" and "at" in self.changed_data:
            choice = "at"
        if choice == "at" and not exact:
            if "at" not in self.errors:
                self.add_error("at", "Enter a date and a time.")
            return cleaned
        if choice:
            cleaned["moment"] = exact if choice == "at" else moment(choice, now)
            if cleaned["moment"] <= now:
                self.add_error("at", "This time has passed already.")
        return cleaned


class WaitForm(MomentForm):
    """Somebody else has the next step."""

    prefix = "wait"
    field_order = ("whom", "other", "in_", "at")

    whom = forms.ChoiceField(
        label="Who has to act", choices=[*((name, name) for name in WHOM), (OTHER, "Somebody else, named below")]
    )
    other = forms.CharField(
        label="Who else", max_length=200, required=False, help_text="For example the carrier, or product data."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["in_"].label = "Chase them"

    def clean(self) -> dict[str, Any]:
        """Work out ``cleaned_data["whom"]`` in words."""
        cleaned = super().clean()
        other = str(cleaned.get("other") or "").strip()
        if cleaned.get("whom") == OTHER:
            if not other:
                self.add_error("other", "Say whom we are waiting for.")
            cleaned["whom"] = other
        return cleaned


class SnoozeForm(MomentForm):
    """Out of the queue until a time."""

    prefix = "snooze"

    reason = forms.CharField(label="Why", required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["in_"].label = "Wake it"


class DismissForm(forms.Form):
    """Nothing has to be done, and why."""

    prefix = "dismiss"

    reason = forms.CharField(label="Why nothing has to be done", min_length=5, max_length=300)


def name_of(user: User) -> str:
    """First and last name, else the sign-in name."""
    return user.get_full_name() or user.get_username()


class PersonField(forms.ModelChoiceField):
    """A choice of people by their names."""

    def label_from_instance(self, obj: User) -> str:
        """The name."""
        return name_of(obj)


class AssignForm(forms.Form):
    """Give it to somebody who may act on it."""

    prefix = "assign"

    user = PersonField(label="Person", queryset=User.objects.none(), empty_label="Choose a person")

    def __init__(self, *args: Any, record: ExceptionRecord, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["user"]
        if isinstance(field, PersonField):
            field.queryset = people_for(record.owner_role, about_an_order=is_about_an_order(record))


class QueueForm(forms.Form):
    """Move it to another queue."""

    prefix = "queue"

    role = forms.ChoiceField(label="Queue", choices=OwnerRole.choices)


class OwnerForm(forms.Form):
    """Who gets new exceptions of a category, and whether open ones move along."""

    role = forms.ChoiceField(
        label="Queue", choices=OwnerRole.choices, help_text="The people of this queue see it under “My queue”."
    )
    user = PersonField(
        label="Person",
        queryset=User.objects.filter(is_active=True).order_by("first_name", "username"),
        required=False,
        empty_label="Nobody in particular: whoever takes it",
        help_text="New exceptions go straight to this person. They must belong to the role that works the queue.",
    )
    move_open = forms.BooleanField(label="Move the open ones too", required=False, initial=True)

    def __init__(self, *args: Any, category: Category, open_count: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.category = category
        if open_count:
            noun = "exception that is" if open_count == 1 else "exceptions that are"
            self.fields["move_open"].label = f"Move the {open_count} {noun} open now as well"
        else:
            del self.fields["move_open"]

    def clean(self) -> dict[str, Any]:
        """The person must work the chosen queue."""
        cleaned = super().clean() or {}
        user, role = cleaned.get("user"), cleaned.get("role")
        if user and role and not people_for(role).filter(pk=user.pk).exists():
            self.add_error("user", f"{name_of(user)} does not work the queue “{OwnerRole(role).label}”.")
        return cleaned
