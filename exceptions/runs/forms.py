"""What a person chooses of a run before it starts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from django import forms

from jlseko.ui.times import span
from sync.loop import forecast
from sync.loop.forecast import Need

CAPS: Final = (120, 60, 20, 6)
EACH: Final = timedelta(milliseconds=50)  # our own share of one record


class SpeedForm(forms.Form):
    """How many may go in a minute; with how long it takes at each speed where the calls are known."""

    per_minute = forms.TypedChoiceField(
        label="Speed", required=False, coerce=int, empty_value=None,
        help_text="Slower leaves room to look at the first results, and to pause.",
    )  # fmt: skip

    def __init__(self, *args: Any, needed: Iterable[Need] = (), records: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needed = list(needed)

        def about(per_minute: int | None) -> str:
            if not records:
                return ""
            takes = forecast.duration(needed, records, per_minute=per_minute, each=EACH)
            return f", about {span(max(takes, timedelta(seconds=1)))}"

        self.fields["per_minute"].choices = [  # type: ignore[attr-defined]
            ("", f"As fast as the partners allow{about(None)}"),
            *((str(cap), f"At most {cap} a minute{about(cap)}") for cap in CAPS),
        ]
