"""What a person chose in the list, for actions on many at once: named one by one, or all that match a filter.

The server never believes a number that a page shows: it counts again, and refuses where the count has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.http import HttpRequest

from exceptions.models import ExceptionRecord
from exceptions.models.record import RecordQuerySet
from exceptions.triage.scope import Scope

NAMED: Final = 3
MOST_DIGITS: Final = 18


@dataclass(frozen=True)
class Selection:
    """Records that this person may see. ``versions`` are those that their page showed, by primary key.

    ``problem`` is a sentence where the selection cannot be trusted any more, else empty. ``fields`` carry the selection
    to a further page, as hidden inputs.
    """

    rows: RecordQuerySet
    count: int
    words: str
    problem: str = ""
    versions: Mapping[int, int] = field(default_factory=dict)
    fields: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, request: HttpRequest) -> Selection:
        """Read a POST: ``only`` = one record, else ``matching`` = the query string of the list with ``counted`` = the
        number that the page showed, else ``record`` = a primary key, repeated. ``seen`` = "pk:version", repeated.
        """
        versions = seen_versions(request)
        only, whole = request.POST.get("only", ""), request.POST.get("matching")
        if only or whole is None:
            return _named(request, [only] if only else request.POST.getlist("record"), versions)
        return _matching(request, whole, request.POST.get("counted", ""), versions)

    @property
    def is_one(self) -> bool:
        """Whether a single record is meant."""
        return self.count == 1


def _numbers(texts: list[str]) -> list[int]:
    good = (text for text in texts if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS)
    return list(dict.fromkeys(int(text) for text in good))


def seen_versions(request: HttpRequest) -> dict[int, int]:
    """The versions of records that the page of a POST showed, by primary key: ``seen`` = "pk:version", repeated."""
    pairs = (text.partition(":")[::2] for text in request.POST.getlist("seen"))
    return {int(pk): int(version) for pk, version in pairs if _numbers([pk]) and _numbers([version])}


def _named(request: HttpRequest, texts: list[str], versions: dict[int, int]) -> Selection:
    asked = _numbers(texts)
    rows = ExceptionRecord.objects.visible_to(request.user).filter(pk__in=asked).by_urgency()
    found = list(rows.select_related("item"))
    problem = ""
    if not asked:
        problem = "Nothing is selected. Tick a row first."
    elif len(found) != len(set(texts)):
        problem = f"You selected {len(set(texts))}, but {len(found)} of them can be found. Look at the list again."
    kept = {pk: versions[pk] for pk in asked if pk in versions}
    fields = [("record", str(pk)) for pk in asked] + [("seen", f"{pk}:{version}") for pk, version in kept.items()]
    return Selection(rows, len(found), _names(found), problem, kept, tuple(fields))


def _names(records: list[ExceptionRecord]) -> str:
    """ "JL1-A", "3 selected: JL1-A, JL2-A, JL3-A" or "12 selected: JL1-A, JL2-A, JL3-A and 9 more"."""
    names = [record.subject or record.headline for record in records]
    if len(names) < 2:
        return "".join(names) or "nothing"
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{len(names)} selected: {', '.join(names[:NAMED])}{more}"


def _matching(request: HttpRequest, text: str, counted: str, versions: dict[int, int]) -> Selection:
    scope = Scope.of(request, text)
    number = scope.rows.count()
    shown = _numbers([counted])
    problem = ""
    if not shown:
        problem = "The page did not say how many matched. Open the list again and select from there."
    elif shown[0] != number:
        problem = (
            f"When you selected, {shown[0]:,} matched; now {number:,} {'does' if number == 1 else 'do'}. "
            "Look at the list again before you go on."
        )
    elif not number:
        problem = "Nothing matches any more."
    words = f"all {number:,} that match: {scope.words}"
    fields = [("matching", text), ("counted", counted), *(("seen", f"{pk}:{v}") for pk, v in versions.items())]
    return Selection(scope.rows, number, words, problem, versions, tuple(fields))
