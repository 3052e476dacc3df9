"""Forms that ask for the wrong fields only, and the pieces that several categories share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms

from sync import corrections

if TYPE_CHECKING:
    from exceptions.models import Fault
    from sync.models import Item


class FixForm(forms.Form):
    """A form over the outstanding faults of one category on one item. A subclass adds its fields in :meth:`build`."""

    def __init__(self, data: Any = None, *, faults: Sequence[Fault], prefix: str = "") -> None:
        self.faults = list(faults)
        super().__init__(data, prefix=prefix or None)
        self.build()

    def build(self) -> None:
        """Add the fields that these faults need."""

    @property
    def item(self) -> Item:
        """The item that the faults stopped."""
        item = self.faults[0].item
        if item is None:
            raise ValueError("This exception is about a connection, not about an item.")
        return item

    def corrected(self, path: str, fallback: str = "") -> str:
        """The correction in force on a path, else ``fallback``: what the field starts with."""
        return corrections.live(self.item).get(path, fallback)


class DecisionForm(FixForm):
    """A choice between the ways on, each with the further fields that it needs.

    ``ways`` = (value, label) in order, the first one preselected; ``needs`` = way to the fields it cannot do without.
    """

    ways: ClassVar[Sequence[tuple[str, str]]]
    needs: ClassVar[dict[str, tuple[str, ...]]] = {}

    def build(self) -> None:
        """The choice first, then what the subclass adds."""
        self.fields["way"] = forms.ChoiceField(
            label="What shall happen", choices=self.ways, initial=self.ways[0][0], widget=forms.RadioSelect
        )
        self.details()
        for name in self.fields.keys() & {name for names in self.needs.values() for name in names}:
            self.fields[name].asked_for = True  # type: ignore[attr-defined]

    def details(self) -> None:
        """Add the fields that some of the ways need; none of them is required by itself."""

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen way needs."""
        cleaned = super().clean() or {}
        for name in self.needs.get(cleaned.get("way", ""), ()):
            if name not in self.errors and cleaned.get(name) in (None, ""):
                self.add_error(name, "This is needed for the choice above.")
        return cleaned

    @property
    def way(self) -> str:
        """The way chosen in a valid form."""
        return str(self.cleaned_data["way"])

    @property
    def way_label(self) -> str:
        """The chosen way in words."""
        return dict(self.ways)[self.way]


def suggest(field: forms.Field, options: Sequence[tuple[str, str]]) -> forms.Field:
    """Hang (value, explanation) pairs on a field; the page offers them as a list, free text stays possible."""
    field.suggestions = list(options)  # type: ignore[attr-defined]
    return field
