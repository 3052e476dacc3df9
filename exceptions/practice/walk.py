"""How far one person has come with the practice exception, kept in their session."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.http import HttpRequest
from django.utils import timezone

from exceptions.models import DeskReader

KEY: Final = "practice"
LONGEST: Final = timedelta(hours=4)  # real time; whoever comes back later starts anew


@dataclass
class Walk:
    """Real times as ISO text, as sessions keep them; empty while something has not happened yet.

    ``postcode`` is what was saved, ``returned`` how often it was sent back with the fault still in it.
    """

    began: str
    taken: bool = False
    postcode: str = ""
    rehearsed: bool = False
    returned: int = 0
    sent: str = ""
    done: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """Where this person is; a new walk where there is none, or only an old one."""
        kept: dict[str, Any] = request.session.get(KEY) or {}
        if kept and timezone.now() - datetime.fromisoformat(kept["began"]) < LONGEST:
            return cls(**kept)
        found = cls(began=timezone.now().isoformat())
        found.keep(request)
        return found

    def keep(self, request: HttpRequest) -> None:
        """Remember it until the person signs out."""
        request.session[KEY] = asdict(self)

    @staticmethod
    def forget(request: HttpRequest) -> None:
        """Start anew with the next page."""
        request.session.pop(KEY, None)

    @property
    def began_at(self) -> datetime:
        """When the first page was opened."""
        return datetime.fromisoformat(self.began)

    @property
    def sent_at(self) -> datetime | None:
        """When it was sent back for good."""
        return datetime.fromisoformat(self.sent) if self.sent else None

    @property
    def took(self) -> timedelta:
        """How long it has taken so far."""
        return (datetime.fromisoformat(self.done) if self.done else timezone.now()) - self.began_at


def is_offered(user: Any) -> bool:
    """Whether Today asks this person to practise: until they have, or have put the offer away."""
    reader: DeskReader | None = getattr(user, "desk_reader", None)
    return reader is None or not (reader.practised_at or reader.practice_put_away)
