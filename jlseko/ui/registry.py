"""What apps hang into the frame of every page: counts beside navigation entries, and banners for outages.

An app registers in its `AppConfig.ready`. It gives a question, which the database can answer beside others, and words
for the answer; the frame puts the questions of all apps into one statement for each page.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.contrib.auth import get_user_model
from django.db import DatabaseError
from django.db.models.expressions import Combinable
from django.http import HttpRequest

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Count:
    """A number beside a navigation entry; `hot` draws attention (something is late)."""

    number: int
    hot: bool = False


@dataclass(frozen=True, slots=True)
class Banner:
    """One line across the top of every page."""

    title: str
    detail: str = ""
    tone: str = "danger"
    url: str = ""
    link_label: str = "See what is affected"


# A subquery with one value, such as an `ArraySubquery` of `JSONObject`; None asks nothing for this person
Question = Callable[[HttpRequest], Combinable | None]
Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class Source(Generic[Shown]):
    """A question to the database and the words for its answer."""

    ask: Question
    tell: Callable[[Any], Shown]


_counters: dict[str, Source[Count | None]] = {}
_banners: dict[str, Source[Iterable[Banner]]] = {}


def register_counter(url_name: str, ask: Question, tell: Callable[[Any], Count | None]) -> None:
    """Show a count beside the navigation entry of this url name, such as `exceptions:list`."""
    _counters[url_name] = Source(ask, tell)


def register_banners(name: str, ask: Question, tell: Callable[[Any], Iterable[Banner]]) -> None:
    """Ask for banners on every page of a signed-in person; `name` is a word for the statement, such as `pauses`."""
    _banners[name] = Source(ask, tell)


@dataclass(frozen=True, slots=True)
class Told:
    """What the frame of one page shows: counts by url name, and banners."""

    counts: dict[str, Count]
    banners: list[Banner]


def told(request: HttpRequest) -> Told:
    """Ask everything in one statement. When the database cannot say, the page stands without counts and banners."""
    answers = _answers(request)
    counts = {name: source.tell(answers[name]) for name, source in _counters.items() if name in answers}
    banners = [banner for name, source in _banners.items() if name in answers for banner in source.tell(answers[name])]
    return Told({name: count for name, count in counts.items() if count}, banners)


def _answers(request: HttpRequest) -> dict[str, Any]:
    sources: dict[str, Source[Any]] = {**_counters, **_banners}
    asked = {name: question for name, source in sources.items() if (question := source.ask(request)) is not None}
    if not asked or request.user.pk is None:
        return {}
    try:
        return dict(get_user_model()._default_manager.filter(pk=request.user.pk).values(**asked).get())
    except DatabaseError:
        logger.exception("the frame's counts and banners failed")
        return {}
