"""What is entered to merge and split causes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django import forms

from exceptions.models import Cause, ExceptionRecord

LONGEST_WHY = 300


class WhyForm(forms.Form):
    """The reason, for the next person."""

    why = forms.CharField(
        label="Why", min_length=5, max_length=LONGEST_WHY, help_text="It is written into the history of both causes."
    )


class MergeForm(WhyForm):
    """Which of two is the main one. ``pair`` = this cause and the other, each with ``held``; empty until chosen."""

    field_order = ("main", "why")

    def __init__(self, data: Any = None, *, candidates: Sequence[Cause], pair: Sequence[Cause]) -> None:
        super().__init__(data)
        self.candidates, self.pair = candidates, pair
        self.fields["main"] = forms.ChoiceField(
            label="Which is the main one", choices=[(str(cause.pk), cause.headline) for cause in pair]
        )
        self.fields["other"] = forms.CharField(widget=forms.HiddenInput)
        self.fields["counted"] = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
        if len(pair) > 1:
            self.initial = {"main": str(pair[0].pk), "other": str(pair[1].pk)}

    def chosen(self) -> tuple[Cause, Cause, int | None]:
        """The main one, the one that becomes part of it, and how many the page said that one holds."""
        first, second = self.pair
        main, other = (first, second) if self.cleaned_data["main"] == str(first.pk) else (second, first)
        seen = self.data.get(f"held-{other.pk}", "")
        return main, other, int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None


class SplitForm(WhyForm):
    """Which orders, and what the new cause is called."""

    MOST: ClassVar[int] = 200
    field_order = ("record", "name", "why")

    def __init__(self, data: Any = None, *, rows: Iterable[ExceptionRecord], ticked: Sequence[str] = ()) -> None:
        super().__init__(data)
        self.rows = list(rows)
        self.more = len(self.rows) > self.MOST
        self.rows = self.rows[: self.MOST]
        self.fields["record"] = forms.MultipleChoiceField(
            label="Orders", choices=[(str(row.pk), row.subject or row.headline) for row in self.rows],
            widget=forms.CheckboxSelectMultiple, initial=list(ticked),
            error_messages={"required": "Tick at least one."},
        )  # fmt: skip
        self.fields["name"] = forms.CharField(
            label="Name of the new cause", min_length=5, max_length=200,
            help_text="What makes these different, so that others know it by sight.",
        )  # fmt: skip
        self.order_fields(self.field_order)

    def records(self) -> list[ExceptionRecord]:
        """The chosen ones."""
        chosen = set(self.cleaned_data["record"])
        return [row for row in self.rows if str(row.pk) in chosen]

    @property
    def ticked(self) -> set[str]:
        """What is ticked now, for the page."""
        return {str(value) for value in self["record"].value() or ()}
