"""The two ways in which the marketplace hands out long lists (John Lewis contract 1.3)."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from sync.partners.answers import Reply
from sync.partners.mirakl.client import MiraklClient, Query
from sync.partners.mirakl.fields import Model, Text, Wire, parse, read

PAGE = 100
MOST_PAGES = 200


class SeekPage(Wire):
    """The frame of a page that names the next one by a token; its entries are read one by one."""

    data: list[Any]
    next_page_token: Text = ""


class Counted(Wire):
    """The part of an offset page's frame that all of them share."""

    total_count: Annotated[int, Field(ge=0)]


def next_offset(reply: Reply, *, offset: int, entries: int, total: int) -> int | None:
    """Where the next page begins: by the count, or by the ``Link`` header where the count has not caught up."""
    seen = offset + entries
    return seen if entries and (seen < total or "next" in _links(reply)) else None


def seek_page(
    client: MiraklClient, operation: str, path: str, query: Query, *, token: str = "", limit: int = PAGE
) -> tuple[SeekPage, Reply]:
    """Read one page. With a token everything else is left out, because the marketplace ignores it."""
    asked: Mapping[str, Any] = {"page_token": token} if token else {**query, "limit": str(limit)}
    reply = client.read(operation, path, asked)
    return read(SeekPage, reply), reply


def each_of(model: type[Model], entries: Iterable[Any]) -> tuple[list[tuple[Model, Any]], int]:
    """The entries that can be understood, with what they were read from, and how many cannot."""
    found: list[tuple[Model, Any]] = []
    unreadable = 0
    for entry in entries:
        try:
            found.append((parse(model, entry), entry))
        except ValueError:
            unreadable += 1
    return found, unreadable


def seek(client: MiraklClient, operation: str, path: str, query: Query, model: type[Model]) -> list[tuple[Model, Any]]:
    """Every entry of every page, with what it was read from.

    Raises ``Unclear`` when one of them cannot be understood, and when the pages run in a circle or do not end.
    """
    found: list[tuple[Model, Any]] = []
    token = ""
    seen: set[str] = set()
    for _ in range(MOST_PAGES):
        page, reply = seek_page(client, operation, path, query, token=token)
        for entry in page.data:
            try:
                found.append((parse(model, entry), entry))
            except ValueError as error:
                raise reply.unclear(f"An entry of the answer cannot be read ({error}).") from None
        token = page.next_page_token
        if not token:
            return found
        if token in seen:
            raise reply.unclear("The pages of the answer run in a circle.")
        seen.add(token)
    raise reply.unclear(f"The answer has more than {MOST_PAGES} pages.")


def _links(reply: Reply) -> set[str]:
    """The relations of the ``Link`` header, which may come once per link."""
    parts = ", ".join(reply.headers.get_list("Link")).split(";")
    return {part.split(",")[0].strip()[4:].strip('" ') for part in parts if part.strip().startswith("rel=")}
