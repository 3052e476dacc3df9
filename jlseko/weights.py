"""How heavy a page is: its HTML, what a first visit loads with it, and what it asks the database."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

IMPORTED: Final = re.compile(r"@import\s+url\(\"([^\"]+)\"\)|url\(\"([^\"]+)\"\)")


@dataclass(frozen=True, slots=True)
class Weight:
    """Bytes as they are and as gzip sends them."""

    plain: int
    packed: int

    @classmethod
    def of(cls, content: bytes) -> Weight:
        """The weight of one file."""
        return cls(len(content), len(gzip.compress(content, compresslevel=6)))

    def __add__(self, other: Weight) -> Weight:
        return Weight(self.plain + other.plain, self.packed + other.packed)

    def __str__(self) -> str:
        """Kilobytes, plain and as sent."""
        return f"{self.plain / 1000:.1f} / {self.packed / 1000:.1f}"


@dataclass(frozen=True, slots=True)
class PageWeight:
    """One page. ``assets`` by their address below the static files, in the order of loading."""

    path: str
    status: int
    html: Weight
    assets: dict[str, Weight]
    queries: int

    @property
    def first_load(self) -> Weight:
        """What a browser loads that was never here."""
        return sum(self.assets.values(), start=self.html)


class _Linked(HTMLParser):
    """The style sheets, scripts and pictures of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        is_sheet = tag == "link" and named.get("rel") in ("stylesheet", "icon")
        address = named.get("href") if is_sheet else named.get("src") if tag in ("script", "img") else None
        if address:
            self.found.append(address)


def weigh(client: Client, path: str) -> PageWeight:
    """Open a page as the client's person, once to warm up and once to measure."""
    client.get(path, secure=True)
    with CaptureQueriesContext(connection) as run:
        answer = client.get(path, secure=True)
    linked = _Linked()
    linked.feed(answer.content.decode())
    assets = {name: Weight.of(content) for name, content in _files(linked.found)}
    return PageWeight(path, answer.status_code, Weight.of(answer.content), assets, len(run))


def _files(addresses: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Each of our own static files once, with what its style sheets import."""
    base, waiting, seen = f"/{settings.STATIC_URL.lstrip('/')}", list(addresses), set()
    while waiting:
        place = urlsplit(waiting.pop(0)).path
        if place in seen or not place.startswith(base):
            continue
        seen.add(place)
        name = place.removeprefix(base)
        found = finders.find(name)
        file = (
            Path(found) if isinstance(found, str) else Path(settings.STATIC_ROOT) / name
        )  # collected ones by their own name
        if not file.is_file():
            continue
        content = file.read_bytes()
        yield name, content
        if name.endswith(".css"):
            parts = IMPORTED.findall(content.decode())
            waiting[:0] = [urljoin(place, sheet or picture) for sheet, picture in parts]
